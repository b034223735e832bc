"""The storage insists that every message of a session is signed.

A signature keeps who sits between host and storage from changing what is read and written, and from taking a session
over (relaying). Windows hosts of today sign whatever the storage wants; an older one, a Linux client, or an attacker in
the middle who takes the wish out of the handshake does not. The SecurityMode of the storage's answer to a NEGOTIATE
says whether signing is offered and whether it is required (MS-SMB2 2.2.4); each dialect is asked by itself, since an
attacker chooses the weakest. Where the storage encrypts every session nothing needs a signature: what is encrypted
cannot be changed either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbNegotiated, SmbSessions, dialect_name
from krbcheck.facts.smb_features import (
    SESSION_FLAG_ENCRYPT,
    SIGNING_ENABLED,
    SIGNING_REQUIRED,
    DialectReplies,
    SmbDialects,
)
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant

from ._asked import in_the_dark, seen_or_why

HOW = (
    "On {storage}: Set-SmbServerConfiguration -RequireSecuritySignature $true -Force (Windows), "
    "'server signing = mandatory' in smb.conf (Samba), or the SMB settings of the appliance"
)

NOT_REQUIRED = Problem(
    "not-required",
    Severity.WARNING,
    says="{subject} does not require that messages are signed (SMB {dialects})",
    remedy=HOW,
    means="Who sits between a host and the storage can change what passes, or relay a host's session to the storage, "
    "as long as either side lets unsigned messages pass.",
)
NOT_OFFERED = Problem(
    "not-offered",
    Severity.NOTE,
    says="{subject} does not say that it can sign messages (SMB {dialects})",
    remedy=HOW,
    means="SMB 2 and 3 servers have to be able to sign; one that does not say so is no full one, or something in "
    "between took the word out of its answer.",
)


@check(
    id="smb.signing",
    title="Every data path requires signed messages",
    tells="Whether the storage offers signing, and whether it insists on it.",
    problems=[NOT_REQUIRED, NOT_OFFERED],
    refs=["MS-SMB2 2.2.4 (SecurityMode)", "MS-SMB2 3.3.5.5"],
    part_is_enough=[SmbSessions],
)
def smb_signing(site: Site, dialects: SmbDialects, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        seen = seen_or_why((one.seen for one in dialects.of(tenant.name, path.name)), vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
        elif not seen.value.spoken:
            yield unknown(path.name, seen, tenant=tenant.name, says="it speaks no dialect of SMB 2 or 3")
        else:
            yield from _judged(tenant, path, seen, encrypts=_encrypts(sessions, tenant, path))


def _judged(tenant: Tenant, path: DataPath, seen: Observed[DialectReplies], *, encrypts: bool) -> Iterator[Verdict]:
    mute = _without(seen.value.spoken, SIGNING_ENABLED | SIGNING_REQUIRED)
    lax = [] if encrypts else _without(seen.value.spoken, SIGNING_REQUIRED)
    for problem, those in ((NOT_REQUIRED, lax), (NOT_OFFERED, mute)):
        if those:
            yield problem(
                path.name,
                seen,
                tenant=tenant.name,
                expected="signing required",
                found="not offered" if mute else "offered, not required",
                dialects=those,
                storage=path.storage,
            )
    if not lax and not mute:
        also = ("its sessions are encrypted",) if encrypts else ()
        yield fine(path.name, seen, *also, tenant=tenant.name)


def _without(spoken: Sequence[SmbNegotiated], bits: int) -> list[str]:
    """The dialects whose SecurityMode has none of these bits."""
    return [dialect_name(one.dialect) for one in spoken if not one.security_mode & bits]


def _encrypts(sessions: SmbSessions, tenant: Tenant, path: DataPath) -> bool:
    """Whether the storage wants every session encrypted, as a session of the tenant was told."""
    told = [one.seen for one in sessions.kerberos(tenant.name, path.name)]
    return any(
        isinstance(one, Observed) and one.value.accepted and one.value.flags & SESSION_FLAG_ENCRYPT for one in told
    )
