"""Checks that every secret that the site file names is available and is accepted by a domain controller or VMstore.

Without the account that reads a domain, the directory, group policy and share permissions of that domain are not
determined; without the account of a VMstore, its roles are not; without the secret of a principal, its tickets and
sessions are not. This check reports the cause once: which account, where its secret comes from, and what is not
determined because of it. A KDC that rejects the key of a principal is reported by `ticket.tgt`. krbcheck offers a
credential that was rejected to no other KDC in the same run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from krbcheck.facts.kerberos import KrbError, ReaderTickets, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vantages import Vantages
from krbcheck.facts.vmstore import LoggedIn, RestRefusal, VmstoreAnswers
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Domain, Principal, SecretKind, SecretSource, Site, Tenant, VmstoreApi
from krbcheck.windows.kerberos_errors import error_name
from krbcheck.windows.remedy import changes, fill, looks

IN_DIRECTORY = (
    looks(
        "Get-ADObject -Filter \"sAMAccountName -eq '{name}'\" -Server {kdc} -Properties "
        "userAccountControl,lockoutTime,pwdLastSet,accountExpires",
        says="Find out why: disabled, locked out, expired, or a new password",
        on="{kdc}",
        needs="the ActiveDirectory module",
    ),
)
ON_VMSTORE = (
    looks(
        says="Test a login of {name}: it shows whether the account is disabled",
        on="the VMstore user interface of {storage}",
    ),
)
CORRECT = (
    changes(
        says="Correct the account or its secret: {source}",
        on="the host of krbcheck",
        undo_says="write the old secret again",
        caution="krbcheck sends neither a rejected secret again nor another secret of the account on the same day, "
        "unless --retry is stated",
    ),
)
UNREAD = (
    explains(
        "ticket.tgt", "ticket.service", "ticket.path", "ticket.client", "ticket.enctype", "ticket.groups",
        "smb.session", "smb.share", "smb.encryption", "smb.multichannel", "isolation.unstated",
        "isolation.own", "isolation.others", "isolation.listing", "isolation.acl", same="principal",
    ),
    explains(
        "policy.client-search", "policy.kdc-search", "policy.controllers", "policy.single-domain",
        "spn.exists", "spn.owner", "spn.unique", "spn.enctypes", "spn.stale", "spn.directory",
        "trust.exists", "trust.agrees", "trust.kind", "trust.enctypes", "trust.selective", "trust.ticket",
        "ticket.service", "ticket.groups", "isolation.acl", "isolation.administrators", "isolation.backup",
        "backup.group", "backup.rights",
        "backup.product", same="directory",
    ),
    explains("isolation.acl", "isolation.administrators", "isolation.backup", same="appliance=storage"),
    explains(
        "isolation.acl", "isolation.vlan", "spn.vmstore", "backup.machines", "backup.role", "backup.product",
        same="appliance",
    ),
)  # fmt: skip
MISSING = Problem(
    "missing",
    Severity.ERROR,
    says="{account} has no usable secret ({found}), so {unseen} cannot be read",
    remedy=(looks(says="Provide the secret: {source}", on="the host of krbcheck"),),
    means="The site file names where the secret is, and nothing is there. krbcheck reports what depends on it as not "
    "determined.",
    explains=UNREAD,
)
REFUSED = Problem(
    "refused",
    Severity.ERROR,
    says="{account} is rejected by {kdc} ({found}), so {unseen} cannot be read",
    alternatives=(IN_DIRECTORY, ON_VMSTORE),
    remedy=CORRECT,
    means="The password or key is wrong, or the account does not exist, is disabled, locked out or expired. "
    "krbcheck remembers a rejected credential and does not send it again without --retry.",
    explains=UNREAD,
)
SOURCES: Mapping[SecretKind, str] = {
    SecretKind.ENV: "environment variable {location}",
    SecretKind.FILE: "file {location}",
    SecretKind.KEYTAB: "keytab {location}",
    SecretKind.CCACHE: "credential cache {location}",
    SecretKind.PROMPT: "typed at the prompt",
}


def source_of(secret: SecretSource) -> str:
    """Where the site file states that the secret is, with the line."""
    line = f", site file line {secret.line}" if secret.line else ""
    return SOURCES[secret.kind].format(location=secret.location) + line


def _judged(
    account: str, secret: SecretSource, seen: Sequence[TicketGrant], unseen: str, tenant: str = ""
) -> Iterator[Verdict]:
    """One verdict for one account. A rejected principal of a tenant is left to ticket.tgt."""
    accepted = [grant.seen for grant in seen if _is_ticket(grant.seen)]
    rejections = [(grant, error) for grant in seen if (error := _error(grant.seen))]
    absent = [grant.seen for grant in seen if _has_gap(grant.seen, Gap.NO_CREDENTIALS)]
    silent = [grant.seen for grant in seen if isinstance(grant.seen, Unobserved)]
    values = {"account": account, "source": source_of(secret), "unseen": unseen, "name": account.rpartition("@")[0]}
    if accepted:
        yield fine(account, *accepted, tenant=tenant)
    elif rejections and not tenant:
        grant, error = rejections[0]
        found = f"{error_name(error.code)}, {error.code}"
        look = fill(IN_DIRECTORY, {"name": values["name"], "kdc": grant.host})
        yield REFUSED.with_steps(look)(
            account, grant.seen, expected="a TGT", found=found, kdc=grant.host, tenant=tenant, **values
        )
    elif absent and isinstance(gap := absent[0], Unobserved):
        yield MISSING(account, gap, expected="a secret", found=gap.detail, tenant=tenant, **values)
    elif silent and not rejections:
        yield unknown(account, *silent, tenant=tenant)


def _is_ticket(seen: Observation[object]) -> bool:
    return isinstance(seen, Observed) and isinstance(seen.value, TicketFacts)


def _error(seen: Observation[object]) -> KrbError | None:
    return seen.value if isinstance(seen, Observed) and isinstance(seen.value, KrbError) else None


def _has_gap(seen: Observation[object], gap: Gap) -> bool:
    return isinstance(seen, Unobserved) and seen.gap is gap


def _reader(domain: Domain, secret: SecretSource, readers: ReaderTickets) -> Iterator[Verdict]:
    seen = [grant for grant in readers.grants if grant.principal == domain.account]
    unseen = f"the directory, group policy and share permissions of {domain.name}"
    if seen:
        yield from _judged(domain.account, secret, seen, unseen)
    else:
        yield unknown(domain.account, says=f"no TGT of {domain.account} was requested")


def _principal(
    tenant: Tenant, principal: Principal, secret: SecretSource, grants: TicketGrants, vantages: Vantages
) -> Iterator[Verdict]:
    seen = [grant for grant in grants.grants if (grant.tenant, grant.principal) == (tenant.name, principal.name)]
    unseen = f"the tickets and sessions of {principal.name}"
    if seen:
        yield from _judged(principal.name, secret, seen, unseen, tenant.name)
    else:
        yield unknown(principal.name, tenant=tenant.name, says=vantages.why_not(tenant.name))


def _of_vmstore(storage: str, api: VmstoreApi, secret: SecretSource, answers: VmstoreAnswers) -> Iterator[Verdict]:
    """One verdict for the account of a VMstore; a reply other than a rejection, such as 503, decides nothing."""
    logins = [answer.login for answer in answers.of(storage)]
    accepted = [seen for seen in logins if isinstance(seen, Observed) and isinstance(seen.value, LoggedIn)]
    rejected = [(seen, refusal) for seen in logins if (refusal := _rejection(seen))]
    absent = [seen for seen in logins if isinstance(seen, Unobserved) and seen.gap is Gap.NO_CREDENTIALS]
    unseen = f"the roles and share permissions of {storage} by REST"
    values = {"account": api.login, "source": source_of(secret), "unseen": unseen}
    if accepted:
        yield fine(api.login, *accepted)
    elif rejected:
        seen, refusal = rejected[0]
        look = fill(ON_VMSTORE, {"storage": storage, "name": api.account})
        yield REFUSED.with_steps(look)(
            api.login, seen, expected="a login", found=refusal.summary(), kdc=storage, **values
        )
    elif absent:
        yield MISSING(api.login, absent[0], expected="a secret", found=absent[0].detail, **values)
    else:
        apis = [answer.api for answer in answers.of(storage)]
        refusals = [(seen, reply) for seen in (*logins, *apis) if (reply := _refusal(seen))]
        says = "" if logins else f"the REST API of {storage} was not queried"
        says = refusals[0][1].reason(storage) if refusals else says
        yield unknown(api.login, *logins, *(seen for seen, _ in refusals), says=says)


def _refusal(seen: Observation[object]) -> RestRefusal | None:
    return seen.value if isinstance(seen, Observed) and isinstance(seen.value, RestRefusal) else None


def _rejection(seen: Observation[object]) -> RestRefusal | None:
    return refusal if (refusal := _refusal(seen)) and refusal.rejects_login else None


@check(
    id="credentials.usable",
    title="Every secret that the site file names is available and accepted",
    tells="Which account has no secret or a rejected one, where the secret comes from, and what cannot be read.",
    problems=[MISSING, REFUSED],
    refs=["RFC 4120 3.1", "RFC 4120 7.5.9 (error codes)"],
    part_is_enough=[TicketGrants],
    undetermined_explains=UNREAD,
)
def credentials_usable(
    site: Site, readers: ReaderTickets, grants: TicketGrants, vantages: Vantages, vmstores: VmstoreAnswers
) -> Iterator[Verdict]:
    for domain in site.domains:
        if domain.account and domain.secret is not None:
            yield from _reader(domain, domain.secret, readers)
    for storage in site.storages:
        api = storage.vmstore_api
        if api is not None and api.secret is not None:
            yield from _of_vmstore(storage.name, api, api.secret, vmstores)
    for tenant, principal in site.principals():
        if principal.secret is not None:
            yield from _principal(tenant, principal, principal.secret, grants, vantages)
