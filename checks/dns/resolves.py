"""The name of each data path has an address at each name server that the tenant's hosts may ask.

A Hyper-V host finds its storage by name: `\\\\vmstore-alice.tintri.com\\AliceVMs` is looked up in DNS before anything
else happens, and Kerberos is tried for the name that was typed. A name server that does not know the name breaks
the data path for every host that happens to ask it, while the others go on, so each one is asked by itself: those of
the tenant and those of the domains of its hosts and storage, from the tenant's own place. A server that says
NXDOMAIN does not know the name at all; one that answers without an address knows the name for something else, or
cannot reach the servers that know it (SERVFAIL), or does not want to be asked (REFUSED). Silence is no answer, so
what such a server would say stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.names import NameAnswers
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant

from ._told import Told, by_answer, grounds, mending_server, not_asked, told_of, zone_of

ADD = (
    "Add-DnsServerResourceRecordA -ZoneName {zone} -Name {record} -IPv4Address {address} -ComputerName {at}, if the "
    "record is missing there; then Clear-DnsServerCache -ComputerName <server> for {servers}. A server that does "
    "not hold {zone} itself has to ask those that do: Add-DnsServerConditionalForwarderZone -Name {zone} "
    "-MasterServers {masters} -ComputerName <server>"
)

NO_SUCH_NAME = Problem(
    "no-such-name",
    Severity.ERROR,
    says="{subject} does not exist: {found}",
    remedy=ADD,
    means="The name server answers NXDOMAIN. A host that asks it cannot open the share: it sees error 53 (the "
    "network path was not found), and no Kerberos ticket is even asked for. Either the record was never made or was "
    "scavenged, or the server does not forward the storage's zone.",
)
NO_ADDRESS = Problem(
    "no-address",
    Severity.ERROR,
    says="{subject} leads to no address: {found}",
    remedy=ADD,
    means="The name server answers, but with no address: the name exists for another record type only, is an alias "
    "that leads nowhere, or the server says SERVFAIL (it cannot reach the servers that know) or REFUSED (it does "
    "not serve this client). For a host all of these are the same: no address, no storage.",
)


@check(
    id="dns.resolves",
    title="Every data path's name has an address at each name server",
    tells="Whether the hosts find their storage, whichever name server they ask.",
    problems=[NO_SUCH_NAME, NO_ADDRESS],
    refs=["RFC 1035 section 4.1.1", "RFC 2308 section 2"],
)
def resolves(site: Site, names: NameAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        told = told_of(names, tenant.name, path.name)
        if not told:
            yield unknown(path.name, not_asked(vantages, tenant.name), tenant=tenant.name)
            continue
        silent = [one for one in told if one.silent]
        without = [one for one in told if not one.silent and not one.addresses]
        for problem, those in _problems(without):
            yield _finding(problem, site, tenant, path, those)
        if silent:
            yield unknown(path.name, *grounds(silent), tenant=tenant.name)
        elif not without:
            yield fine(path.name, *grounds(told), tenant=tenant.name)


def _problems(without: Sequence[Told]) -> Iterator[tuple[Problem, list[Told]]]:
    """NXDOMAIN of one server explains the others' empty answers: some lose it when they pass it on."""
    unheard = [one for one in without if one.rcode == "NXDOMAIN"]
    if unheard:
        unheard = [one for one in without if one.rcode == "NXDOMAIN" or (one.rcode == "NOERROR" and not one.aliases)]
        yield NO_SUCH_NAME, unheard
    empty = [one for one in without if one not in unheard]
    if empty:
        yield NO_ADDRESS, empty


def _finding(problem: Problem, site: Site, tenant: Tenant, path: DataPath, told: Sequence[Told]) -> Finding:
    servers = [one.server for one in told]
    zone, record = zone_of(site, path.name)
    domain = site.domain(zone)
    masters = domain.name_servers if domain else ()
    return problem(
        path.name,
        *grounds(told),
        tenant=tenant.name,
        expected=path.stated_address or "an address",
        found=by_answer(told, _found),
        servers=servers,
        zone=zone,
        record=record,
        address=path.stated_address or "<address>",
        at=mending_server(site, zone, [*servers, *masters]),
        masters=masters or (f"<name server of {zone}>",),
    )


def _found(told: Told) -> str:
    if told.rcode != "NOERROR":
        return told.rcode
    return f"an alias of {told.aliases[-1]}, which has no address" if told.aliases else "no A or AAAA record"
