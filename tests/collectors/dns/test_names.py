"""Who is asked what, from which address. The collectors are driven by hand: no thread, no network."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest

from krbcheck.asking.scheduler import Answer, Ask, Asking
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.dns.locators import locator_answers
from krbcheck.collectors.dns.names import name_answers
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
from krbcheck.probes.dns.queries import Said
from krbcheck.site.stated import DataPath, Domain, Site

F = TypeVar("F", bound=Facts)
AT = datetime(2026, 1, 1, tzinfo=UTC)
Saying = Callable[[Ask], object]


@pytest.fixture
def this_host() -> ThisHost:
    """A leg for alice, none for bob."""
    return ThisHost(
        "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
    )


def drive(collector: Asking[F], say: Saying) -> tuple[F, list[Ask]]:
    """Answers every ask with what `say` returns or raises."""
    asked: list[Ask] = []
    answers: list[Answer] | None = None
    while True:
        try:
            asks = _next(collector, answers)
        except StopIteration as done:
            return done.value, asked
        asked += asks
        answers = [_answer(one, say) for one in asks]


def _next(collector: Generator[Sequence[Ask], list[Answer], F], answers: list[Answer] | None) -> Sequence[Ask]:
    return next(collector) if answers is None else collector.send(answers)


def _answer(ask: Ask, say: Saying) -> Answer:
    try:
        return Observed(say(ask), ask.asked, AT, ask.vantage)
    except NoAnswer as none:
        return Unobserved(none.gap, none.detail, ask.asked, AT, ask.vantage)


def saying(answer: Callable[[str], DnsAnswer]) -> Saying:
    """A name server that says `answer(kind)` to every question."""
    return lambda ask: tuple(Said(answer(kind), 0.001) for _, kind in ask.args[0])


def addresses(*found: str) -> Saying:
    """A name server that has these A records for every name, and a name for every address."""
    return saying(
        lambda kind: DnsAnswer(
            "NOERROR",
            addresses=found if kind == "A" else (),
            names=("host.test",) if kind == "PTR" else (),
            targets=(SrvTarget(0, 0, 88, "dc.test"),) if kind == "SRV" else (),
        )
    )


def servers(asks: Sequence[Ask], kind: str) -> list[str]:
    """Who was asked for records of a kind."""
    return [one.host for one in asks if one.args and any(question[1] == kind for question in one.args[0])]


def test_every_server_of_the_tenant_and_its_domains_is_asked_from_its_leg(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(name_answers(site, this_host), addresses("10.77.11.30"))
    assert servers(asked, "A") == ["10.77.11.1", "10.77.0.10", "10.77.0.20"]
    assert {one.args[2] for one in asked} == {"10.77.11.9"}
    assert {one.vantage for one in asked} == {"alice"}
    assert {one.tenant for one in facts.forward} == {"alice"}
    assert {one.name for one in facts.forward} == {"vmstore-alice.tintri.com", "vmstore-bob.tintri.com"}


def test_silence_towards_one_tenant_is_not_silence_towards_another(site: Site, this_host: ThisHost) -> None:
    _, asked = drive(name_answers(site, this_host), addresses("10.77.11.30"))
    assert {one.service for one in asked} == {"dns from alice"}


def test_reverse_names_of_found_addresses_are_asked_of_the_tenants_servers(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(name_answers(site, this_host), addresses("10.77.11.30", "10.77.12.30"))
    assert servers(asked, "PTR") == ["10.77.11.1"]
    assert [one.address for one in facts.reverse] == ["10.77.11.30", "10.77.12.30"]
    assert asked[-1].args[0] == [("30.11.77.10.in-addr.arpa", "PTR"), ("30.12.77.10.in-addr.arpa", "PTR")]


def test_a_name_with_thousands_of_addresses_is_turned_back_sixteen_times(site: Site, this_host: ThisHost) -> None:
    many = [f"10.1.{one // 250}.{one % 250 + 1}" for one in range(3000)]
    facts, _ = drive(name_answers(site, this_host), addresses(*many))
    assert len(facts.reverse) == 16


def test_one_question_without_answer_is_a_gap_beside_the_others(site: Site, this_host: ThisHost) -> None:
    slow = NoAnswer(Gap.TIMED_OUT, "no answer within 2 s")

    def say(ask: Ask) -> object:
        return tuple(
            Said(slow if name.startswith("vmstore-bob") else DnsAnswer("NOERROR"), 0.5) for name, _ in ask.args[0]
        )

    facts, asked = drive(name_answers(site, this_host), say)
    gaps = [one.seen for one in facts.forward if isinstance(one.seen, Unobserved)]
    assert len(gaps) == len(facts.forward) / 2
    assert gaps[0].asked == "vmstore-bob.tintri.com A of 10.77.11.1"
    assert {one.detail for one in gaps} == {slow.detail}
    assert asked[0].asked == "4 questions to 10.77.11.1"


def own_servers(ask: Ask) -> object:
    return saying(lambda _: DnsAnswer("NXDOMAIN"))(ask) if ask.args else ("127.0.0.53",)


def test_this_hosts_name_servers_stand_in_where_a_domain_states_none(site: Site, this_host: ThisHost) -> None:
    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),))
    facts, asked = drive(locator_answers(bare, this_host), own_servers)
    assert facts.servers == (DomainServers("tintri.com", ("127.0.0.53",), stated=False),)
    assert servers(asked, "SRV") == ["127.0.0.53"]


def test_this_hosts_name_servers_are_no_tenants(site: Site, this_host: ThisHost) -> None:
    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),))
    _, asked = drive(name_answers(bare, this_host), own_servers)
    assert servers(asked, "A") == ["10.77.11.1"]


def test_a_resolver_of_this_host_is_not_asked_from_a_leg(site: Site, this_host: ThisHost) -> None:
    alice = msgspec.structs.replace(site.tenants[0], name_servers=())
    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),), tenants=(alice,))
    _, asked = drive(name_answers(bare, this_host), own_servers)
    assert {one.args[1:3] for one in asked if one.args} == {("127.0.0.53", "")}


def test_a_host_without_name_servers_says_so(site: Site, this_host: ThisHost) -> None:
    def none(ask: Ask) -> object:
        raise NoAnswer(Gap.NOT_HERE, "this host has no name servers")

    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),))
    facts, _ = drive(locator_answers(bare, this_host), none)
    assert facts.servers[0].why == "this host has no name servers"


def test_controllers_addresses_are_asked_of_the_server_that_named_them(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(locator_answers(site, this_host), addresses("10.77.0.10"))
    assert [(one.domain, one.host, one.server) for one in facts.hosts] == [
        ("vmlevel.com", "dc.test", "10.77.0.10"),
        ("tintri.com", "dc.test", "10.77.0.20"),
    ]
    assert servers(asked, "AAAA") == []


def test_ipv6_is_asked_for_where_a_controller_has_no_other_address(site: Site, this_host: ThisHost) -> None:
    _, asked = drive(locator_answers(site, this_host), addresses())
    assert servers(asked, "AAAA") == ["10.77.0.10", "10.77.0.20"]


def resolved(*found: str, name: str = "vmstore-alice.tintri.com") -> NameAnswers:
    seen = Observed(DnsAnswer("NOERROR", addresses=found), "", AT, "alice")
    return NameAnswers((NameAnswer("alice", name, "A", "10.77.11.1", seen),))


def opened(ask: Ask) -> object:
    return tuple(PortReply(PortState.OPEN) for _ in ask.args[0])


def test_a_tenant_knocks_at_its_own_addresses_and_at_all_others(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(port_answers(site, this_host, resolved("10.77.11.30", "10.77.12.30")), opened)
    assert [(one.tenant, one.owner, one.address) for one in facts.ports] == [
        ("alice", "alice", "10.77.11.30"),
        ("alice", "alice", "10.77.12.30"),
        ("alice", "bob", "10.77.12.30"),
    ]
    (ask,) = asked
    assert ask.args == ([("10.77.11.30", 445), ("10.77.12.30", 445)], "10.77.11.9", 1.0)
    assert facts.ports[0].seen.asked == "TCP 445 of 10.77.11.30"


def test_another_tenants_address_is_looked_up_where_none_is_stated(site: Site, this_host: ThisHost) -> None:
    alice, bob = site.tenants
    bare = msgspec.structs.replace(bob, data_paths=(DataPath("vmstore-bob.tintri.com", "vmstore"),))
    names = resolved("10.77.11.30", "10.77.12.30", name="vmstore-bob.tintri.com")
    other = msgspec.structs.replace(site, tenants=(alice, bare))
    facts, _ = drive(port_answers(other, this_host, names), opened)
    assert [one.address for one in facts.ports if one.owner == "bob"] == ["10.77.12.30"]


def test_a_probe_without_answer_is_no_answer_for_each_port(site: Site, this_host: ThisHost) -> None:
    def none(ask: Ask) -> object:
        raise NoAnswer(Gap.NOT_HERE, "no such address here")

    facts, _ = drive(port_answers(site, this_host, NameAnswers()), none)
    assert [(one.seen.asked, type(one.seen)) for one in facts.ports] == [
        ("TCP 445 of 10.77.11.30", Unobserved),
        ("TCP 445 of 10.77.12.30", Unobserved),
    ]


def listed(*addresses: str, catalogue: str = "") -> LocatorAnswers:
    """A domain whose controllers have these addresses for names."""

    def record(service: str, *hosts: str) -> LocatorAnswer:
        said = DnsAnswer("NOERROR", targets=tuple(SrvTarget(0, 0, 88, one) for one in hosts))
        return LocatorAnswer("test", service, "10.0.0.9", Observed(said, "", AT, "station"))

    def host(name: str) -> HostAnswer:
        said = Observed(DnsAnswer("NOERROR", addresses=(name,)), "", AT, "station")
        return HostAnswer("test", name, "A", "10.0.0.9", said)

    return LocatorAnswers(
        (DomainServers("test", ("10.0.0.9",), stated=True),),
        (record(GENERIC_SERVICES[0], *addresses), record(CATALOGUE_SERVICE, catalogue)),
        tuple(host(one) for one in addresses),
    )


def test_a_global_catalogues_port_is_tried_where_there_is_one(this_host: ThisHost) -> None:
    facts, asked = drive(controller_ports(this_host, listed("10.0.0.1", "10.0.0.2", catalogue="10.0.0.1")), opened)
    assert [one.port for one in facts.ports if one.host == "10.0.0.1"] == [88, 389, 445, 3268]
    assert [one.port for one in facts.ports if one.host == "10.0.0.2"] == [88, 389, 445]
    assert len(asked) == 1


def test_each_address_family_is_knocked_at_by_itself(this_host: ThisHost) -> None:
    _, asked = drive(controller_ports(this_host, listed("10.0.0.1", "fd00::1")), opened)
    assert [one.asked for one in asked] == ["3 TCP ports", "3 TCP ports"]
