"""Each principal must get a TGT at each KDC of its realm; every KDC is asked by itself.

This is the host's own logon: an AS exchange with pre-authentication, the key taken from the keytab or derived from the
password with the salt that the KDC names. A key that one KDC refuses is not offered to the next, since three refusals
lock an account; that other KDC stays unasked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import KrbError, TicketGrant, TicketGrants
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Principal, Site, Tenant
from krbcheck.windows.kerberos_errors import KRB_CODES, error_name
from krbcheck.windows.ntstatus import ntstatus_name
from krbcheck.windows.quoting import Remedy

from ._grants import granted, grants_of, why_no_tgt

WRONG_KEY = Problem(
    "wrong-key",
    Severity.ERROR,
    says="{subject} is refused by {kdcs}: the key or password at hand is not the account's ({found})",
    remedy="Make the keytab anew with the present password: ktpass /princ {subject} /mapuser {account} /ptype "
    "KRB5_NT_PRINCIPAL /crypto AES256-SHA1 /pass * /out FILE; on a host itself: Test-ComputerSecureChannel -Repair",
    means="KDC_ERR_PREAUTH_FAILED (24). The password was changed after the keytab was made, or the salt differs. The "
    "key was offered once and is not offered again in this run.",
)
UNKNOWN_PRINCIPAL = Problem(
    "unknown-principal",
    Severity.ERROR,
    says="{kdcs} has no account {subject} ({found})",
    remedy="Get-ADComputer -Identity '{account}' -Server {kdc}; correct the principal in the site file, or wait for "
    "replication: repadmin /syncall {kdc} /A /e",
    means="KDC_ERR_C_PRINCIPAL_UNKNOWN (6): a misspelt name, the wrong realm, or a controller that has not replicated.",
)
LOCKED_OR_DISABLED = Problem(
    "locked-or-disabled",
    Severity.ERROR,
    says="The account of {subject} may not log on: {found}",
    remedy="Enable-ADAccount -Identity '{account}'; Unlock-ADAccount -Identity '{account}'; "
    "Clear-ADAccountExpiration -Identity '{account}'",
    means="KDC_ERR_CLIENT_REVOKED (18): disabled, locked out or expired.",
)
PASSWORD_EXPIRED = Problem(
    "password-expired",
    Severity.ERROR,
    says="The password of {subject} has expired ({found})",
    remedy="Set-ADAccountPassword -Identity '{account}' -Reset; then make the keytab anew; for service accounts "
    "Set-ADUser -Identity '{account}' -PasswordNeverExpires $true",
    means="KDC_ERR_KEY_EXPIRED (23).",
)
NO_COMMON_ENCTYPE = Problem(
    "no-common-enctype",
    Severity.ERROR,
    says="{subject} and {kdcs} have no encryption type in common: {found}",
    remedy="Set-ADComputer -Identity '{account}' -KerberosEncryptionType AES128,AES256; then reset its password, which "
    "makes the AES keys, and make the keytab anew",
    means="KDC_ERR_ETYPE_NOSUPP (14). After the April 2026 updates RC4 is no longer a default (CVE-2026-20833).",
)
CLOCK = Problem(
    "clock",
    Severity.ERROR,
    says="{kdcs} refuses {subject} because the clocks differ ({found})",
    remedy="w32tm /resync /rediscover on {kdc} and on the host",
    means="KRB_AP_ERR_SKEW (37): more than five minutes apart. time.skew says whose clock is wrong.",
)
RESTRICTED = Problem(
    "restricted",
    Severity.ERROR,
    says="A rule of the domain keeps {subject} from logging on ({found})",
    remedy="Get-ADComputer '{account}' -Properties LogonWorkstations,logonHours,AuthenticationPolicy; "
    "lift what restricts it",
    means="KDC_ERR_POLICY (12): logon hours, workstations, authentication policy or silo; the NTSTATUS says which.",
)
REFUSED = Problem(
    "refused",
    Severity.ERROR,
    says="{kdcs} refuses {subject}: {found}",
    remedy="{mend}",
    means="Any other KRB-ERROR; `krbcheck explain CODE` tells what it means here.",
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


def _told(error: KrbError, directories: Directories, principal: str) -> str:
    """The error in the KDC's words, with its NTSTATUS, and what the directory says of the account."""
    said = f"{error_name(error.code)} ({error.code})"
    if error.ntstatus is not None:
        said += f", {ntstatus_name(error.ntstatus)}"
    accounts = directories.account(principal)
    if error.code == 18 and isinstance(accounts, Observed):
        for account in accounts.value.found:
            said += ", disabled in the directory" if account.disabled else ""
            said += f", expired {account.expires:%Y-%m-%d}" if account.expires and account.expires < accounts.at else ""
    return said


def _findings(asked: list[TicketGrant], directories: Directories, tenant: Tenant, one: Principal) -> Iterator[Verdict]:
    """One finding for each error, naming the KDCs that gave it."""
    by_code: dict[int, list[tuple[TicketGrant, KrbError]]] = {}
    for grant in asked:
        if isinstance(grant.seen, Observed) and isinstance(grant.seen.value, KrbError):
            by_code.setdefault(grant.seen.value.code, []).append((grant, grant.seen.value))
    for code, refusals in by_code.items():
        known = KRB_CODES.get(code)
        yield BY_CODE.get(code, REFUSED)(
            one.name,
            *(grant.seen for grant, _ in refusals),
            tenant=tenant.name,
            expected="a TGT",
            found=_told(refusals[0][1], directories, one.name),
            kdcs=[grant.host for grant, _ in refusals],
            kdc=refusals[0][0].host,
            account=one.account,
            mend=Remedy((known.mend if known else "") or f"krbcheck explain {code}"),
        )


@check(
    id="ticket.tgt",
    title="Every principal gets a TGT at every KDC",
    tells="Whether each host can log on, at each controller of its domain.",
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
)
def ticket_tgt(site: Site, grants: TicketGrants, directories: Directories, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, principal in site.principals():
        asked = grants_of(grants, tenant.name, principal.name)
        findings = list(_findings(asked, directories, tenant, principal))
        yield from findings
        if any(granted(one) for one in asked) and not findings:
            yield fine(principal.name, *(one.seen for one in asked if granted(one)), tenant=tenant.name)
        silent = [one.seen for one in asked if isinstance(one.seen, Unobserved)]
        if findings:
            silent = [one for one in silent if one.gap is not Gap.NOT_ALLOWED]
        if silent or not asked:
            why = silent[0].detail if silent else why_no_tgt(grants, vantages, tenant, principal.name)
            yield unknown(principal.name, *silent, tenant=tenant.name, says=why)
