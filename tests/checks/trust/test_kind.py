"""trust.kind: what sort of trust it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from krbcheck.facts.directory import TrustAnswer
from tests.support.trust_objects import answer, hosts, read, storage

NOW = datetime(2026, 7, 3, tzinfo=UTC)
INBOUND, OUTBOUND, BOTH = 1, 2, 3
QUARANTINED, FOREST, WITHIN = 0x4, 0x8, 0x20
SUBJECT = "- tintri.com trusts vmlevel.com"
Lines = Callable[..., list[str]]


KIND = [
    pytest.param((hosts(), storage()), ["trust.kind/external"], id="external"),
    pytest.param(
        (hosts(), storage(attributes=QUARANTINED)),
        ["trust.kind/external", "trust.kind/sid-filtering"],
        id="quarantined",
    ),
    pytest.param((hosts(attributes=FOREST), storage(attributes=FOREST)), ["fine"], id="forest"),
    pytest.param(
        (hosts(attributes=FOREST), storage(attributes=FOREST | QUARANTINED)),
        ["fine", "trust.kind/sid-filtering"],
        id="forest-quarantined",
    ),
    pytest.param((hosts(None), storage(None)), ["unknown"], id="none"),
    pytest.param((answer("vmlevel.com", None), answer("tintri.com", None)), ["unknown"], id="silence"),
    pytest.param((), ["unknown"], id="nobody-was-asked"),
]


@pytest.mark.parametrize(("answers", "expected"), KIND)
def test_the_kind_is_told(lines: Lines, answers: tuple[TrustAnswer, ...], expected: list[str]) -> None:
    assert lines("trust.kind", read(*answers)) == [f"{entry} {SUBJECT}" for entry in expected]


def test_within_the_forest_is_no_external_trust(lines: Lines) -> None:
    reply = read(hosts(attributes=WITHIN), storage(attributes=WITHIN))
    assert lines("trust.kind", reply) == [f"fine {SUBJECT}"]


def test_what_one_side_says_of_the_kind_counts(lines: Lines) -> None:
    assert lines("trust.kind", read(hosts(attributes=FOREST), storage())) == [f"fine {SUBJECT}"]
    quarantined = read(hosts(attributes=QUARANTINED), storage())
    assert lines("trust.kind", quarantined) == [
        f"trust.kind/{entry} {SUBJECT}" for entry in ("external", "sid-filtering")
    ]
