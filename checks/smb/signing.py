"""Checks that the storage requires signed messages.

A signature prevents an attacker between host and storage from changing data or relaying a session. Current Windows
hosts sign in any case; an older host, a Linux client, or an attacker who modifies the handshake does not. The
SecurityMode of the NEGOTIATE response shows whether the storage supports signing and whether it requires it (MS-SMB2
2.2.4). krbcheck tests each dialect alone, because an attacker can select the weakest. Where the storage encrypts every
session, signing is not needed, because encryption also protects against changes.

Evidence: the reply to NEGOTIATE of each dialect, and the flags of a session.
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
from krbcheck.views.query_gaps import seen_or_why
from krbcheck.windows.remedy import looks, variants
from krbcheck.windows.server_steps import samba_setting, server_setting

from ._wording import in_the_dark

UNSIGNED = "clients that cannot sign can no longer connect, and signing costs the storage some CPU time"
HOW = variants(
    "{storage}",
    windows=server_setting(
        "{storage}", "RequireSecuritySignature $true", "RequireSecuritySignature $false", caution=UNSIGNED
    ),
    samba=samba_setting("{storage}", "global", "server signing = mandatory", caution=UNSIGNED),
    vmstore=[looks(says="Require SMB signing in the SMB settings", on="the VMstore user interface of {storage}")],
)

NOT_REQUIRED = Problem(
    "not-required",
    Severity.WARNING,
    says="{subject} does not require signing (SMB {dialects})",
    remedy=HOW,
    means="While host and storage allow unsigned messages, an attacker between them can change data or relay the "
    "session of a host.",
    together=["storage"],
)
NOT_OFFERED = Problem(
    "not-offered",
    Severity.NOTE,
    says="{subject} does not report that it supports signing (SMB {dialects})",
    remedy=HOW,
    means="SMB 2 and 3 servers must support signing. The server is incomplete, or something between host and storage "
    "changed its response.",
)


@check(
    id="smb.signing",
    title="Every data path requires signed messages",
    tells="Whether the storage supports signing, and whether it requires it.",
    problems=[NOT_REQUIRED, NOT_OFFERED],
    refs=["MS-SMB2 2.2.4 (SecurityMode)", "MS-SMB2 3.3.5.5"],
    part_is_enough=[SmbSessions],
)
def smb_signing(site: Site, dialects: SmbDialects, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        seen = seen_or_why((dialect.seen for dialect in dialects.of(tenant.name, path.name)), vantages, tenant.name)
        if not isinstance(seen, Observed):
            yield in_the_dark(path.name, seen, tenant.name)
        elif not seen.value.spoken:
            yield unknown(path.name, seen, tenant=tenant.name, says=f"{path.name} supports no dialect of SMB 2 or 3")
        else:
            yield from _judged(tenant, path, seen, encrypts=_encrypts(sessions, tenant, path))


def _judged(
    tenant: Tenant, path: DataPath, seen: Observed[DialectReplies], *, encrypts: bool | None
) -> Iterator[Verdict]:
    mute = _without(seen.value.spoken, SIGNING_ENABLED | SIGNING_REQUIRED)
    lax = [] if encrypts else _without(seen.value.spoken, SIGNING_REQUIRED)
    if lax and encrypts is None:
        yield unknown(path.name, seen, tenant=tenant.name, says="no session showed whether encryption replaces signing")
        return
    for problem, those in ((NOT_REQUIRED, lax), (NOT_OFFERED, mute)):
        if those:
            yield problem(
                path.name,
                seen,
                tenant=tenant.name,
                expected="signing required",
                found="not supported" if mute else "supported, not required",
                dialects=those,
                storage=path.storage,
            )
    if not lax and not mute:
        also = ("the sessions are encrypted",) if encrypts else ()
        yield fine(path.name, seen, *also, tenant=tenant.name)


def _without(spoken: Sequence[SmbNegotiated], bits: int) -> list[str]:
    """Returns the dialects whose SecurityMode contains none of these bits."""
    return [dialect_name(negotiated.dialect) for negotiated in spoken if not negotiated.security_mode & bits]


def _encrypts(sessions: SmbSessions, tenant: Tenant, path: DataPath) -> bool | None:
    """Whether the storage requires encryption of every session, from the SessionFlags of a session of the tenant; None
    where none was accepted and proved its key.
    """
    answers = [session.seen for session in sessions.kerberos(tenant.name, path.name)]
    flags = [answer.value.flags for answer in answers if isinstance(answer, Observed) and answer.value.proved]
    return any(each & SESSION_FLAG_ENCRYPT for each in flags) if flags else None
