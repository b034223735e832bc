"""The name of each data path leads to exactly the address that the site states for it, inside the tenant's networks.

Each tenant reaches the storage by an address on its own VLAN. Where all of the storage's addresses are registered
under one name, as Windows file servers and dynamic updates do by themselves, DNS hands them out in turn: a host gets
the address of another tenant in some of its tries, waits for a connection that a firewall drops, and a virtual
machine stops that ran a minute ago. An address of another tenant is also the first half of a breach of isolation.
Every answer of every name server is compared with the stated address, or, where the site states none, with the
tenant's networks. One finding is made for each name and fault, however many servers repeat it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from krbcheck.facts.names import NameAnswers
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.windows.quoting import Remedy, filled

from ._told import Told, addresses, by_answer, grounds, mending_server, not_asked, record_type, told_of, zone_of

REPLACE = "{removals}; then on the hosts: Clear-DnsClientCache"

ROUND_ROBIN = Problem(
    "round-robin",
    Severity.ERROR,
    says="{subject} has {n} addresses, and in {k} of {n} tries a host of {tenant} gets one that is not its own: "
    "{whose}",
    remedy=REPLACE + ". Keep the storage from registering all its addresses under one name: one name for each "
    "tenant, each with one address",
    means="A name server hands out the addresses of a name in turn, and a host takes the first: in k of n tries it "
    "turns to an address that it cannot or may not reach. Live migrations, backups and reconnects fail now and then, "
    "and work when somebody looks.",
)
WRONG_ADDRESS = Problem(
    "wrong-address",
    Severity.ERROR,
    says="{subject} leads to {whose} instead of {expected}",
    remedy="{removals}; Add-DnsServerResourceRecordA -ZoneName {zone} -Name {record} -IPv4Address {address} "
    "-ComputerName {at}; then on the hosts: Clear-DnsClientCache",
    means="The name leads to another address than the site states: another tenant's data path, or another host in "
    "the tenant's own network. If something else answers there, its key does not open the ticket "
    "(KRB_AP_ERR_MODIFIED), or the tenant works on the wrong VLAN.",
)
OUTSIDE_NETWORK = Problem(
    "outside-network",
    Severity.ERROR,
    says="{subject} leads to {whose}, outside {tenant}'s networks",
    remedy="{removals}; Add-DnsServerResourceRecordA -ZoneName {zone} -Name {record} -IPv4Address {address} "
    "-ComputerName {at}; then on the hosts: Clear-DnsClientCache. If the address is meant, state its network under "
    "tenants: {tenant}: networks",
    means="The name leads to an address in no network that the site states: the management address of the storage, "
    "an address from before a move, or a network that the site file forgets. Traffic takes a way that nobody "
    "planned, or none.",
)


REMOVE = (
    "Remove-DnsServerResourceRecord -ZoneName {zone} -RRType {type} -Name {record} -RecordData {address} "
    "-ComputerName {at} -Force"
)


@check(
    id="dns.address",
    title="Every data path's name leads to its stated address and no other",
    tells="Whether a host can be sent to an address that is not its tenant's.",
    problems=[ROUND_ROBIN, WRONG_ADDRESS, OUTSIDE_NETWORK],
    refs=["RFC 1794", "RFC 1035 section 3.4.1"],
)
def address(site: Site, names: NameAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        told = told_of(names, tenant.name, path.name)
        held = [one for one in told if one.addresses]
        if not told:
            yield unknown(path.name, not_asked(vantages, tenant.name), tenant=tenant.name)
        elif not held:
            says = "no name server gave an address for it (see dns.resolves)"
            yield unknown(path.name, *grounds(told), tenant=tenant.name, says=says)
        else:
            found = list(_findings(site, tenant, path, held))
            yield from found
            if not found:
                yield fine(path.name, *grounds(held), tenant=tenant.name)


def _findings(site: Site, tenant: Tenant, path: DataPath, held: Sequence[Told]) -> Iterator[Finding]:
    faults: defaultdict[str, list[Told]] = defaultdict(list)
    problems = {one.slug: one for one in (ROUND_ROBIN, WRONG_ADDRESS, OUTSIDE_NETWORK)}
    for one in held:
        if problem := _problem(site, tenant, path, one.addresses):
            faults[problem.slug].append(one)
    for slug, told in faults.items():
        yield _finding(problems[slug], site, tenant, path, told)


def _problem(site: Site, tenant: Tenant, path: DataPath, held: Sequence[str]) -> Problem | None:
    wrong = _wrong(site, tenant, path, held)
    foreign = [one for one in wrong if _is_foreign(site, tenant, one)]
    if not wrong:
        return None
    if foreign and len(held) > 1:
        return ROUND_ROBIN
    if foreign and site.tenant_of_address(foreign[0]) is None:
        return OUTSIDE_NETWORK
    return WRONG_ADDRESS


def _wrong(site: Site, tenant: Tenant, path: DataPath, held: Sequence[str]) -> list[str]:
    if path.stated_address:
        return [one for one in held if one != path.stated_address]
    return [one for one in held if _is_foreign(site, tenant, one)]


def _is_foreign(site: Site, tenant: Tenant, found: str) -> bool:
    """Whether an address is another tenant's, or lies in no network although the tenant's are stated."""
    holder = site.tenant_of_address(found)
    return holder != tenant and (holder is not None or bool(tenant.networks))


def _finding(problem: Problem, site: Site, tenant: Tenant, path: DataPath, told: Sequence[Told]) -> Finding:
    servers = [one.server for one in told]
    zone, record = zone_of(site, path.name)
    at = mending_server(site, zone, servers)
    wrong = list(dict.fromkeys(bad for one in told for bad in _wrong(site, tenant, path, one.addresses)))
    foreign = [one for one in wrong if _is_foreign(site, tenant, one)]
    worst = max(told, key=lambda one: len(one.addresses)).addresses
    return problem(
        path.name,
        *grounds(told),
        tenant=tenant.name,
        expected=path.stated_address or f"an address in {tenant.name}'s networks",
        address=path.stated_address or "<address>",
        found=by_answer(told, addresses),
        whose=[_whose(site, one) for one in foreign or wrong],
        servers=servers,
        k=str(sum(_is_foreign(site, tenant, one) for one in worst)),
        n=str(len(worst)),
        zone=zone,
        record=record,
        at=at,
        removals=Remedy(
            "; ".join(
                filled(REMOVE, {"zone": zone, "type": record_type(one), "record": record, "address": one, "at": at})
                for one in wrong
            )
        ),
    )


def _whose(site: Site, found: str) -> str:
    holder = site.tenant_of_address(found)
    return f"{found} ({holder.name}'s network)" if holder else f"{found} (in no stated network)"
