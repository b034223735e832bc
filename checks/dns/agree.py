"""All name servers that a tenant's hosts may query return the same addresses for the name of a data path.

A host queries several name servers, and a changed record reaches them at different times: by replication, by zone
transfer, or when a cache entry expires. While they differ, some hosts connect and others do not. krbcheck compares
the addresses as sets, because servers rotate their order. It leaves out servers that return no address
(`dns.resolves` reports them). Where the name servers of different tenants return different addresses, the name has
views (split DNS), which can be intended: this is a note, and `dns.address` judges the answer that each tenant gets.

Evidence: the A and AAAA answers of every name server of the tenant; if one is missing and the others agree, the name
is not determined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from krbcheck.facts.observation import Observed
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.server_answers import NameServerAnswers, ServerAnswers
from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import Remedy, changes, fill, looks

from ._wording import addresses, by_answer, grounds, zone_of

LOOK = (
    looks(
        "Resolve-DnsName {subject} -Server {server}",
        says="Compare the record at each name server, and correct the wrong one",
        shows="{expected}",
    ),
)
CACHES = (
    changes(
        "Clear-DnsServerCache -ComputerName {server} -Force",
        says="If the server only caches the zone {zone}",
        on=controller("{zone}"),
        needs="the DnsServer module",
        undo_says="nothing to revert: the server queries DNS again",
        verify="Resolve-DnsName {subject} -Server {server}",
    ),
)
REPLICATE = (
    changes(
        "repadmin /syncall /AdeP",
        says="If the zone is in Active Directory and a domain controller is behind",
        on=controller("{zone}"),
        needs="Domain Admins",
        undo_says="nothing to revert: replication would do the same later",
    ),
)
SERVERS_DIFFER = Problem(
    "servers-differ",
    Severity.ERROR,
    says="{subject} has different addresses at different name servers",
    alternatives=(LOOK, CACHES),
    remedy=REPLICATE,
    means="The address that a host gets depends on the name server that it queries. Typical causes: "
    "replication between domain controllers fails, a secondary zone is out of date, or a record was created "
    "manually on one server.",
)
SPLIT_VIEW = Problem(
    "split-view",
    Severity.NOTE,
    says="{subject} has different addresses for different tenants",
    alternatives=(LOOK,),
    remedy=(looks(says="No action if the views are intended: the site file states the address of each tenant"),),
    means="The tenants' name servers return different addresses for one name (views or DNS policies). "
    "The check dns.address compares each tenant's answer with its stated address.",
)


@check(
    id="dns.agree",
    title="All name servers return the same addresses for a data path",
    tells="Whether the name server that a host queries makes a difference.",
    problems=[SERVERS_DIFFER, SPLIT_VIEW],
    refs=["RFC 1034 section 4.3.5", "RFC 1794"],
)
def agree(site: Site, answers: NameServerAnswers) -> Iterator[Verdict]:
    differing = set()
    for tenant, path in site.named_paths():
        replies = answers.of(tenant.name, path.name)
        held = [entry for entry in replies if entry.addresses]
        undecided = [seen for entry in replies for seen in entry.undecided]
        if not replies:
            yield unknown(path.name, answers.why_none(tenant.name), tenant=tenant.name)
        elif _differ(held):
            differing.add(path.name)
            yield _servers_differ(site, tenant, path, held)
        elif undecided:
            yield unknown(path.name, *undecided, *grounds(held), tenant=tenant.name)
        elif not held or len(held) < 2 <= len(replies):
            says = "fewer than two name servers returned an address for it (see dns.resolves)"
            yield unknown(path.name, *grounds(replies), tenant=tenant.name, says=says)
        else:
            yield fine(path.name, *grounds(held), tenant=tenant.name)
    for name in dict.fromkeys(path.name for _, path in site.named_paths()):
        if name not in differing:
            yield from _split_view(site, answers, name)


def _differ(held: Sequence[ServerAnswers]) -> bool:
    """Whether two servers gave different addresses of a kind that both answered for."""
    seen: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for answers in held:
        for kind, answer in answers.answers.items():
            if isinstance(answer, Observed) and answer.value.decided:
                seen[kind].add(frozenset(answer.value.addresses))
    return any(len(different) > 1 for different in seen.values())


def _servers_differ(site: Site, tenant: Tenant, path: DataPath, held: Sequence[ServerAnswers]) -> Finding:
    zone, record = zone_of(site, path.name)
    expected = path.stated_address or "the same addresses at every name server"
    values = {"subject": path.name, "zone": zone, "expected": expected}
    servers = [answers.server for answers in held]
    steps = (step for template in (LOOK, CACHES) for server in servers for step in _at(template, values, server))
    return SERVERS_DIFFER.with_steps(tuple(steps))(
        path.name,
        *grounds(held),
        tenant=tenant.name,
        expected=expected,
        found=by_answer(held, addresses),
        servers=servers,
        zone=zone,
        record=record,
    )


def _at(template: Remedy, values: Mapping[str, str], server: str) -> Remedy:
    return fill(template, {**values, "server": server})


def _split_view(site: Site, answers: NameServerAnswers, name: str) -> Iterator[Finding]:
    views = {tenant.name: view for tenant in site.tenants if (view := _view(answers, tenant, name))}
    if len({_addresses(view) for view in views.values()}) < 2:
        return
    zone, record = zone_of(site, name)
    servers = list(dict.fromkeys(entry.server for view in views.values() for entry in view))
    values = {"subject": name, "expected": "the address of the tenant that uses this name server"}
    steps = (step for server in servers for step in _at(LOOK, values, server))
    yield SPLIT_VIEW.with_steps(tuple(steps))(
        name,
        *(seen for view in views.values() for seen in grounds(view)),
        expected="the same addresses, or one view for each tenant",
        found="; ".join(_lines(views)),
        servers=servers,
        zone=zone,
        record=record,
    )


def _view(answers: NameServerAnswers, tenant: Tenant, name: str) -> list[ServerAnswers]:
    """What the name servers that the tenant's hosts use say, as far as they agree; empty where they do not."""
    held = [answer for answer in answers.of(tenant.name, name) if answer.addresses]
    own = [entry for entry in held if entry.server in tenant.name_servers or not tenant.name_servers]
    return [] if _differ(own) else own


def _addresses(view: Sequence[ServerAnswers]) -> frozenset[str]:
    return frozenset(address for answers in view for address in answers.addresses)


def _lines(views: Mapping[str, Sequence[ServerAnswers]]) -> Iterator[str]:
    return (
        f"{tenant} gets {', '.join(sorted(_addresses(view)))} from {', '.join(answers.server for answers in view)}"
        for tenant, view in views.items()
    )
