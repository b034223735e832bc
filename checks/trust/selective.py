"""Where a trust uses selective authentication, each host is allowed to authenticate to the storage's account.

With selective authentication (CROSS_ORGANIZATION on the trusting side) the storage's KDC issues a ticket only to
accounts that have "Allowed to authenticate" on the account of the SPN. All other accounts get KDC_ERR_POLICY.
krbcheck computes this right from the DACL of the storage's account and the SIDs of the host's ticket: its account,
its groups, its groups in the storage's domain, and the well-known SIDs. The result does not depend on other faults of
the trust.

Evidence: the trustedDomain object of the storage's domain; for selective authentication also the groups of the host
and the access list of the storage's account.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.admissions import AccountDaclAnswer, Admissions, about_authenticating
from krbcheck.facts.directory import CROSS_ORGANIZATION, Directories
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Principal, Site, Storage, Tenant
from krbcheck.views.trust_sides import DomainPair, TrustSides, grounds_of
from krbcheck.windows.descriptor import Ace

ALWAYS = frozenset({"S-1-1-0", "S-1-5-2", "S-1-5-11", "S-1-5-1000"})
"""Everyone, Network, Authenticated Users, and Other Organization, which comes with selective authentication."""

NOT_ALLOWED = Problem(
    "not-allowed-to-authenticate",
    Severity.ERROR,
    says="{subject} is not allowed to authenticate to {account}, which the selective authentication of "
    "{storage} requires",
    remedy='On a controller of {storage}: dsacls "{dn}" /G "{hosts}\\<group of the hosts>:CA;Allowed to '
    'Authenticate". If the hosts also query the directory of {storage}, grant the same right on its '
    'controllers. On the hosts: klist -li 0x3e7 purge. Verify: dsacls "{dn}"',
    means="The KDC returns KDC_ERR_POLICY (12) with STATUS_AUTHENTICATION_FIREWALL_FAILED (0xC0000413).",
    explains=[
        explains("trust.ticket/not-accepted", same="home storage_domain", where={"error": "12 35"}),
        explains(
            "ticket.service/refused",
            "ticket.service/not-allowed",
            same="principal storage_domain",
            where={"error": "12 35"},
        ),
    ],
    together=["home", "storage_domain"],
)


def _granted(aces: tuple[Ace, ...], sids: frozenset[str]) -> bool | None:
    """The first entry decides (MS-DTYP 2.5.3.2); None where an entry with a condition would."""
    for ace in aces:
        if about_authenticating(ace) and ace.sid in sids:
            return None if ace.conditional else ace.allow
    return False


def _local_groups(admissions: Admissions, domain: str, controller: str, sids: frozenset[str]) -> frozenset[str]:
    """The groups of the storage's domain that hold one of these SIDs, as this controller tells."""
    those = (group for group in admissions.groups if (group.domain, group.controller) == (domain, controller))
    return frozenset(
        answer.sid for answer in those if isinstance(answer.seen, Observed) and sids & set(answer.seen.value.members)
    )


def _silences(admissions: Admissions, domain: str, controller: str) -> list[Unobserved]:
    those = (group for group in admissions.groups if (group.domain, group.controller) == (domain, controller))
    return [answer.seen for answer in those if isinstance(answer.seen, Unobserved)]


def _at(answer: AccountDaclAnswer, sids: frozenset[str], admissions: Admissions) -> tuple[bool | None, str]:
    """Whether the host is granted the right at one controller, None for not known; and what that rests on."""
    if not isinstance(answer.seen, Observed):
        return None, ""
    if not answer.seen.value.dn:
        return None, f"{answer.controller} has no account {answer.account}"
    if answer.seen.value.aces is None:
        return None, f"the DACL of {answer.account} could not be read at {answer.controller}"
    every = sids | ALWAYS | _local_groups(admissions, answer.domain, answer.controller, sids)
    granted = _granted(answer.seen.value.aces, every)
    if granted is None:
        return None, f"the DACL of {answer.account} contains a conditional entry, which krbcheck does not evaluate"
    if not granted and _silences(admissions, answer.domain, answer.controller):
        return (
            None,
            f"the members of the groups in the DACL of {answer.account} could not be read at {answer.controller}",
        )
    return granted, answer.controller


def _judged(
    pair: DomainPair,
    tenant: Tenant,
    principal: Principal,
    storage: Storage,
    directories: Directories,
    admissions: Admissions,
) -> Verdict:
    account = directories.account(principal.name)
    if not isinstance(account, Observed):
        why = () if account is None else (account,)
        return unknown(principal.name, *why, f"the directory of {pair.hosts} was not read", tenant=tenant.name)
    if not account.value.found or account.value.found[0].groups is None:
        says = f"the groups of {principal.name} could not be read in {pair.hosts}"
        return unknown(principal.name, account, tenant=tenant.name, says=says)
    held = account.value.found[0]
    sids = frozenset({held.sid, *(held.groups or ())})
    answers = [answer for answer in admissions.accounts if answer.account.lower() == storage.account.lower()]
    replies = [(answer, *_at(answer, sids, admissions)) for answer in answers]
    because: tuple[Ground, ...] = (account, *(answer.seen for answer in answers))
    refused = [(answer, where) for answer, granted, where in replies if granted is False]
    if refused:
        answer = refused[0][0]
        controllers = list(dict.fromkeys(where for _, where in refused))
        return NOT_ALLOWED(
            principal.name, *because, tenant=tenant.name, hosts=pair.hosts, storage=pair.storage,
            expected='"Allowed to authenticate" for the host or one of its groups',
            found=f"no allow entry at {', '.join(controllers)}", account=storage.account,
            dn=answer.seen.value.dn if isinstance(answer.seen, Observed) else "",
        )  # fmt: skip
    if not any(granted for _, granted, _ in replies):
        says = next((why for _, _, why in replies if why), "")
        return unknown(
            principal.name, *because[1:], f"the directory of {pair.storage} was not read", tenant=tenant.name, says=says
        )
    return fine(principal.name, *because, tenant=tenant.name)


def _hosts(site: Site, pair: DomainPair) -> Iterator[tuple[Tenant, Principal, Storage]]:
    """Who of the pair's hosts uses which of its storages, each once."""
    for tenant in site.tenants:
        used = dict.fromkeys(path.storage for path in tenant.data_paths)
        for storage in (site.storage(name) for name in used):
            if storage.domain == pair.storage:
                yield from (
                    (tenant, principal, storage)
                    for principal in tenant.principals
                    if principal.realm.lower() == pair.hosts
                )


@check(
    id="trust.selective",
    title="Where a trust uses selective authentication, the hosts are allowed to authenticate",
    tells="Whether a trust uses selective authentication, and which hosts may authenticate to the storage.",
    problems=[NOT_ALLOWED],
    refs=["MS-KILE 3.3.5.7.5", "MS-ADTS 5.1.3.2.1 (Allowed-To-Authenticate)", "MS-ADTS 6.1.6.7.9"],
)
def trust_selective(
    site: Site, trusts: TrustSides, directories: Directories, admissions: Admissions
) -> Iterator[Verdict]:
    for pair in trusts.pairs:
        _, storage = trusts.of(pair)
        if storage.trust is None:
            why = f"{pair.storage} has no trust with {pair.hosts}" if storage.lacks else ""
            silent = list(grounds_of(storage))
            yield unknown(str(pair), *silent, f"the directory of {pair.storage} was not read", says=why)
        elif not storage.trust.attributes & CROSS_ORGANIZATION:
            yield fine(str(pair), *(observation for observation in [storage.seen] if observation is not None))
        else:
            for tenant, principal, where in _hosts(site, pair):
                yield _judged(pair, tenant, principal, where, directories, admissions)
