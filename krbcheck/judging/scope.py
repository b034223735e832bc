"""A recording is judged for the subjects that it was made for: what the site file states since then is not determined.

The site is judged twice, as it is stated and without what was added. A verdict of the whole site alone is about a
subject that was not queried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from krbcheck.facts.observation import Facts
from krbcheck.facts.scopes import Scopes, ScopeSubject
from krbcheck.judging.verdict import Finding, Fine, Unknown, Verdict
from krbcheck.site.stated import Site, Tenant, realm_of
from krbcheck.site.subjects import digest, subjects

MOST_NAMED = 3


def added_to(site: Site, facts: Mapping[type[Facts], Facts]) -> list[ScopeSubject]:
    """What the site file states that the facts were not collected for; nothing where they do not state it."""
    family = facts.get(Scopes)
    if not isinstance(family, Scopes):
        return []
    return family.added([ScopeSubject(*row) for row in subjects(site)], digest(site))


def not_collected(added: Sequence[ScopeSubject]) -> str:
    """Why what was added to the site file is not determined."""
    named = ", ".join(subject.shown for subject in added[:MOST_NAMED])
    more = f" and {len(added) - MOST_NAMED} more" if len(added) > MOST_NAMED else ""
    return f"not in these facts, which were collected before the site file stated {named}{more}: collect again"


def without(site: Site, added: Collection[ScopeSubject]) -> Site:
    """The site without what was added, and without what refers to it."""
    gone = {(subject.kind, subject.tenant, subject.name) for subject in added}
    domains = tuple(domain for domain in site.domains if ("domain", "", domain.name) not in gone)
    known = {domain.name for domain in domains}
    domains = tuple(
        msgspec.structs.replace(
            domain,
            forest_search_order=domain.forest_search_order
            and tuple(name for name in domain.forest_search_order if name in known),
        )
        for domain in domains
    )
    storages = tuple(
        storage for storage in site.storages if ("storage", "", storage.name) not in gone and storage.domain in known
    )
    names = {storage.name for storage in storages}
    tenants = (tenant for tenant in site.tenants if ("tenant", "", tenant.name) not in gone)
    return msgspec.structs.replace(
        site,
        domains=domains,
        storages=storages,
        tenants=tuple(_narrowed(tenant, gone, known, names) for tenant in tenants),
        backups=tuple(
            backup
            for backup in site.backups
            if backup.storage in names and ("backup", "", f"{backup.product} of {backup.storage}") not in gone
        ),
    )


def _narrowed(
    tenant: Tenant, gone: Collection[tuple[str, str, str]], domains: Collection[str], storages: Collection[str]
) -> Tenant:
    return msgspec.structs.replace(
        tenant,
        data_paths=tuple(
            path
            for path in tenant.data_paths
            if path.storage in storages and ("data path", tenant.name, path.name) not in gone
        ),
        shares=tuple(
            share
            for share in tenant.shares
            if share.storage in storages and ("share", tenant.name, f"{share.name} of {share.storage}") not in gone
        ),
        principals=tuple(
            principal
            for principal in tenant.principals
            if realm_of(principal.name).lower() in domains and ("principal", tenant.name, principal.name) not in gone
        ),
    )


def in_scope(whole: Iterable[Verdict], narrowed: Iterable[Verdict], says: str) -> Iterator[Verdict]:
    """The verdicts on the whole site; those that the narrowed site does not lead to are not determined.

    A finding on both is that of the narrowed site, whose evidence is complete.
    """
    known = {_identity(verdict): verdict for verdict in narrowed}
    undetermined: set[tuple[str, str]] = set()
    for verdict in whole:
        same = known.get(_identity(verdict))
        if same is not None:
            yield same
        elif (verdict.tenant, verdict.subject) not in undetermined:
            undetermined.add((verdict.tenant, verdict.subject))
            yield Unknown(verdict.subject, says, verdict.tenant)


def _identity(verdict: Verdict) -> tuple[str, str, str]:
    match verdict:
        case Finding():
            kind = verdict.code
        case Fine():
            kind = "fine"
        case Unknown():
            kind = "unknown"
    return kind, verdict.tenant, verdict.subject
