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

from krbcheck.facts.directory import CROSS_ORGANIZATION, Directories
from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Principal, Site, Storage, Tenant
from krbcheck.views.admitted_hosts import AdmittedHosts
from krbcheck.views.trust_sides import DomainPair, TrustSides, grounds_of
from krbcheck.windows.common_steps import controller, purge_tickets
from krbcheck.windows.remedy import changes, looks

NOT_ALLOWED = Problem(
    "not-allowed-to-authenticate",
    Severity.ERROR,
    says="{subject} is not allowed to authenticate to {account}, which the selective authentication of "
    "{storage} requires",
    remedy=(
        looks(
            "dsacls '{dn}'",
            says="Write down the permissions",
            on=controller("{storage}"),
        ),
        changes(
            "dsacls '{dn}' /G '{hosts}\\GROUP:CA;Allowed to Authenticate'",
            says="GROUP is the group of the hosts. If they also query the directory of {storage}, grant the "
            "same on its "
            "domain controllers",
            on=controller("{storage}"),
            needs="write access to the permissions of the account",
            undo_says="Active Directory Users and Computers > Security of {account}: remove the entry of the group",
            verify="dsacls '{dn}'",
        ),
        purge_tickets("the hosts"),
    ),
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


def _judged(
    pair: DomainPair,
    tenant: Tenant,
    principal: Principal,
    storage: Storage,
    directories: Directories,
    admitted: AdmittedHosts,
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
    admissions = list(admitted.at(storage.account, sids))
    because: tuple[Ground, ...] = (account, *(admission.seen for admission in admissions))
    refused = [admission for admission in admissions if admission.granted is False]
    if refused:
        seen = refused[0].seen
        controllers = list(dict.fromkeys(admission.controller for admission in refused))
        return NOT_ALLOWED(
            principal.name, *because, tenant=tenant.name, hosts=pair.hosts, storage=pair.storage,
            expected='"Allowed to authenticate" for the host or one of its groups',
            found=f"no allow entry at {', '.join(controllers)}", account=storage.account,
            dn=seen.value.dn if isinstance(seen, Observed) else "",
        )  # fmt: skip
    if not any(admission.granted for admission in admissions):
        says = next((admission.why for admission in admissions if admission.why), "")
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
    site: Site, trusts: TrustSides, directories: Directories, admitted: AdmittedHosts
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
                yield _judged(pair, tenant, principal, where, directories, admitted)
