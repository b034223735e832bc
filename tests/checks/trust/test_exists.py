"""trust.exists and trust.kind on hand-made trustedDomain objects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from krbcheck.facts.directory import Directories, TrustAnswer, Trusts
from krbcheck.facts.observation import Facts
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from tests.support.trust_objects import answer, hosts, read, storage, trusts

NOW = datetime(2026, 7, 3, tzinfo=UTC)
INBOUND, OUTBOUND, BOTH = 1, 2, 3
SUBJECT = "- tintri.com trusts vmlevel.com"
Lines = Callable[..., list[str]]
Collection = dict[type[Facts], Facts]


EXISTS = [
    pytest.param((hosts(), storage()), "fine", id="both-sides-both-directions"),
    pytest.param((hosts(INBOUND), storage(OUTBOUND)), "fine", id="one-way-is-enough"),
    pytest.param((hosts(None), storage(None)), "trust.exists/missing", id="none"),
    pytest.param((hosts(), storage(None)), "trust.exists/one-side-only", id="the-storages-side-lacks"),
    pytest.param((hosts(None), storage()), "trust.exists/one-side-only", id="the-hosts-side-lacks"),
    pytest.param((hosts(OUTBOUND), storage(INBOUND)), "trust.exists/wrong-direction", id="the-other-way-round"),
    pytest.param((hosts(), storage(INBOUND)), "trust.exists/wrong-direction", id="one-side-lacks-a-direction"),
    pytest.param((hosts(0), storage()), "trust.exists/wrong-direction", id="disabled"),
    pytest.param((hosts(), answer("tintri.com", None)), "unknown", id="one-side-is-silent"),
    pytest.param((answer("vmlevel.com", None), answer("tintri.com", None)), "unknown", id="both-are-silent"),
    pytest.param((), "unknown", id="nobody-was-asked"),
    pytest.param((hosts(None), answer("tintri.com", None)), "trust.exists/missing", id="one-lacks-the-other-is-silent"),
    pytest.param(
        (hosts(None), answer("vmlevel.com", None, "dc2"), storage(None)),
        "trust.exists/missing",
        id="one-lacks-a-controller-of-the-other-is-silent",
    ),
    pytest.param(
        (hosts(), storage(None), answer("tintri.com", None, "dc2")), "unknown", id="another-controller-can-have-it"
    ),
    pytest.param(
        (hosts(None), answer("vmlevel.com", None, "dc2"), answer("tintri.com", None)), "unknown", id="no-side"
    ),
    pytest.param((hosts(), answer("vmlevel.com", None, "dc2"), storage()), "fine", id="one-controller-has-it"),
    pytest.param((hosts(OUTBOUND), answer("tintri.com", None)), "trust.exists/wrong-direction", id="one-is-wrong"),
]


@pytest.mark.parametrize(("answers", "expected"), EXISTS)
def test_a_trust_is_two_objects_in_the_right_direction(
    lines: Lines, answers: tuple[TrustAnswer, ...], expected: str
) -> None:
    assert lines("trust.exists", read(*answers)) == [f"{expected} {SUBJECT}"]


def test_a_trust_with_another_domain_is_not_this_one(lines: Lines) -> None:
    other = answer("vmlevel.com", trusts("fabric.com", BOTH))
    assert lines("trust.exists", read(other, storage(None))) == [f"trust.exists/missing {SUBJECT}"]
    assert lines("trust.kind", read(other, storage(None))) == [f"unknown {SUBJECT}"]


@pytest.mark.parametrize("check", ["trust.exists", "trust.kind"])
def test_domains_of_one_forest_need_no_trust_of_their_own(lines: Lines, check: str) -> None:
    assert lines(check, read(hosts(None), storage(None), forests=("corp.com", "corp.com"))) == [f"fine {SUBJECT}"]


@pytest.mark.parametrize("check", ["trust.exists", "trust.kind"])
def test_two_collections_are_judged_as_one(lines: Lines, check: str) -> None:
    alice: Collection = {Directories: read(hosts(), storage())}
    bob: Collection = {Directories: read(answer("vmlevel.com", None), answer("tintri.com", None))}
    alone = lines(check, *alice.values())
    for order in ((alice, bob), (bob, alice), (alice, alice)):
        assert lines(check, *merge(order).values()) == alone


def test_a_controller_that_has_the_object_counts_before_one_that_has_not(lines: Lines) -> None:
    late = answer("vmlevel.com", Trusts(), "dc2")
    for order in ((late, hosts()), (hosts(), late)):
        assert lines("trust.exists", read(*order, storage())) == [f"fine {SUBJECT}"]


def test_the_side_that_was_not_read_is_queried_before_a_trust_is_added(judged: Callable[..., list[Verdict]]) -> None:
    (found,) = judged("trust.exists", read(hosts(None), answer("tintri.com", None)))
    assert isinstance(found, Finding)
    assert "has no object in the directory of vmlevel.com, so hosts" in found.says
    look, add = found.remedy
    assert (look.command, look.step_class) == ("Get-ADTrust -Filter * -Server tintri.com", "looks")
    assert look.says.startswith(
        "tintri.com was not read. If it has an object for vmlevel.com, remove that object before"
    )
    assert add.command.startswith("netdom trust tintri.com /domain:vmlevel.com /add ")


@pytest.mark.parametrize("check", ["trust.agrees", "trust.kind", "trust.selective"])
def test_an_object_that_a_silent_controller_can_have_is_not_lacking(
    judged: Callable[..., list[Verdict]], check: str
) -> None:
    silent = answer("tintri.com", None, "dc2")
    (said,) = judged(check, read(hosts(None), answer("vmlevel.com", None, "dc2"), storage(None), silent))
    assert isinstance(said, Unknown)
    assert "has no trust" not in said.says
    assert "only one side" not in said.says


def test_the_remedy_names_both_domains(judged: Callable[..., list[Verdict]]) -> None:
    (found,) = judged("trust.exists", read(hosts(None), storage(None)))
    assert isinstance(found, Finding)
    assert found.remedy[0].command.startswith("netdom trust tintri.com /domain:vmlevel.com /add ")
    (found,) = judged("trust.exists", read(hosts(), storage(None)))
    assert isinstance(found, Finding)
    assert (found.values["there"], found.values["lacking"]) == ("vmlevel.com", "tintri.com")
