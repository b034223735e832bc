"""Checks that shares require encryption where the site file states it, and only there.

SMB 3 can encrypt all data between host and storage. A storage can require encryption for all clients or for a single
share. The NEGOTIATE response shows whether it is supported (a capability in 3.0 and 3.0.2, a selected cipher in 3.1.1);
the SessionFlags of a session and the ShareFlags of a share show whether it is required. krbcheck also tests what a
client without encryption gets (an older host, a Linux mount without `seal`, a backup proxy): one principal of each
tenant opens such a session and connects to the shares of its tenant. If the storage grants access to that client,
encryption is not enforced. If the storage denies access and the site file does not state `encryption: required`, such
clients fail unexpectedly. State `encryption: required` for a storage or for a share in the site file. Signing and
Kerberos protect against changes; only encryption protects against reading.

Evidence: the reply to NEGOTIATE of each dialect, and of the same principal the flags of its ordinary session and share
beside the result of its session without encryption; a denial counts only where the flags require encryption.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.smb_features import SmbDialects
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Fine, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Share, Site, Tenant
from krbcheck.views.query_gaps import seen_or_why
from krbcheck.views.session_encryption import EncryptionState, SessionEncryption, can_encrypt
from krbcheck.windows.common_steps import ELEVATED
from krbcheck.windows.remedy import Remedy, RemedyStep, changes, fill, looks, variants
from krbcheck.windows.server_steps import samba_global_value, samba_setting, server_setting

from ._wording import in_the_dark

CLEAR = "clients without SMB 3 encryption get STATUS_ACCESS_DENIED: Linux mounts without seal, some backup proxies"
READABLE = "attackers who can capture packets on the VLAN can then read the virtual disks"
STATE = (looks(says="If encryption is intended, add 'encryption: required' in the site file at {where}, and stop"),)
SHARE_MEND = variants(
    "{storage}",
    windows=[
        changes(
            "Set-SmbShare -Name '{share}' -EncryptData $false -Force",
            on="{storage}",
            needs=ELEVATED,
            undo="Set-SmbShare -Name '{share}' -EncryptData $true -Force",
            caution=READABLE,
        )
    ],
    samba=samba_setting("{storage}", "{share}", "server smb encrypt = default", caution=READABLE),
)
SERVER_MEND = variants(
    "{storage}",
    windows=server_setting("{storage}", "EncryptData $false", "EncryptData $true", caution=READABLE),
    samba=samba_global_value("{storage}", "server smb encrypt|smb encrypt", "default", caution=READABLE),
)
IF_NOT = (looks(says="If the share needs no encryption, remove 'encryption: required' from the site file, and stop"),)


def _require(*offer: RemedyStep) -> Remedy:
    """The steps for a share; on Samba those of `offer` come first."""
    return variants(
        "{storage}",
        windows=[
            looks(
                "Get-SmbSession | Select-Object ClientComputerName, Dialect",
                on="{storage}",
                needs=ELEVATED,
                shows="no client with a dialect below 3.0",
            ),
            changes(
                "Set-SmbShare -Name '{share}' -EncryptData $true -Force",
                on="{storage}",
                needs=ELEVATED,
                undo="Set-SmbShare -Name '{share}' -EncryptData $false -Force",
                caution=CLEAR,
            ),
            changes(
                "Set-SmbServerConfiguration -RejectUnencryptedAccess $true -Force",
                says="If the share requires encryption already, but the server does not reject other clients",
                on="{storage}",
                needs=ELEVATED,
                undo="Set-SmbServerConfiguration -RejectUnencryptedAccess $false -Force",
                caution=CLEAR,
            ),
        ],
        samba=(*offer, *samba_setting("{storage}", "{share}", "server smb encrypt = required", caution=CLEAR)),
        vmstore=[
            looks(says="Enable encryption in the settings of the share", on="the VMstore user interface of {storage}")
        ],
    )


REQUIRE = _require()
OFFER_AND_REQUIRE = _require(*samba_setting("{storage}", "global", "server smb encrypt = if_required"))
"""Where smb.conf has server smb encrypt = off, a share that requires encryption denies every client."""
NOT_REQUIRED = Problem(
    "not-required",
    Severity.WARNING,
    says="{subject} does not enforce the encryption that the site file requires: {found}",
    alternatives=((*IF_NOT, *REQUIRE), (*IF_NOT, *OFFER_AND_REQUIRE)),
    remedy=(),
    means="Attackers who can capture packets on the VLAN can read the virtual disks.",
    together=["storage"],
)
NOT_OFFERED = Problem(
    "not-offered",
    Severity.NOTE,
    says="{subject} does not support SMB encryption",
    remedy=(
        looks(says="No fix is needed if no tenant requires encryption"),
        *variants(
            "{storage}",
            windows=[
                looks(
                    "Get-SmbServerConfiguration | Select-Object EncryptionCiphers",
                    on="{storage}",
                    shows="Windows Server 2022 or newer: the list must not be empty",
                )
            ],
            samba=samba_setting("{storage}", "global", "server smb encrypt = if_required"),
            vmstore=[
                looks(
                    says="Install a firmware that supports SMB 3 encryption",
                    on="the VMstore user interface of {storage}",
                )
            ],
        ),
    ),
    means="Encryption is not available for any share of the storage, even if a tenant requires it.",
)
REFUSES_CLEAR = Problem(
    "refuses-clear",
    Severity.ERROR,
    says="{what} at {subject} is denied to clients that cannot encrypt ({found}), and the site file does not require "
    "encryption",
    alternatives=((*STATE, *SHARE_MEND), (*STATE, *SERVER_MEND)),
    remedy=(),
    means="Windows Server 2012 and newer encrypt when the server requires it. Older hosts, Linux mounts without "
    "'seal' and some backup proxies get STATUS_ACCESS_DENIED, and their administrators look for a wrong ACL.",
    together=["storage"],
)


@check(
    id="smb.encryption",
    title="Encryption is required where the site file states it, and only there",
    tells="Whether each share is encrypted, and whether clients that cannot encrypt get access.",
    problems=[NOT_REQUIRED, NOT_OFFERED, REFUSES_CLEAR],
    refs=["MS-SMB2 2.2.6 (SessionFlags)", "MS-SMB2 2.2.10 (ShareFlags)", "MS-SMB2 3.3.5.5", "MS-SMB2 3.3.5.7"],
    part_is_enough=[SmbSessions],
)
def smb_encryption(
    site: Site, dialects: SmbDialects, encryption: SessionEncryption, vantages: Vantages
) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        found = encryption.at(tenant, path)
        shares = tenant.shares_of(path.storage)
        unstated = [entry for entry in shares if not _stated(site, entry)]
        refused = found.whole and bool(unstated)
        offered = _offered(tenant, path, dialects, vantages)
        if not isinstance(offered, Fine):
            yield offered
        elif unstated and not found.settled:
            yield unknown(path.name, *found.grounds, tenant=tenant.name, says=found.why)
        elif not refused:
            yield offered
        if refused:
            yield _refused(path.name, tenant, path, found, "A session", f"storage: {path.storage}")
        for share in shares:
            if share not in unstated:
                yield _as_stated(tenant, path, share, found, not isinstance(offered, Finding))
            elif not found.whole:
                yield _as_unstated(tenant, path, share, found)


def _stated(site: Site, share: Share) -> bool:
    return share.encrypted or site.storage(share.storage).encrypted


def _unc(path: DataPath, share: Share) -> str:
    return f"\\\\{path.name}\\{share.name}"


def _about(path: DataPath, share: Share, found: EncryptionState) -> dict[str, str]:
    return {"path": path.name, "share": share.name, "principal": "" if found.same else found.speaker}


def _offered(tenant: Tenant, path: DataPath, dialects: SmbDialects, vantages: Vantages) -> Verdict:
    seen = seen_or_why((dialect.seen for dialect in dialects.of(tenant.name, path.name)), vantages, tenant.name)
    if not isinstance(seen, Observed):
        return in_the_dark(path.name, seen, tenant.name)
    if not seen.value.spoken:
        return unknown(path.name, seen, tenant=tenant.name, says=f"{path.name} supports no dialect of SMB 2 or 3")
    if can_encrypt(seen.value.spoken):
        return fine(path.name, seen, tenant=tenant.name)
    return NOT_OFFERED(
        path.name,
        seen,
        tenant=tenant.name,
        expected="encryption supported",
        found=f"not supported ({seen.value.summary()})",
        storage=path.storage,
    )


def _as_stated(tenant: Tenant, path: DataPath, share: Share, found: EncryptionState, offered: bool) -> Verdict:
    subject = _unc(path, share)
    required, refused = found.required(share.name), found.refused(share.name)
    if refused or found.whole:
        return fine(subject, *found.grounds, tenant=tenant.name)
    if required is None or (required and refused is None):
        return unknown(subject, *found.grounds, tenant=tenant.name, says=found.why, about=_about(path, share, found))
    says = "clients that cannot encrypt get access" if required else "the share does not require encryption"
    steps = IF_NOT + (REQUIRE if offered else OFFER_AND_REQUIRE)
    return NOT_REQUIRED.with_steps(fill(steps, {"share": share.name, "storage": path.storage}))(
        subject,
        *found.grounds,
        tenant=tenant.name,
        expected="encryption required",
        found=says,
        share=share.name,
        storage=path.storage,
    )


def _as_unstated(tenant: Tenant, path: DataPath, share: Share, found: EncryptionState) -> Verdict:
    subject = _unc(path, share)
    refused = found.refused(share.name)
    if refused is None:
        return unknown(subject, *found.grounds, tenant=tenant.name, says=found.why, about=_about(path, share, found))
    if not refused:
        return fine(subject, *found.grounds, tenant=tenant.name)
    where = f"tenants: {tenant.name}: shares: {share.name}"
    return _refused(subject, tenant, path, found, "The share", where, share.name)


def _refused(
    subject: str, tenant: Tenant, path: DataPath, found: EncryptionState, what: str, where: str, share: str = ""
) -> Verdict:
    steps = fill(
        STATE + (SHARE_MEND if share else SERVER_MEND), {"where": where, "share": share, "storage": path.storage}
    )
    return REFUSES_CLEAR.with_steps(steps)(
        subject,
        *found.grounds,
        tenant=tenant.name,
        expected="clients that cannot encrypt get access",
        found="STATUS_ACCESS_DENIED",
        what=what,
        where=where,
        storage=path.storage,
    )
