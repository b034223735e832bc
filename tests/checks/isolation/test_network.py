"""What tenants must not reach: storages' management addresses, and more ports than SMB's where the site names some."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.asking.scheduler import Answer, Ask, answered
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.tcp.ports import port_answers
from krbcheck.facts.names import DnsAnswer, NameAnswers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.ports import ManagementPort, PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.probes.dns import queries
from krbcheck.probes.dns.queries import Said
from krbcheck.probes.tcp import ports
from krbcheck.site.stated import Site, Storage
from tests.support import names

cloud, lines, site = names.cloud, names.lines, names.site
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE, BOB = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
NAME, ADDRESS = "vmstore.tintri.com", "10.77.0.40"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
)


def managed(site: Site, management: str = ADDRESS, *ports: int) -> Site:
    storage = Storage("vmstore", "VMSTORE$@TINTRI.COM", management=management, ports=ports)
    return msgspec.structs.replace(site, storages=(storage,))


def collected(site: Site, known: dict[str, tuple[str, ...]]) -> tuple[PortAnswers, list[Ask]]:
    """Every port is open, and `known` is what name servers say."""
    collector = port_answers(site, THIS_HOST, NameAnswers())
    asked: list[Ask] = []
    try:
        asks = next(collector)
        while True:
            asked += asks
            asks = collector.send([_answer(one, known) for one in asks])
    except StopIteration as done:
        family: PortAnswers = done.value
        return family, asked


def _answer(ask: Ask, known: dict[str, tuple[str, ...]]) -> Answer:
    if ask.probe is ports.knock:
        return Observed(tuple(PortReply(PortState.OPEN) for _ in ask.args[0]), ask.asked, AT, ask.vantage)
    if ask.probe is queries.ask:
        said = tuple(
            Said(DnsAnswer("NOERROR", addresses=known.get(name, ()) if kind == "A" else ()), 0.0)
            for name, kind in ask.args[0]
        )
        return Observed(said, ask.asked, AT, ask.vantage)
    return answered(ask)


def test_a_stated_address_is_knocked_at_with_the_ports_that_are_stated(site: Site) -> None:
    facts, asked = collected(managed(site, ADDRESS, 22, 443, 445), {})
    assert [(one.address, one.port) for one in facts.at_management("alice", "vmstore")] == [
        (ADDRESS, 445),
        (ADDRESS, 22),
        (ADDRESS, 443),
    ]
    assert [(one.owner, one.address, one.port) for one in facts.ports] == [
        ("alice", "10.77.11.30", 445),
        ("bob", "10.77.12.30", 445),
        ("bob", "10.77.12.30", 22),
        ("bob", "10.77.12.30", 443),
    ]
    assert len(asked) == 1, "all in one deadline"


def test_a_name_is_looked_up_at_the_servers_of_the_storages_domain(site: Site) -> None:
    facts, asked = collected(managed(site, NAME), {NAME: (ADDRESS,)})
    assert [(one.address, one.port) for one in facts.managements] == [(ADDRESS, 445)]
    servers = next(one.name_servers for one in site.domains if one.name == "tintri.com")
    assert [ask.host for ask in asked[:-1]] == list(servers)


def test_a_name_without_an_address_is_a_gap(site: Site) -> None:
    facts, _ = collected(managed(site, NAME), {})
    (one,) = facts.at_management("alice", "vmstore")
    assert isinstance(one.seen, Unobserved)
    assert (one.address, one.seen.gap) == ("", Gap.NAME_UNKNOWN)
    assert one.seen.detail == f"no name server of tintri.com gives an address for {NAME}"


def test_smb_is_not_tried_where_it_has_to_answer(site: Site) -> None:
    facts, _ = collected(managed(site, "10.77.11.30", 22), {})
    assert [(one.address, one.port) for one in facts.managements] == [("10.77.11.30", 22)]


def tried(state: PortState | None, port: int = 445) -> ManagementPort:
    text = f"TCP {port} of {ADDRESS}"
    seen: Observation[PortReply] = Unobserved(Gap.OUT_OF_TIME, "nothing within 1 s", text, AT, "alice")
    if state is not None:
        seen = Observed(PortReply(state), text, AT, "alice")
    return ManagementPort("alice", "vmstore", ADDRESS, port, seen)


CODE = "isolation.network/management-reachable"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([tried(PortState.OPEN)], [f"{CODE} alice vmstore"], id="open"),
        pytest.param([tried(PortState.CLOSED)], ["fine alice vmstore"], id="closed"),
        pytest.param([tried(PortState.FILTERED)], ["fine alice vmstore"], id="filtered"),
        pytest.param([tried(PortState.UNREACHABLE)], ["fine alice vmstore"], id="unreachable"),
        pytest.param([tried(None)], ["unknown alice vmstore"], id="no-answer"),
        pytest.param([tried(None), tried(PortState.OPEN)], [f"{CODE} alice vmstore"], id="answered-the-second-time"),
        pytest.param(
            [tried(PortState.FILTERED), tried(PortState.OPEN, 22)],
            ["fine alice vmstore", f"{CODE} alice vmstore TCP 22"],
            id="another-port",
        ),
        pytest.param([], ["unknown alice vmstore"], id="not-tried"),
    ],
)
def test_management(lines: Lines, site: Site, answers: list[ManagementPort], expected: list[str]) -> None:
    found = lines("isolation.network", PortAnswers((), tuple(answers)), of=managed(site))
    assert [one for one in found if "vmstore-" not in one] == [*expected, "unknown bob vmstore"]


def test_without_a_stated_management_there_is_nothing_to_judge(lines: Lines) -> None:
    assert lines("isolation.network", PortAnswers()) == [f"unknown alice {BOB}", f"unknown bob {ALICE}"]


def test_an_open_management_says_which_port(judged: Judged, site: Site) -> None:
    found = judged("isolation.network", PortAnswers((), (tried(PortState.OPEN, 22),)), of=managed(site))[1]
    assert isinstance(found, Finding)
    assert f"the management address of vmstore answers at {ADDRESS} TCP 22" in found.says


def test_a_management_address_that_is_the_data_path_cannot_be_judged(judged: Judged, site: Site) -> None:
    found = judged("isolation.network", PortAnswers(), of=managed(site, "10.77.11.30"))[1]
    assert isinstance(found, Unknown)
    assert found.says == "alice uses the management address as its data path: SMB must answer there"


def test_a_name_that_leads_nowhere_is_told(judged: Judged, site: Site) -> None:
    silence = Unobserved(Gap.NAME_UNKNOWN, "no such name", "address of x", AT, "")
    facts = PortAnswers((), (ManagementPort("alice", "vmstore", "", 445, silence),))
    found = judged("isolation.network", facts, of=managed(site, NAME))[1]
    assert isinstance(found, Unknown)
    assert found.says == "no such name"


def test_of_two_collections_the_one_that_knew_the_address_counts(lines: Lines, site: Site) -> None:
    silence = Unobserved(Gap.NAME_UNKNOWN, "no such name", "address of x", AT, "")
    facts = PortAnswers((), (ManagementPort("alice", "vmstore", "", 445, silence), tried(PortState.FILTERED)))
    found = lines("isolation.network", facts, of=managed(site, NAME))
    assert [one for one in found if "vmstore-" not in one] == ["fine alice vmstore", "unknown bob vmstore"]


def test_a_name_that_was_not_tried_says_no_more_than_that(judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    unstated = msgspec.structs.replace(alice, data_paths=(msgspec.structs.replace(alice.data_paths[0], address=""),))
    named = msgspec.structs.replace(managed(site, NAME), tenants=(unstated, bob))
    found = judged("isolation.network", PortAnswers(), of=named)[1]
    assert isinstance(found, Unknown)
    assert found.says == "it was not tried"


def test_another_port_of_a_data_path_is_a_subject_of_its_own(lines: Lines) -> None:
    seen = Observed(PortReply(PortState.OPEN), "TCP 443 of 10.77.12.30", AT, "alice")
    kept = Observed(PortReply(PortState.FILTERED), "TCP 445 of 10.77.12.30", AT, "alice")
    facts = PortAnswers(
        (
            PortAnswer("alice", "bob", BOB, "10.77.12.30", 445, kept),
            PortAnswer("alice", "bob", BOB, "10.77.12.30", 443, seen),
        )
    )
    assert lines("isolation.network", facts)[:2] == [
        f"fine alice {BOB}",
        f"isolation.network/reachable alice {BOB} TCP 443",
    ]
