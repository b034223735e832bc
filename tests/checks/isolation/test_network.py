"""What tenants must not reach: storages' management addresses, and more ports than SMB's where the site names some."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.ports import ManagementPort, PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Site
from tests.support import names
from tests.support.names import managed

cloud, lines, site = names.cloud, names.lines, names.site
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE, BOB = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
NAME, ADDRESS = "vmstore.tintri.com", "10.77.0.40"


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
    assert [entry for entry in found if "vmstore-" not in entry] == [*expected, "unknown bob vmstore"]


def test_without_a_stated_management_there_is_nothing_to_judge(lines: Lines) -> None:
    assert lines("isolation.network", PortAnswers()) == [f"unknown alice {BOB}", f"unknown bob {ALICE}"]


def test_an_open_management_says_which_port(judged: Judged, site: Site) -> None:
    found = judged("isolation.network", PortAnswers((), (tried(PortState.OPEN, 22),)), of=managed(site))[1]
    assert isinstance(found, Finding)
    assert f"the management address of vmstore at {ADDRESS} TCP 22" in found.says


def test_a_management_address_that_is_the_data_path_cannot_be_judged(judged: Judged, site: Site) -> None:
    found = judged("isolation.network", PortAnswers(), of=managed(site, "10.77.11.30"))[1]
    assert isinstance(found, Unknown)
    assert found.says == "alice uses the management address as its data path, so SMB must respond there"


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
    assert [entry for entry in found if "vmstore-" not in entry] == ["fine alice vmstore", "unknown bob vmstore"]


def test_a_name_that_was_not_tried_says_no_more_than_that(judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    unstated = msgspec.structs.replace(alice, data_paths=(msgspec.structs.replace(alice.data_paths[0], address=""),))
    named = msgspec.structs.replace(managed(site, NAME), tenants=(unstated, bob))
    found = judged("isolation.network", PortAnswers(), of=named)[1]
    assert isinstance(found, Unknown)
    assert found.says == "the management address of vmstore was not tested"


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
