"""TCP 445 of each data path's address opens from the place of its tenant.

SMB 3 runs over TCP 445 only. The connection is tried from the tenant's own leg, because what a management station
reaches says nothing about what a host on a tenant's VLAN reaches: to the stated address, or, where the site states
none, to those that the name leads to inside the tenant's networks. A refusal comes from the storage itself, where
nothing listens; silence comes from a firewall on the way, a wrong VLAN, or a machine that is off. Any other address
that the name leads to is left to `dns.address`, which tells that it should not be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.observation import Observed
from krbcheck.facts.ports import PortAnswer, PortAnswers, PortState
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant

CLOSED = Problem(
    "closed",
    Severity.ERROR,
    says="{address}, where {subject} leads, refuses TCP {port} from {tenant}'s place",
    remedy="On the storage: see that SMB is on and listens at {address} (Get-NetTCPConnection -LocalPort {port} on "
    "Windows, ss -ltn on Samba; on a VMstore the data IP of {tenant}'s VLAN and its SMB service); then "
    "Test-NetConnection {subject} -Port {port} on a host of {tenant}",
    means="Somebody answers, and says that nothing listens: the SMB service is off or does not listen at this "
    "address, or a firewall rejects the connection aloud.",
)
FILTERED = Problem(
    "filtered",
    Severity.ERROR,
    says="{address}, where {subject} leads, cannot be reached at TCP {port} from {tenant}'s place: {found}",
    remedy="Let {tenant}'s hosts through to {address} TCP {port}: check the firewall and the VLAN of the port on the "
    "way (Test-NetConnection {address} -Port {port} -InformationLevel Detailed on a host of {tenant}), and that the "
    "storage is up and has {address}",
    means="Nothing comes back, or a router says no: a firewall drops the packets, the VLAN does not reach the "
    "storage, the storage is off, or it does not have the address.",
)


@check(
    id="dns.port",
    title="TCP 445 of every data path opens from its tenant's place",
    tells="Whether the hosts reach the storage that the name leads them to.",
    problems=[CLOSED, FILTERED],
    refs=["MS-SMB2 section 2.1"],
)
def port(site: Site, ports: PortAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        own = ports.of(tenant.name, tenant.name, path.name)
        tried = [one for one in own if _is_judged(site, tenant, path, one.address)]
        if not tried:
            asked = vantages.asked(tenant.name)
            why = "no address of it is known (see dns.resolves)" if asked else vantages.why_not(tenant.name)
            yield unknown(path.name, why, tenant=tenant.name)
        for address in dict.fromkeys(one.address for one in tried):
            yield _judged(tenant, path, [one for one in tried if one.address == address])


def _is_judged(site: Site, tenant: Tenant, path: DataPath, address: str) -> bool:
    """Whether an address that the name leads to is the data path's own."""
    if path.stated_address:
        return address == path.stated_address
    return tenant.holds(address) or (not tenant.networks and not site.tenant_of_address(address))


def _judged(tenant: Tenant, path: DataPath, tried: Sequence[PortAnswer]) -> Verdict:
    """One address. What fails from one of the tenant's hosts is a fault, even if another one's try succeeds."""
    answers = [one.seen for one in tried if isinstance(one.seen, Observed)]
    shut = [one for one in answers if one.value.state != PortState.OPEN]
    if shut:
        problem = CLOSED if shut[0].value.state == PortState.CLOSED else FILTERED
        return problem(
            path.name,
            *shut,
            tenant=tenant.name,
            expected="open",
            found=shut[0].value.told(),
            address=tried[0].address,
            port=str(tried[0].port),
        )
    if answers:
        return fine(path.name, *answers, tenant=tenant.name)
    return unknown(path.name, *(one.seen for one in tried), tenant=tenant.name)
