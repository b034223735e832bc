"""The evidence if several answers exist, and the reason if none does."""

from __future__ import annotations

from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.site.stated import DataPath, Tenant
from krbcheck.views.query_gaps import seen_or_why, why_no_speaker
from tests.support.observing import observed, silence

ALICE, BOB = Tenant("alice"), Tenant("bob")
PATH, ADDRESS = DataPath("vmstore-alice.tintri.com", "vmstore"), DataPath("10.77.11.30", "vmstore")
VANTAGES = Vantages((VantagePoint("alice", "station", "10.77.11.9"), VantagePoint("bob", "station", "", "no address")))


def test_an_answer_comes_before_a_gap_and_a_gap_before_a_reason() -> None:
    answer, gap = observed(7), silence()
    assert seen_or_why((gap, answer), VANTAGES, "alice") is answer
    assert seen_or_why((gap, silence("later")), VANTAGES, "alice") is gap
    assert seen_or_why((), VANTAGES, "bob") == "no address"


def test_a_session_needs_a_name_a_source_address_and_a_secret() -> None:
    assert why_no_speaker(ALICE, ADDRESS, VANTAGES).startswith(
        "10.77.11.30 is an IP address, so no KDC issues a ticket"
    )
    assert why_no_speaker(BOB, PATH, VANTAGES) == "no address"
    assert why_no_speaker(ALICE, PATH, VANTAGES) == "the site file contains no secret for any principal of alice"
