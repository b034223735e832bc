"""The name of each data path resolves to exactly the address that the site states, inside the tenant's networks.

Each tenant reaches the storage at an address on its own VLAN. Windows file servers and dynamic DNS updates can
register all addresses of the storage under one name. The name servers then return these addresses in rotation (round
robin): some connection attempts of a host go to the address of another tenant, a firewall drops them, and virtual
machines stop. An address of another tenant can also break tenant isolation. krbcheck compares every answer of every
name server with the stated address or, where the site states none, with the tenant's networks. If the site states an
IPv4 address, an AAAA record beside it is correct if its address lies in an IPv6 network of the tenant (`networks`), and
the reverse. krbcheck reports each fault of a name once, with all name servers that return it.

Evidence: the A and AAAA answers of every name server of the tenant; if one is missing, the name is not determined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.server_answers import NameServerAnswers, ServerAnswers
from krbcheck.windows.common_steps import hosts_of
from krbcheck.windows.dns_steps import add_address, clear_resolver_cache, remove_record
from krbcheck.windows.remedy import fill, looks

from ._wording import addresses, by_answer, grounds, record_type, server_for_fix, zone_of

ON_THE_HOSTS = (clear_resolver_cache(hosts_of("{tenant}")),)
ADD = add_address("{zone}", "{record}", "{address}", "{at}")
STATE = (
    looks(
        says="If the address is correct, add its network to the site file under tenants: {tenant}: networks, and stop"
    ),
)
REMOVALS = {kind: remove_record("{zone}", "{record}", kind, "{wrong}", "{at}") for kind in ("A", "AAAA")}
ROUND_ROBIN = Problem(
    "round-robin",
    Severity.ERROR,
    says="{subject} resolves to {n} addresses, so {which} of {tenant}'s hosts go to a wrong one: {whose}",
    alternatives=((*ADD, *REMOVALS["A"]),),
    remedy=(
        *ON_THE_HOSTS,
        looks(
            says="To prevent it: register one name for each tenant with one address, and disable the dynamic DNS "
            "registration of all addresses on the storage"
        ),
    ),
    means="A name server rotates the addresses of a name, and a host uses the first. In k of n attempts "
    "the host connects to an address that it cannot or must not reach, so live migrations, backups and "
    "reconnections fail intermittently. A host with an IPv6 address uses AAAA records before A records (RFC 6724).",
    explains=[explains("dns.agree/servers-differ", same="path")],
)
WRONG_ADDRESS = Problem(
    "wrong-address",
    Severity.ERROR,
    says="{subject} resolves to {whose} instead of {expected}",
    alternatives=((*ADD, *REMOVALS["A"]),),
    remedy=ON_THE_HOSTS,
    means="The name resolves to an address other than the stated one: another tenant's data path, or "
    "another host in the tenant's own network. If a different server uses that address, it cannot decrypt "
    "the service ticket (KRB_AP_ERR_MODIFIED).",
    explains=[explains("dns.agree/servers-differ", same="path")],
)
OUTSIDE_NETWORK = Problem(
    "outside-network",
    Severity.ERROR,
    says="{subject} resolves to {whose}, which is outside {tenant}'s networks",
    alternatives=((*STATE, *ADD, *REMOVALS["A"]),),
    remedy=ON_THE_HOSTS,
    means="The name resolves to an address that lies in no stated network: the management address of the "
    "storage, an address from before a move, or a network that is missing in the site file. Hosts cannot "
    "reach it, or reach it over an unplanned route.",
    explains=[explains("dns.agree/servers-differ", same="path")],
)


@check(
    id="dns.address",
    title="The name of every data path resolves to its stated address only",
    tells="Whether DNS can send a host to an address that is not its tenant's.",
    problems=[ROUND_ROBIN, WRONG_ADDRESS, OUTSIDE_NETWORK],
    refs=["RFC 1794", "RFC 1035 section 3.4.1", "RFC 6724"],
)
def address(site: Site, answers: NameServerAnswers) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        replies = answers.of(tenant.name, path.name)
        held = [entry for entry in replies if entry.addresses]
        if not replies:
            yield unknown(path.name, answers.why_none(tenant.name), tenant=tenant.name)
        elif not held:
            says = "no name server returned an address for it (see dns.resolves)"
            yield unknown(path.name, *grounds(replies), tenant=tenant.name, says=says)
        else:
            found = list(_findings(site, tenant, path, held))
            yield from found
            undecided = [seen for entry in replies for seen in entry.undecided]
            if undecided:
                yield unknown(path.name, *undecided, tenant=tenant.name)
            elif not found:
                yield fine(path.name, *grounds(held), tenant=tenant.name)


def _findings(site: Site, tenant: Tenant, path: DataPath, held: Sequence[ServerAnswers]) -> Iterator[Finding]:
    faults: defaultdict[str, list[ServerAnswers]] = defaultdict(list)
    problems = {entry.slug: entry for entry in (ROUND_ROBIN, WRONG_ADDRESS, OUTSIDE_NETWORK)}
    for entry in held:
        if problem := _problem(site, tenant, path, _decided(tenant, path, entry)):
            faults[problem.slug].append(entry)
    for slug, answers in faults.items():
        yield _finding(problems[slug], site, tenant, path, answers)


def _decided(tenant: Tenant, path: DataPath, entry: ServerAnswers) -> Sequence[str]:
    """Returns the addresses of an answer; without those that would be right beside the stated one, if the query for the
    stated one was not answered.
    """
    if not entry.undecided:
        return entry.addresses
    return [name for name in entry.addresses if not tenant.holds_beside(path.stated_address, name)]


def _problem(site: Site, tenant: Tenant, path: DataPath, held: Sequence[str]) -> Problem | None:
    wrong = _wrong(site, tenant, path, held)
    foreign = [name for name in wrong if _is_foreign(site, tenant, name)]
    if not wrong:
        return None
    if foreign and len(held) > 1:
        return ROUND_ROBIN
    if foreign and site.tenant_of_address(foreign[0]) is None:
        return OUTSIDE_NETWORK
    return WRONG_ADDRESS


def _wrong(site: Site, tenant: Tenant, path: DataPath, held: Sequence[str]) -> list[str]:
    """Returns the wrong addresses. An address of the family that the site file does not state is right in the tenant's
    networks, beside the stated one.
    """
    if path.stated_address:
        stated = path.stated_address if path.stated_address in held else ""
        return [name for name in held if name != path.stated_address and not tenant.holds_beside(stated, name)]
    return [name for name in held if _is_foreign(site, tenant, name)]


def _is_foreign(site: Site, tenant: Tenant, found: str) -> bool:
    """Whether an address is another tenant's, or lies in no network although the tenant's are stated."""
    holder = site.tenant_of_address(found)
    return holder != tenant and (holder is not None or bool(tenant.networks))


def _finding(problem: Problem, site: Site, tenant: Tenant, path: DataPath, replies: Sequence[ServerAnswers]) -> Finding:
    servers = [answers.server for answers in replies]
    zone, record = zone_of(site, path.name)
    at = server_for_fix(site, zone, servers)
    wrong = list(dict.fromkeys(bad for answers in replies for bad in _wrong(site, tenant, path, answers.addresses)))
    foreign = [name for name in wrong if _is_foreign(site, tenant, name)]
    worst = max(replies, key=lambda answers: len(answers.addresses)).addresses
    values = {
        "zone": zone,
        "record": record,
        "at": at,
        "tenant": tenant.name,
        "address": path.stated_address or "ADDRESS",
    }
    missing = path.stated_address not in set().union(*(answers.addresses for answers in replies))
    steps = [*(STATE if problem is OUTSIDE_NETWORK else ()), *(ADD if missing else ())]
    removals = [(REMOVALS[record_type(name)], name) for name in wrong]
    made = fill(steps, values) + tuple(
        step for removal, name in removals for step in fill(removal, values | {"wrong": name})
    )
    return problem.with_steps(made)(
        path.name,
        *grounds(replies),
        tenant=tenant.name,
        expected=path.stated_address or f"an address in {tenant.name}'s networks",
        found=by_answer(replies, addresses),
        whose=[_whose(site, name) for name in foreign or wrong],
        servers=servers,
        which=_which(foreign, worst),
        n=str(len(worst)),
        zone=zone,
        record=record,
        at=at,
    )


def _which(foreign: Sequence[str], worst: Sequence[str]) -> str:
    """Which connections go to a wrong address: a host uses the addresses of one family in turn."""
    kinds = {record_type(name) for name in foreign}
    same = [name for name in worst if record_type(name) in kinds]
    wrong = sum(name in foreign for name in same)
    if wrong == len(same) < len(worst):
        return f"all connections over {'IPv4' if kinds == {'A'} else 'IPv6'}"
    return f"{wrong} of {len(same)} connections"


def _whose(site: Site, found: str) -> str:
    holder = site.tenant_of_address(found)
    return f"{found} ({holder.name}'s network)" if holder else f"{found} (in no stated network)"
