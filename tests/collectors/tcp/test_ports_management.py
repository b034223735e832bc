"""Which ports of the management address of a storage are tried."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.asking.answering import answered
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.tcp.ports import port_answers
from krbcheck.facts.names import DnsAnswer, NameAnswers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.ports import PortAnswers, PortReply, PortState
from krbcheck.probes.dns import queries
from krbcheck.probes.dns.queries import Said
from krbcheck.probes.tcp import ports
from krbcheck.site.stated import Site
from tests.support.by_hand import AnyAsk, by_hand
from tests.support.names import managed

AT = datetime(2026, 1, 1, tzinfo=UTC)
NAME, ADDRESS = "vmstore.tintri.com", "10.77.0.40"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
)


def collected(
    site: Site, known: dict[str, tuple[str, ...]], *, silent: bool = False
) -> tuple[PortAnswers, list[AnyAsk]]:
    """Every port is open, and `known` is what name servers return; `silent` ones return nothing."""
    collector = by_hand(port_answers(site, THIS_HOST, NameAnswers()))
    asked: list[AnyAsk] = []
    try:
        asks = next(collector)
        while True:
            asked += asks
            asks = collector.send([_answer(ask, known, silent=silent) for ask in asks])
    except StopIteration as done:
        family: PortAnswers = done.value
        return family, asked


def _answer(ask: AnyAsk, known: dict[str, tuple[str, ...]], *, silent: bool) -> Answer:
    if ask.call.func is ports.knock:
        return Observed(tuple(PortReply(PortState.OPEN) for _ in ask.call.args[0]), ask.asked, AT, ask.vantage)
    if ask.call.func is queries.ask and silent:
        return Unobserved(Gap.TIMED_OUT, "no answer within 2 s", ask.asked, AT, ask.vantage)
    if ask.call.func is queries.ask:
        said = tuple(
            Said(DnsAnswer("NOERROR", addresses=known.get(name, ()) if kind == "A" else ()), 0.0)
            for name, kind in ask.call.args[0]
        )
        return Observed(said, ask.asked, AT, ask.vantage)
    return answered(ask)


def test_a_stated_address_is_knocked_at_with_the_ports_that_are_stated(site: Site) -> None:
    facts, asked = collected(managed(site, ADDRESS, 22, 443, 445), {})
    assert [(entry.address, entry.port) for entry in facts.at_management("alice", "vmstore")] == [
        (ADDRESS, 445),
        (ADDRESS, 22),
        (ADDRESS, 443),
    ]
    assert [(port.owner, port.address, port.port) for port in facts.ports] == [
        ("alice", "10.77.11.30", 445),
        ("bob", "10.77.12.30", 445),
        ("bob", "10.77.12.30", 22),
        ("bob", "10.77.12.30", 443),
    ]
    assert len(asked) == 1, "all in one deadline"


def test_a_name_is_looked_up_at_the_servers_of_the_storages_domain(site: Site) -> None:
    facts, asked = collected(managed(site, NAME), {NAME: (ADDRESS,)})
    assert [(management.address, management.port) for management in facts.managements] == [(ADDRESS, 445)]
    servers = next(domain.name_servers for domain in site.domains if domain.name == "tintri.com")
    assert [ask.host for ask in asked[:-1]] == list(servers)


def test_a_name_without_an_address_is_a_gap(site: Site) -> None:
    facts, _ = collected(managed(site, NAME), {})
    (entry,) = facts.at_management("alice", "vmstore")
    assert isinstance(entry.seen, Unobserved)
    assert (entry.address, entry.seen.gap, entry.seen.vantage) == ("", Gap.NAME_UNKNOWN, "station")
    assert entry.seen.detail == f"no name server of tintri.com returns an address for {NAME}"


def test_a_name_whose_name_servers_are_silent_has_their_gap(site: Site) -> None:
    facts, _ = collected(managed(site, NAME), {}, silent=True)
    (record,) = facts.at_management("alice", "vmstore")
    assert isinstance(record.seen, Unobserved)
    assert (record.address, record.seen.gap, record.seen.vantage) == ("", Gap.TIMED_OUT, "station")
    assert record.seen.asked == f"address of {NAME}"


def test_smb_is_not_tried_where_it_has_to_answer(site: Site) -> None:
    facts, _ = collected(managed(site, "10.77.11.30", 22), {})
    assert [(management.address, management.port) for management in facts.managements] == [("10.77.11.30", 22)]
