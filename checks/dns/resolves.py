"""The name of each data path has an address at each name server that the tenant's hosts may query.

A Hyper-V host finds its storage by name: it resolves the name in `\\\\vmstore-alice.tintri.com\\AliceVMs` before any
other step, and requests a Kerberos ticket for that name. If one name server does not have the name, the hosts that
query this server lose the data path, while other hosts keep it. krbcheck therefore queries each name server of the
tenant, and of the domains of its hosts and storage, separately and from the tenant's vantage point. NXDOMAIN means
that the name does not exist. An answer without an address means that the name has other record types only, that the
server cannot reach the authoritative servers (SERVFAIL), or that it refuses this client (REFUSED). If a server does
not respond, the result for it is not determined.

Evidence: the answers of every name server of the tenant; if one is missing, the name is not determined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.server_answers import NameServerAnswers, ServerAnswers
from krbcheck.windows.common_steps import controller, hosts_of
from krbcheck.windows.dns_steps import add_address, clear_resolver_cache
from krbcheck.windows.remedy import RemedyStep, changes, fill, looks

from ._wording import by_answer, grounds, server_for_fix, zone_of

WHICH = (
    looks(
        says="If the record is missing at the name servers of {zone}, add it; if they have it, only the forwarding "
        "or a cache is wrong"
    ),
)
ADD = add_address("{zone}", "{record}", "{address}", "{at}")
CACHES = (
    changes(
        "Clear-DnsServerCache -ComputerName {server} -Force",
        says="If the name server {server} caches the old answer",
        on=controller("{zone}"),
        needs="the DnsServer module",
        undo_says="nothing to revert: the server queries DNS again",
        verify="Resolve-DnsName {subject} -Server {server}",
    ),
    changes(
        "Add-DnsServerConditionalForwarderZone -Name {zone} -MasterServers {masters} -ComputerName {server}",
        says="If the name server {server} neither hosts {zone} nor forwards it",
        on=controller("{zone}"),
        needs="the DnsServer module",
        undo="Remove-DnsServerZone -Name {zone} -ComputerName {server} -Force",
        verify="Resolve-DnsName {subject} -Server {server}",
    ),
)

UNRESOLVED = (explains("dns.address", "dns.agree", "dns.alias", "dns.reverse", "dns.port", same="path"),)
NO_SUCH_NAME = Problem(
    "no-such-name",
    Severity.ERROR,
    says="{subject} does not exist: {found}",
    alternatives=(WHICH, ADD, CACHES),
    remedy=(clear_resolver_cache(hosts_of("{tenant}")),),
    means="The name server returns NXDOMAIN. A host that queries it cannot open the share: it reports "
    "error 53 (the network path was not found) and requests no Kerberos ticket. Typical causes: the record "
    "was never created or was scavenged, or the server does not forward the storage's zone.",
    explains=UNRESOLVED,
)
NO_ADDRESS = Problem(
    "no-address",
    Severity.ERROR,
    says="{subject} resolves to no address: {found}",
    alternatives=(WHICH, ADD, CACHES),
    remedy=(clear_resolver_cache(hosts_of("{tenant}")),),
    means="The name server returns no address. The name has other record types only, is an alias whose "
    "target has no address, or the server returns SERVFAIL (it cannot reach the authoritative servers) or "
    "REFUSED (it does not serve this client). A host cannot connect to the storage.",
    explains=UNRESOLVED,
)


@check(
    id="dns.resolves",
    title="The name of every data path has an address at each name server",
    tells="Whether hosts can resolve the name of their storage at every name server that they query.",
    problems=[NO_SUCH_NAME, NO_ADDRESS],
    refs=["RFC 1035 section 4.1.1", "RFC 2308 section 2"],
    undetermined_explains=UNRESOLVED,
)
def resolves(site: Site, answers: NameServerAnswers) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        replies = answers.of(tenant.name, path.name)
        if not replies:
            yield unknown(path.name, answers.why_none(tenant.name), tenant=tenant.name)
            continue
        silent = [entry for entry in replies if entry.silent]
        without = [entry for entry in replies if not entry.silent and not entry.addresses]
        for problem, those in _problems(without):
            yield _finding(problem, site, tenant, path, those)
        if silent:
            yield unknown(path.name, *grounds(silent), tenant=tenant.name)
        elif not without:
            yield fine(path.name, *grounds(replies), tenant=tenant.name)


def _problems(without: Sequence[ServerAnswers]) -> Iterator[tuple[Problem, list[ServerAnswers]]]:
    """NXDOMAIN of one server explains the others' empty answers: some lose it when they pass it on."""
    unheard = [answers for answers in without if answers.rcode == "NXDOMAIN"]
    if unheard:
        unheard = [
            answers
            for answers in without
            if answers.rcode == "NXDOMAIN" or (answers.rcode == "NOERROR" and not answers.aliases)
        ]
        yield NO_SUCH_NAME, unheard
    empty = [answers for answers in without if answers not in unheard]
    if empty:
        yield NO_ADDRESS, empty


def _finding(problem: Problem, site: Site, tenant: Tenant, path: DataPath, replies: Sequence[ServerAnswers]) -> Finding:
    servers = [answers.server for answers in replies]
    zone, record = zone_of(site, path.name)
    domain = site.domain(zone)
    masters = domain.name_servers if domain else ()
    values = {
        "zone": zone,
        "subject": path.name,
        "masters": ",".join(masters) or "ADDRESS",
        "record": record,
        "address": path.stated_address or "ADDRESS",
        "at": server_for_fix(site, zone, [*servers, *masters]),
    }
    return problem.with_steps(tuple(_steps(servers, masters, values)))(
        path.name,
        *grounds(replies),
        tenant=tenant.name,
        expected=path.stated_address or "an address",
        found=by_answer(replies, _found),
        servers=servers,
        zone=zone,
        record=record,
        address=values["address"],
        at=values["at"],
        masters=masters,
    )


def _steps(servers: Sequence[str], masters: Sequence[str], values: Mapping[str, str]) -> Iterator[RemedyStep]:
    """The record is added if a name server of its zone lacks it; if all have it, the others are changed."""
    others = [server for server in servers if server not in masters]
    if not masters:
        yield from fill(WHICH, values)
    if not masters or len(others) < len(servers):
        yield from fill(ADD, values)
    if not masters or len(others) == len(servers):
        yield from (step for server in others for step in fill(CACHES, {**values, "server": server}))


def _found(answers: ServerAnswers) -> str:
    if answers.rcode != "NOERROR":
        return answers.rcode
    return f"an alias of {answers.aliases[-1]}, which has no address" if answers.aliases else "no A or AAAA record"
