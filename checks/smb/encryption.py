"""Shares are encrypted where the site says so, and clear-text clients are refused only there.

SMB 3 can encrypt all that passes between host and storage; a storage may require it of every client or of those of one
share. Whether it can is told by its answer to a NEGOTIATE (a capability of 3.0 and 3.0.2, a cipher chosen in 3.1.1),
whether it is required by the SessionFlags of a session and the ShareFlags of a share. What a client gets that cannot
encrypt (an older one, a Linux mount without `seal`, a backup proxy) is tried: one principal of each tenant opens a
session as such a client and connects to its tenant's shares. A requirement that lets that client in is none; one that
nobody stated locks clients out that nobody thought of. State it with `encryption: required` at a storage or a share of
the site file. Signing and Kerberos protect against changes; only encryption keeps others from reading along.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.smb_features import ClearSessions, SmbDialects
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Share, Site, Tenant
from krbcheck.windows.quoting import Remedy, filled

from ._asked import in_the_dark, seen_or_why
from ._sealed import Sealing, can_encrypt, sealing

NOT_REQUIRED = Problem(
    "not-required",
    Severity.WARNING,
    says="The site states that encryption is required at {subject}: {found}",
    remedy="On {storage}: Set-SmbShare -Name {share} -EncryptData $true and Set-SmbServerConfiguration "
    "-RejectUnencryptedAccess $true (Windows), 'server smb encrypt = required' in [{share}] of smb.conf (Samba), or "
    "the share's settings on the appliance; if it need not be, take 'encryption: required' out of the site file",
    means="Who can listen on the VLAN reads the virtual disks as they are read and written.",
)
NOT_OFFERED = Problem(
    "not-offered",
    Severity.NOTE,
    says="{subject} cannot encrypt",
    remedy="On {storage}: SMB 3.0 or newer, and 'server smb encrypt = if_required' in smb.conf (Samba) or "
    "Set-SmbServerConfiguration -DisableSmbEncryptionOnSecureConnection $false (Windows); an appliance may need "
    "another firmware",
    means="No share of the storage can be encrypted, should a tenant ask for it.",
)
REFUSES_CLEAR = Problem(
    "refuses-clear",
    Severity.ERROR,
    says="{what} at {subject} is refused to clients that cannot encrypt ({found}), and the site does not state that "
    "it should be",
    remedy="If that is meant, state it in the site file: 'encryption: required' at {where}. If it is not, on "
    "{storage}: {mend}",
    means="Hosts with Windows Server 2012 or newer encrypt when they are asked to; older ones, Linux mounts without "
    "'seal' and some backup proxies do not, and get STATUS_ACCESS_DENIED, which looks like a wrong ACL.",
)
SHARE_MEND = (
    "Set-SmbShare -Name {share} -EncryptData $false (Windows), or 'server smb encrypt = default' in [{share}] of "
    "smb.conf (Samba)"
)
SERVER_MEND = (
    "Set-SmbServerConfiguration -EncryptData $false (Windows), or 'server smb encrypt = default' in [global] of "
    "smb.conf (Samba)"
)


@check(
    id="smb.encryption",
    title="Encryption is required where the site states it, and nowhere else",
    tells="Whether each share is encrypted, and what a client gets that cannot encrypt.",
    problems=[NOT_REQUIRED, NOT_OFFERED, REFUSES_CLEAR],
    refs=["MS-SMB2 2.2.6 (SessionFlags)", "MS-SMB2 2.2.10 (ShareFlags)", "MS-SMB2 3.3.5.5", "MS-SMB2 3.3.5.7"],
    part_is_enough=[SmbSessions],
)
def smb_encryption(
    site: Site, dialects: SmbDialects, sessions: SmbSessions, clears: ClearSessions, vantages: Vantages
) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        yield _offered(tenant, path, dialects, vantages)
        found = sealing(tenant, path, sessions, clears, vantages)
        shares = tenant.shares_of(path.storage)
        unstated = [one for one in shares if not _stated(site, one)]
        if found.whole and unstated:
            yield _refused(
                path.name, tenant, path, found, "Every session", f"storage: {path.storage}", Remedy(SERVER_MEND)
            )
        for share in shares:
            if share not in unstated:
                yield _as_stated(tenant, path, share, found)
            elif not found.whole:
                yield _as_unstated(tenant, path, share, found)


def _stated(site: Site, share: Share) -> bool:
    return share.encrypted or site.storage(share.storage).encrypted


def _unc(path: DataPath, share: Share) -> str:
    return f"\\\\{path.name}\\{share.name}"


def _offered(tenant: Tenant, path: DataPath, dialects: SmbDialects, vantages: Vantages) -> Verdict:
    seen = seen_or_why((one.seen for one in dialects.of(tenant.name, path.name)), vantages, tenant.name)
    if not isinstance(seen, Observed):
        return in_the_dark(path.name, seen, tenant.name)
    if not seen.value.spoken:
        return unknown(path.name, seen, tenant=tenant.name, says="it speaks no dialect of SMB 2 or 3")
    if can_encrypt(seen.value.spoken):
        return fine(path.name, seen, tenant=tenant.name)
    return NOT_OFFERED(
        path.name,
        seen,
        tenant=tenant.name,
        expected="encryption offered",
        found=f"not offered ({seen.value.told()})",
        storage=path.storage,
    )


def _as_stated(tenant: Tenant, path: DataPath, share: Share, found: Sealing) -> Verdict:
    subject = _unc(path, share)
    required, refused = found.required(share.name), found.refused(share.name)
    if refused or found.whole:
        return fine(subject, *found.grounds, tenant=tenant.name)
    if required is None or (required and refused is None):
        return unknown(subject, *found.grounds, tenant=tenant.name, says=found.why)
    says = "it is required, and clients that cannot encrypt are let in all the same" if required else "it is not"
    return NOT_REQUIRED(
        subject,
        *found.grounds,
        tenant=tenant.name,
        expected="encryption required",
        found=says,
        share=share.name,
        storage=path.storage,
    )


def _as_unstated(tenant: Tenant, path: DataPath, share: Share, found: Sealing) -> Verdict:
    subject = _unc(path, share)
    refused = found.refused(share.name)
    if refused is None:
        return unknown(subject, *found.grounds, tenant=tenant.name, says=found.why)
    if not refused:
        return fine(subject, *found.grounds, tenant=tenant.name)
    where = f"tenants: {tenant.name}: shares: {share.name}"
    return _refused(subject, tenant, path, found, "The share", where, filled(SHARE_MEND, {"share": share.name}))


def _refused(
    subject: str, tenant: Tenant, path: DataPath, found: Sealing, what: str, where: str, mend: Remedy
) -> Verdict:
    return REFUSES_CLEAR(
        subject,
        *found.grounds,
        tenant=tenant.name,
        expected="clients that cannot encrypt are let in",
        found="STATUS_ACCESS_DENIED",
        what=what,
        where=where,
        mend=mend,
        storage=path.storage,
    )
