"""Which ports of which addresses are tried from which tenant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.tcp.ports import controller_ports, port_answers
from krbcheck.facts.names import (
    CATALOGUE_SERVICE,
    GENERIC_SERVICES,
    DnsAnswer,
    DomainServers,
    HostAnswer,
    LocatorAnswer,
    LocatorAnswers,
    NameAnswer,
    NameAnswers,
    SrvTarget,
)
from krbcheck.facts.observation import Facts, Gap, NoAnswer, Observed, Unobserved
from krbcheck.facts.ports import PortReply, PortState
from krbcheck.site.exclusions import Exclusions
from krbcheck.site.stated import DataPath, Site
from tests.support import name_asking
from tests.support.by_hand import AnyAsk
from tests.support.name_asking import drive

this_host = name_asking.this_host

F = TypeVar("F", bound=Facts)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def resolved(*found: str, name: str = "vmstore-alice.tintri.com") -> NameAnswers:
    seen = Observed(DnsAnswer("NOERROR", addresses=found), "", AT, "alice")
    return NameAnswers((NameAnswer("alice", name, "A", "10.77.11.1", seen),))


def opened(ask: AnyAsk) -> object:
    return tuple(PortReply(PortState.OPEN) for _ in ask.call.args[0])


def test_a_tenant_knocks_at_its_own_addresses_and_at_all_others(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(port_answers(site, this_host, resolved("10.77.11.30", "10.77.12.30")), opened)
    assert [(port.tenant, port.owner, port.address) for port in facts.ports] == [
        ("alice", "alice", "10.77.11.30"),
        ("alice", "alice", "10.77.12.30"),
        ("alice", "bob", "10.77.12.30"),
    ]
    (ask,) = asked
    assert ask.call.args == ([("10.77.11.30", 445), ("10.77.12.30", 445)], "10.77.11.9", 1.0)
    assert (facts.ports[0].seen.asked, facts.ports[0].seen.of) == ("TCP 445", "10.77.11.30:445")


HERS_SIX, HIS_SIX = "fd00:11::30", "fd00:12::30"


def dual(site: Site) -> Site:
    tenants = (
        msgspec.structs.replace(of, networks=(*of.networks, network))
        for of, network in zip(site.tenants, ("fd00:11::/64", "fd00:12::/64"), strict=True)
    )
    return msgspec.structs.replace(site, tenants=tuple(tenants))


def test_each_family_is_tested_from_an_address_of_its_own(site: Site, this_host: ThisHost) -> None:
    here = ThisHost(
        "station", {**this_host.sources, "alice": SourceAddress("alice", "10.77.11.9", beside="fd00:11::9")}
    )
    names = NameAnswers(
        resolved(HERS_SIX).forward + resolved(HIS_SIX, "fd00:99::1", name="vmstore-bob.tintri.com").forward
    )
    facts, asked = drive(port_answers(dual(site), here, names), opened)
    assert [(port.owner, port.address) for port in facts.ports] == [
        ("alice", "10.77.11.30"),
        ("alice", HERS_SIX),
        ("bob", "10.77.12.30"),
        ("bob", HIS_SIX),
    ]
    assert [ask.call.args[:2] for ask in asked] == [
        ([("10.77.11.30", 445), ("10.77.12.30", 445)], "10.77.11.9"),
        ([(HERS_SIX, 445), (HIS_SIX, 445)], "fd00:11::9"),
    ]


def test_without_a_source_of_the_family_nothing_is_sent(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(port_answers(dual(site), this_host, resolved(HERS_SIX)), opened)
    assert [ask.call.args[1] for ask in asked] == ["10.77.11.9"]
    (unsent,) = [port.seen for port in facts.ports if port.address == HERS_SIX]
    assert isinstance(unsent, Unobserved)
    assert (unsent.gap, unsent.detail) == (Gap.NOT_HERE, "this host has no IPv6 address in alice's networks")


def test_a_tenant_without_ipv6_is_not_tested_at_another_tenants_ipv6_address(site: Site, this_host: ThisHost) -> None:
    """It has no IPv6 network, so that there is nothing to send from."""
    alice, bob = dual(site).tenants
    mixed = msgspec.structs.replace(site, tenants=(msgspec.structs.replace(alice, networks=("10.77.11.0/24",)), bob))
    names = resolved(HIS_SIX, name="vmstore-bob.tintri.com")
    facts, _ = drive(port_answers(mixed, this_host, names), opened)
    assert [port.address for port in facts.ports] == ["10.77.11.30", "10.77.12.30"]


def test_another_tenants_address_is_looked_up_where_none_is_stated(site: Site, this_host: ThisHost) -> None:
    alice, bob = site.tenants
    bare = msgspec.structs.replace(bob, data_paths=(DataPath("vmstore-bob.tintri.com", "vmstore"),))
    names = resolved("10.77.11.30", "10.77.12.30", name="vmstore-bob.tintri.com")
    other = msgspec.structs.replace(site, tenants=(alice, bare))
    facts, _ = drive(port_answers(other, this_host, names), opened)
    assert [port.address for port in facts.ports if port.owner == "bob"] == ["10.77.12.30"]


def test_a_probe_without_answer_is_no_answer_for_each_port(site: Site, this_host: ThisHost) -> None:
    def none(ask: AnyAsk) -> object:
        raise NoAnswer(Gap.NOT_HERE, "no such address here")

    facts, _ = drive(port_answers(site, this_host, NameAnswers()), none)
    assert [(port.seen.asked, port.seen.of, type(port.seen)) for port in facts.ports] == [
        ("TCP 445", "10.77.11.30:445", Unobserved),
        ("TCP 445", "10.77.12.30:445", Unobserved),
    ]


def listed(*addresses: str, catalogue: str = "") -> LocatorAnswers:
    """A domain whose controllers have these addresses for names."""

    def record(service: str, *hosts: str) -> LocatorAnswer:
        said = DnsAnswer("NOERROR", targets=tuple(SrvTarget(0, 0, 88, host) for host in hosts))
        return LocatorAnswer("test", service, "10.0.0.9", Observed(said, "", AT, "station"))

    def host(name: str) -> HostAnswer:
        said = Observed(DnsAnswer("NOERROR", addresses=(name,)), "", AT, "station")
        return HostAnswer("test", name, "A", "10.0.0.9", said)

    return LocatorAnswers(
        (DomainServers("test", ("10.0.0.9",), stated=True),),
        (record(GENERIC_SERVICES[0], *addresses), record(CATALOGUE_SERVICE, catalogue)),
        tuple(host(address) for address in addresses),
    )


def test_a_global_catalogues_port_is_tried_where_there_is_one(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(
        controller_ports(site, this_host, listed("10.0.0.1", "10.0.0.2", catalogue="10.0.0.1")), opened
    )
    assert [port.port for port in facts.ports if port.host == "10.0.0.1"] == [88, 389, 445, 3268]
    assert [port.port for port in facts.ports if port.host == "10.0.0.2"] == [88, 389, 445]
    assert len(asked) == 1


def test_each_address_family_is_knocked_at_by_itself(site: Site, this_host: ThisHost) -> None:
    _, asked = drive(controller_ports(site, this_host, listed("10.0.0.1", "fd00::1")), opened)
    assert [entry.asked for entry in asked] == ["3 TCP ports", "3 TCP ports"]


def test_no_connection_is_opened_to_an_excluded_address(site: Site, this_host: ThisHost) -> None:
    excluding = msgspec.structs.replace(site, excluded=Exclusions(hosts=("10.0.0.2",)))
    facts, asked = drive(controller_ports(excluding, this_host, listed("10.0.0.1", "10.0.0.2")), opened)
    assert [ask.call.args[0] for ask in asked] == [[("10.0.0.1", port) for port in (88, 389, 445)]]
    left_out = [port.seen for port in facts.ports if port.address == "10.0.0.2"]
    assert [gap.gap for gap in left_out if isinstance(gap, Unobserved)] == [Gap.LEFT_OUT] * 3
