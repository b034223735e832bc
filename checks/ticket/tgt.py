"""Checks that each principal gets a TGT from each KDC of its realm.

krbcheck sends the same AS exchange with pre-authentication as the host does at logon. The key comes from the keytab, or
from the password with the salt that the KDC returns. If one KDC rejects a key, krbcheck does not send it to the next
KDC, because repeated failures can lock the account; that KDC is then not tested.

Evidence: the answer of every KDC of the realm; if one is missing, the principal is not determined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from krbcheck.facts.directory import Account, Directories
from krbcheck.facts.kerberos import KeyMismatch, KrbError, TicketGrant
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Principal, Site, Tenant
from krbcheck.views.tgt_grants import TgtGrants, granted
from krbcheck.windows.common_steps import (
    AD_MODULE,
    ELEVATED,
    ROOT,
    controller,
    replicate,
    show_account,
)
from krbcheck.windows.kerberos_errors import (
    KDC_ERR_CLIENT_REVOKED,
    KDC_ERR_ETYPE_NOSUPP,
    KDC_ERR_PREAUTH_FAILED,
    KRB_CODES,
    error_name,
)
from krbcheck.windows.key_steps import types_of
from krbcheck.windows.ntstatus import ntstatus_name
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants

from ._enctype_remedies import ADD_AES, AT_KDC, KEYS, enctype_steps
from ._keytab_remedies import OF_COMPUTER, OF_USER
from ._revoked import REVOKED, revoked

EXPLAIN = (looks("krbcheck explain {code}", on="the host of krbcheck"),)
NO_TGT = (
    explains(
        "ticket.service", "ticket.path", "ticket.client", "ticket.enctype", "ticket.groups",
        "smb.session", "smb.share", "smb.encryption", "smb.multichannel", "isolation.unstated",
        "isolation.own", "isolation.others", "isolation.listing", "isolation.acl", same="principal",
    ),
)  # fmt: skip
WRONG_KEY = Problem(
    "wrong-key",
    Severity.ERROR,
    says="{subject} is rejected by {kdcs}, because its key or password is not the one of the account ({found})",
    alternatives=(OF_COMPUTER, OF_USER),
    remedy=(),
    means="KDC_ERR_PREAUTH_FAILED (24): the password changed after the keytab was created, or the salt differs. "
    "krbcheck sent the key once and does not send it again in this run.",
    explains=NO_TGT,
)
UNKNOWN_PRINCIPAL = Problem(
    "unknown-principal",
    Severity.ERROR,
    says="{subject} does not exist on {kdcs} ({found})",
    remedy=(
        *show_account(
            "{account}",
            "{domain}",
            "whenCreated",
            "If the name is wrong, correct the principal in the site file, and stop",
        ),
        *replicate("{kdc}"),
    ),
    means="KDC_ERR_C_PRINCIPAL_UNKNOWN (6): the name or the realm is wrong, or the account has not replicated to "
    "this domain controller.",
    explains=[
        *NO_TGT,
        explains("policy.client-search", same="principal"),
        explains("isolation.acl", "isolation.administrators", "isolation.backup", same="principal=absent"),
    ],
)
LOCKED_OR_DISABLED = Problem(
    "locked-or-disabled",
    Severity.ERROR,
    says="The account of {subject} is not allowed to log on: {found}",
    alternatives=REVOKED,
    remedy=(),
    means="KDC_ERR_CLIENT_REVOKED (18): the account is disabled, locked out or expired, or has no logon hours.",
    explains=NO_TGT,
)
PASSWORD_EXPIRED = Problem(
    "password-expired",
    Severity.ERROR,
    says="The password of {subject} has expired ({found})",
    remedy=(
        *variants(
            "{domain}",
            windows=[
                changes(
                    "Set-ADAccountPassword -Identity '{account}' -Server {domain} -Reset",
                    says="Sets a new password: write it where the site file states, or create the keytab again",
                    on=controller("{domain}"),
                    needs=AD_MODULE,
                    undo_says="not possible: the old password is lost",
                    caution="services that use the old password stop: find them first",
                    interrupts=True,
                )
            ],
            samba=[
                changes(
                    "samba-tool user setpassword '{account}'",
                    says="Sets a new password: write it where the site file states, or create the keytab again",
                    on=controller("{domain}"),
                    needs=ROOT,
                    undo_says="not possible: the old password is lost",
                    caution="services that use the old password stop: find them first",
                    interrupts=True,
                )
            ],
        ),
    ),
    means="KDC_ERR_KEY_EXPIRED (23): the domain's password policy requires a new password.",
    explains=NO_TGT,
)
NO_COMMON_ENCTYPE = Problem(
    "no-common-enctype",
    Severity.ERROR,
    says="{subject} and {kdcs} support no common encryption type: {found}",
    alternatives=(AT_KDC, (*ADD_AES, *KEYS)),
    remedy=(),
    means="KDC_ERR_ETYPE_NOSUPP (14). Since the updates of April 2026 RC4 is not a default (CVE-2026-20833).",
    explains=[*NO_TGT, explains("trust.ticket", same="controller")],
)
CLOCK = Problem(
    "clock",
    Severity.ERROR,
    says="{subject} is rejected by {kdcs}, because the clocks differ ({found})",
    remedy=(
        looks(
            "w32tm /query /status",
            says="time.skew reports which clock is wrong: fix that first",
            on="{kdc}",
            shows="a source that is reached",
        ),
        changes(
            "w32tm /resync /rediscover",
            says="On the server whose clock is wrong; on Linux: chronyc makestep",
            on="{kdc}",
            needs=ELEVATED,
            undo_says="not needed: the clock follows its source",
            caution="on the PDC emulator, first make sure that its own source is right: all clocks of the "
            "domain follow it",
        ),
    ),
    means="KRB_AP_ERR_SKEW (37): the clocks differ by more than five minutes. time.skew reports which clock is wrong.",
    explains=[*NO_TGT, explains("trust.ticket", same="controller")],
)
RESTRICTED = Problem(
    "restricted",
    Severity.ERROR,
    says="The logon of {subject} is not allowed by a restriction of the domain ({found})",
    remedy=(
        looks(
            "Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {kdc} -Properties "
            "logonHours,userWorkstations,msDS-AssignedAuthNPolicy,msDS-AssignedAuthNPolicySilo",
            says="Write down the restriction that the NTSTATUS names",
            on="{kdc}",
            needs="the ActiveDirectory module",
        ),
        changes(
            says="Active Directory Users and Computers > Account: remove the restriction that the NTSTATUS names",
            on=controller("{domain}"),
            needs="write access to the account",
            undo_says="set the old restriction again",
            caution="first find out why the account is restricted",
        ),
    ),
    means="KDC_ERR_POLICY (12): logon hours, workstations, authentication policy or silo; the NTSTATUS shows which.",
    explains=NO_TGT,
)
REFUSED = Problem(
    "refused",
    Severity.ERROR,
    says="{subject} is rejected by {kdcs}: {found}",
    alternatives=(EXPLAIN,),
    remedy=(),
    means="Any other KRB-ERROR; `krbcheck explain CODE` describes it.",
    explains=NO_TGT,
)
OLDER_KEY = (
    "Read the replication of {host} (repadmin /showrepl {host}, on Samba samba-tool drs showrepl): it may have an "
    "older key. If it replicates, another server answers at its address: compare the MAC address (arp -a)"
)
BY_CODE: Mapping[int, Problem] = {
    6: UNKNOWN_PRINCIPAL,
    12: RESTRICTED,
    14: NO_COMMON_ENCTYPE,
    18: LOCKED_OR_DISABLED,
    23: PASSWORD_EXPIRED,
    24: WRONG_KEY,
    37: CLOCK,
}


def _described(error: KrbError | KeyMismatch, directories: Directories, principal: str) -> str:
    """Returns the error of the KDC with its NTSTATUS, and what the directory contains about the account."""
    if isinstance(error, KeyMismatch):
        return error.summary()
    said = f"{error_name(error.code)} ({error.code})"
    if error.ntstatus is not None:
        said += f", {ntstatus_name(error.ntstatus)}"
    accounts = directories.account(principal)
    if error.code == 18 and isinstance(accounts, Observed):
        for account in accounts.value.found:
            said += ", disabled in the directory" if account.disabled else ""
            said += f", expired {account.expires:%Y-%m-%d}" if account.expires and account.expires < accounts.at else ""
    return said


def _account(directories: Directories, name: str) -> tuple[Account | None, datetime | None]:
    """Returns the account as the directory contains it, and when it was queried."""
    seen = directories.account(name)
    found = seen.value.found if isinstance(seen, Observed) else ()
    return (found[0], seen.at) if found and isinstance(seen, Observed) else (None, None)


def _steps(
    error: KrbError | KeyMismatch, principal: Principal, directories: Directories, kdc: str, elsewhere: bool
) -> Remedy:
    """Returns the steps that depend on the account or on the other KDCs, or on an error without a problem of its own.

    `elsewhere` if another KDC issued a TGT.
    """
    code, (account, at) = error.code, _account(directories, principal.name)
    etypes = account.etypes if account else None
    values = types_of(etypes) | {
        "dn": account.dn if account else "DN",
        "account": principal.account,
        "subject": principal.name,
        "domain": principal.realm.lower(),
        "code": str(code),
        "kdc": kdc,
    }
    if code == KDC_ERR_CLIENT_REVOKED:
        return fill(revoked(error.ntstatus if isinstance(error, KrbError) else None, account, at), values)
    if code == KDC_ERR_PREAUTH_FAILED:
        return fill(OF_COMPUTER if principal.account.endswith("$") else OF_USER, values)
    if code == KDC_ERR_ETYPE_NOSUPP:
        return fill(enctype_steps(etypes, elsewhere and isinstance(error, KrbError)), values)
    if code in BY_CODE:
        return ()
    known = KRB_CODES.get(code)
    return fill((known.fix if known else ()) or EXPLAIN, values)


NO_REPLY = frozenset((Gap.TIMED_OUT, Gap.OUT_OF_TIME, Gap.REFUSED, Gap.CLOSED, Gap.UNREACHABLE, Gap.MALFORMED))
"""The gaps of a KDC that was queried."""


def unproved(asked: Sequence[TicketGrant]) -> Mapping[TicketGrant, str]:
    """Returns the AS-REPs that do not decrypt with the key where another KDC accepted it or did not reply, with what
    shows or may show otherwise: a KDC made it with an older key, or a server that has none.
    """
    silent = next((grant for grant in asked if isinstance(grant.seen, Unobserved) and grant.seen.gap in NO_REPLY), None)
    if any(granted(grant) for grant in asked):
        other = "which another KDC accepted"
    elif silent is not None:
        other = f"and {silent.host} did not reply, which can accept it"
    else:
        return {}
    return {
        grant: other
        for grant in asked
        if isinstance(grant.seen, Observed) and isinstance(grant.seen.value, KeyMismatch) and grant.seen.value.wrong_key
    }


def without_proof(grant: TicketGrant, other: str) -> Unobserved:
    """Returns such an AS-REP as a reply that is not valid: any server can send it."""
    reply: Observation[object] = grant.seen
    detail = f"{grant.host} did not prove its key: its AS-REP does not decrypt with the key, {other}"
    return Unobserved(Gap.MALFORMED, detail, reply.asked, reply.at, reply.vantage, reply.seconds, reply.of)


def _findings(
    asked: Sequence[TicketGrant], directories: Directories, tenant: Tenant, principal: Principal
) -> Iterator[Verdict]:
    """Yields one finding for each error, with the KDCs that returned it."""
    by_code: dict[int, list[tuple[TicketGrant, KrbError | KeyMismatch]]] = {}
    for grant in asked:
        if grant in unproved(asked):
            continue
        if isinstance(grant.seen, Observed) and isinstance(grant.seen.value, KrbError | KeyMismatch):
            by_code.setdefault(grant.seen.value.code, []).append((grant, grant.seen.value))
    elsewhere = any(granted(grant) for grant in asked)
    for code, refusals in by_code.items():
        steps = _steps(refusals[0][1], principal, directories, refusals[0][0].host, elsewhere)
        yield BY_CODE.get(code, REFUSED).with_steps(steps)(
            principal.name,
            *(grant.seen for grant, _ in refusals),
            tenant=tenant.name,
            expected="a TGT",
            found=_described(refusals[0][1], directories, principal.name),
            kdcs=[grant.host for grant, _ in refusals],
            kdc=refusals[0][0].host,
            account=principal.account,
            domain=principal.realm.lower(),
        )


@check(
    id="ticket.tgt",
    title="Every principal gets a TGT from every KDC",
    tells="Whether each host can log on, at each domain controller of its domain.",
    problems=[
        WRONG_KEY,
        UNKNOWN_PRINCIPAL,
        LOCKED_OR_DISABLED,
        PASSWORD_EXPIRED,
        NO_COMMON_ENCTYPE,
        CLOCK,
        RESTRICTED,
        REFUSED,
    ],
    refs=["RFC 4120 3.1", "RFC 4120 7.5.9 (error codes)", "MS-KILE 2.2.1"],
    undetermined_explains=NO_TGT,
)
def ticket_tgt(site: Site, tgts: TgtGrants, directories: Directories) -> Iterator[Verdict]:
    for tenant, principal in site.principals():
        asked = tgts.of(tenant.name, principal.name)
        findings = list(_findings(asked, directories, tenant, principal))
        yield from findings
        if asked and all(granted(grant) for grant in asked):
            yield fine(principal.name, *(grant.seen for grant in asked if granted(grant)), tenant=tenant.name)
        silent = [grant.seen for grant in asked if isinstance(grant.seen, Unobserved)]
        for grant, other in unproved(asked).items():
            step = OLDER_KEY.format(host=grant.host)
            yield unknown(principal.name, without_proof(grant, other), tenant=tenant.name, next_step=step)
        if findings:
            silent = [gap for gap in silent if gap.gap is not Gap.NOT_ALLOWED]
        if silent or not asked:
            why = silent[0].detail if silent else tgts.why_none(tenant.name, principal.name)
            yield unknown(principal.name, *silent, tenant=tenant.name, says=why)
