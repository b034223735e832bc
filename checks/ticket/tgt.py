"""Checks that each principal gets a TGT from each KDC of its realm.

krbcheck sends the same AS exchange with pre-authentication as the host does at logon. The key comes from the keytab, or
from the password with the salt that the KDC returns. If one KDC rejects a key, krbcheck does not send it to the next
KDC, because repeated failures can lock the account; that KDC is then not tested.

Evidence: the answer of every KDC of the realm; if one is missing, the principal is not determined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import KeyMismatch, KrbError, TicketGrant
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Principal, Site, Tenant
from krbcheck.views.tgt_grants import TgtGrants, granted
from krbcheck.windows.kerberos_errors import KRB_CODES, error_name
from krbcheck.windows.ntstatus import ntstatus_name
from krbcheck.windows.quoting import Filled

NO_TGT = (
    explains(
        "ticket.service", "ticket.path", "ticket.client", "ticket.enctype", "ticket.groups",
        "smb.session", "smb.share", "smb.encryption", "smb.multichannel",
        "isolation.own", "isolation.others", "isolation.listing", "isolation.acl", same="principal",
    ),
)  # fmt: skip
WRONG_KEY = Problem(
    "wrong-key",
    Severity.ERROR,
    says="{subject} is rejected by {kdcs}, because its key or password is not the one of the account ({found})",
    remedy="ktpass /princ {subject} /mapuser {account} /ptype KRB5_NT_PRINCIPAL /crypto AES256-SHA1 /pass * -setpass "
    "/out FILE (user account: enter its current password, which -setpass keeps); Test-ComputerSecureChannel -Repair "
    "(on a Windows host, if its own logon fails); Verify: krbcheck run SITE --only ticket.tgt",
    means="KDC_ERR_PREAUTH_FAILED (24): the password changed after the keytab was created, or the salt differs. "
    "krbcheck sent the key once and does not send it again in this run.",
    explains=NO_TGT,
)
UNKNOWN_PRINCIPAL = Problem(
    "unknown-principal",
    Severity.ERROR,
    says="{subject} does not exist on {kdcs} ({found})",
    remedy="Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {kdc}; If the name is wrong, correct the "
    "principal in the site file; repadmin /syncall {kdc} /A /e (if only some domain controllers have the account); "
    "Verify: krbcheck run SITE --only ticket.tgt",
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
    remedy="Enable-ADAccount -Identity '{account}' (if it is disabled); Unlock-ADAccount -Identity '{account}' (if "
    "it is locked out); Clear-ADAccountExpiration -Identity '{account}' (if it has expired); Verify: krbcheck run "
    "SITE --only ticket.tgt",
    means="KDC_ERR_CLIENT_REVOKED (18): the account is disabled, locked out or expired.",
    explains=NO_TGT,
)
PASSWORD_EXPIRED = Problem(
    "password-expired",
    Severity.ERROR,
    says="The password of {subject} has expired ({found})",
    remedy="Set-ADAccountPassword -Identity '{account}' -Reset; Create the keytab again with the new password; "
    "Set-ADUser -Identity '{account}' -PasswordNeverExpires $true (only for a service account); Verify: krbcheck run "
    "SITE --only ticket.tgt",
    means="KDC_ERR_KEY_EXPIRED (23): the domain's password policy requires a new password.",
    explains=NO_TGT,
)
NO_COMMON_ENCTYPE = Problem(
    "no-common-enctype",
    Severity.ERROR,
    says="{subject} and {kdcs} support no common encryption type: {found}",
    remedy="gpresult /scope computer /h policy.html (on {kdc}, if only this controller returns the error: compare "
    "'Network security: Configure encryption types allowed for Kerberos'; on Samba 'kdc supported enctypes' in "
    "smb.conf); Set-ADComputer -Identity '{account}' -KerberosEncryptionType AES128,AES256 (for a user account: "
    "Set-ADUser); Reset the password of the account so that it gets AES keys, then create its keytab again; Verify: "
    "krbcheck run SITE --only ticket.tgt",
    means="KDC_ERR_ETYPE_NOSUPP (14). Since the updates of April 2026 RC4 is not a default (CVE-2026-20833).",
    explains=[*NO_TGT, explains("trust.ticket", same="controller")],
)
CLOCK = Problem(
    "clock",
    Severity.ERROR,
    says="{subject} is rejected by {kdcs}, because the clocks differ ({found})",
    remedy="w32tm /resync /rediscover (on {kdc} and on the host); Verify: w32tm /query /status",
    means="KRB_AP_ERR_SKEW (37): the clocks differ by more than five minutes. time.skew reports which clock is wrong.",
    explains=[*NO_TGT, explains("trust.ticket", same="controller")],
)
RESTRICTED = Problem(
    "restricted",
    Severity.ERROR,
    says="The logon of {subject} is not allowed by a restriction of the domain ({found})",
    remedy="Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {kdc} -Properties "
    "logonHours,userWorkstations,msDS-AssignedAuthNPolicy,msDS-AssignedAuthNPolicySilo; Remove the restriction that "
    "the NTSTATUS names; Verify: krbcheck run SITE --only ticket.tgt",
    means="KDC_ERR_POLICY (12): logon hours, workstations, authentication policy or silo; the NTSTATUS shows which.",
    explains=NO_TGT,
)
REFUSED = Problem(
    "refused",
    Severity.ERROR,
    says="{subject} is rejected by {kdcs}: {found}",
    remedy="{fix}; Verify: krbcheck run SITE --only ticket.tgt",
    means="Any other KRB-ERROR; `krbcheck explain CODE` describes it.",
    explains=NO_TGT,
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


def unproved(asked: Sequence[TicketGrant]) -> list[TicketGrant]:
    """Returns the AS-REPs that do not decrypt with the key that another KDC accepted: a KDC made it with an older key,
    or a server that has none.
    """
    if not any(granted(grant) for grant in asked):
        return []
    return [
        grant
        for grant in asked
        if isinstance(grant.seen, Observed) and isinstance(grant.seen.value, KeyMismatch) and grant.seen.value.wrong_key
    ]


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
    for code, refusals in by_code.items():
        known = KRB_CODES.get(code)
        yield BY_CODE.get(code, REFUSED)(
            principal.name,
            *(grant.seen for grant, _ in refusals),
            tenant=tenant.name,
            expected="a TGT",
            found=_described(refusals[0][1], directories, principal.name),
            kdcs=[grant.host for grant, _ in refusals],
            kdc=refusals[0][0].host,
            account=principal.account,
            fix=Filled((known.fix if known else "") or f"krbcheck explain {code}"),
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
        for grant in unproved(asked):
            says = f"{grant.host} did not prove that it has the key of {principal.name}, which another KDC accepted"
            yield unknown(principal.name, grant.seen, tenant=tenant.name, says=says)
        if findings:
            silent = [gap for gap in silent if gap.gap is not Gap.NOT_ALLOWED]
        if silent or not asked:
            why = silent[0].detail if silent else tgts.why_none(tenant.name, principal.name)
            yield unknown(principal.name, *silent, tenant=tenant.name, says=why)
