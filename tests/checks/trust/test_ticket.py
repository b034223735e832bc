"""The trust is proved in tickets: each KDC issues, each KDC of the other side takes; a cause is told once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.directory import Directories, TrustAnswer, Trusts
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from tests.checks.trust.test_exists_roots import ROOT, STORAGE
from tests.checks.trust.test_exists_roots import facts as of_forest
from tests.checks.trust.test_exists_roots import trust as trust_of
from tests.checks.trust.test_exists_roots import verdicts as verdicts_of_child

Codes = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
NOT_KNOWN = 7
"""A KDC that opened the ticket knows no such service."""


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        pytest.param([("vmdc1", True, NOT_KNOWN), ("vmdc2", True, NOT_KNOWN)], ["fine"], id="taken"),
        pytest.param([("vmdc1", 7), ("vmdc2", 7)], ["not-issued"], id="no KDC issues"),
        pytest.param([("vmdc1", True, 31), ("vmdc2", True, 31)], ["not-accepted"], id="another key"),
        pytest.param([("vmdc1", True, 35), ("vmdc2", True, 35)], ["not-accepted"], id="not for this realm"),
        pytest.param([("vmdc1", True, NOT_KNOWN), ("vmdc2", 7)], ["controllers-differ"], id="one does not issue"),
        pytest.param(
            [("vmdc1", True, NOT_KNOWN), ("vmdc2", True, 31)], ["controllers-differ"], id="one issues with an old key"
        ),
        pytest.param([("vmdc1", 7), ("vmdc2", True, 31)], ["controllers-differ", "not-accepted"], id="both stages"),
        pytest.param([("vmdc1", None)], ["unknown"], id="silent KDC"),
        pytest.param([("vmdc1", True, None)], ["unknown"], id="silent KDC on the other side"),
        pytest.param([("vmdc1", True)], ["unknown"], id="nobody to show it to"),
        pytest.param([("vmdc1", None), ("vmdc2", True, 31)], ["unknown"], id="one silent, one refused"),
        pytest.param([], ["unknown"], id="no TGT to ask with"),
        pytest.param([("vmdc1", True, NOT_KNOWN), ("vmdc2", 44)], ["unknown"], id="one rejects the TGT of the other"),
        pytest.param([("vmdc1", 31), ("vmdc2", 41)], ["unknown"] * 2, id="all reject the TGT"),
    ],
)
def test_the_proof_is_judged(made: Any, codes: Codes, proofs: list[tuple[Any, ...]], expected: list[str]) -> None:
    tickets = [made.proof(kdc, made.referral() if issued is True else issued, *rest) for kdc, issued, *rest in proofs]
    assert codes("trust.ticket", made.both(), made.tickets(*tickets)) == expected


def test_a_referral_that_leads_elsewhere_proves_nothing(made: Any, codes: Codes) -> None:
    leads = made.tickets(made.proof("vmdc1", made.referral("PARENT.COM")))
    assert codes("trust.ticket", made.both(), leads) == ["unknown"]


def test_a_referral_that_leads_elsewhere_is_not_hidden_by_one_that_is_taken(made: Any, codes: Codes) -> None:
    there, elsewhere = made.proof("vmdc1", made.referral(), NOT_KNOWN), made.proof("vmdc2", made.referral("PARENT.COM"))
    assert codes("trust.ticket", made.both(), made.tickets(there, elsewhere)) == ["unknown"]


@pytest.mark.parametrize("code", [2, 7, 8, 9, 13, 19, 22, 26, 27])
def test_what_is_said_of_the_service_is_said_after_opening_the_ticket(made: Any, codes: Codes, code: int) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(), code))
    assert codes("trust.ticket", made.both(), tickets) == ["fine"]


@pytest.mark.parametrize("code", [6, 12, 18, 20, *range(31, 42), 43, 44, 45, 46, 50])
def test_what_is_said_of_the_ticket_or_its_client_is_a_refusal(made: Any, codes: Codes, code: int) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(), code))
    assert codes("trust.ticket", made.both(), tickets) == ["not-accepted"]


@pytest.mark.parametrize("code", [29, 52, 60, 61, 68, 255])
def test_an_error_that_tells_neither_is_no_proof(made: Any, verdicts: Judged, code: int) -> None:
    (verdict,) = verdicts("trust.ticket", made.both(), made.tickets(made.proof("vmdc1", made.referral(), code)))
    assert isinstance(verdict, Unknown)
    assert f"({code})" in verdict.says


@pytest.mark.parametrize("silent_first", [True, False])
def test_an_answer_counts_before_a_silence_of_another_vantage_point(
    made: Any, codes: Codes, silent_first: bool
) -> None:
    seen = [made.proof("vmdc1", made.referral(), NOT_KNOWN), made.proof("vmdc1", None)]
    tickets = made.tickets(*(reversed(seen) if silent_first else seen))
    assert codes("trust.ticket", made.both(), tickets) == ["fine"]


def test_the_same_fault_seen_from_two_places_is_one(made: Any, verdicts: Judged) -> None:
    seen = made.proof("vmdc1", made.referral(), 31)
    (finding,) = verdicts("trust.ticket", made.both(), made.tickets(seen, seen))
    assert isinstance(finding, Finding)
    assert finding.values["found"] == "KRB_AP_ERR_BAD_INTEGRITY (31) from tidc (referral of vmdc1)"


def test_who_issued_the_refused_referral_is_told(made: Any, verdicts: Judged) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(), 7), made.proof("vmdc2", made.referral(), 31))
    (finding,) = verdicts("trust.ticket", made.both(), tickets)
    assert isinstance(finding, Finding)
    assert str(finding.values["found"]).endswith("(referral of vmdc2); it works at tidc (referral of vmdc1)")


def _gone(made: Any) -> dict[str, Directories]:
    out, in_ = made.trust("tintri.com", 2), made.trust("vmlevel.com", 1)
    return {
        "no object": made.sides("", ""),
        "one side only": made.sides(made.trust("tintri.com"), ""),
        "wrong direction": made.sides(out, in_),
        "no common type": made.both(at_hosts=4, at_storage=24),
    }


@pytest.mark.parametrize("cause", ["no object", "one side only", "wrong direction", "no common type"])
@pytest.mark.parametrize("proof", [(7,), (True, 35), (True, 14), (14,)])
def test_where_the_directory_tells_the_cause_it_is_told_there_alone(
    made: Any, verdicts: Judged, cause: str, proof: tuple[Any, ...]
) -> None:
    issued, *taken = proof
    tickets = made.tickets(made.proof("vmdc1", made.referral() if issued is True else issued, *taken))
    (verdict,) = verdicts("trust.ticket", _gone(made)[cause], tickets)
    assert isinstance(verdict, Unknown)
    assert "see trust." in verdict.says


@pytest.mark.parametrize("cause", ["no object", "one side only", "wrong direction"])
def test_tickets_that_work_are_proof_whatever_the_directory_says(made: Any, codes: Codes, cause: str) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(), NOT_KNOWN))
    assert codes("trust.ticket", _gone(made)[cause], tickets) == ["fine"]


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        pytest.param((True, 31), "not-accepted", id="another-key"),
        pytest.param((True, 35), "unknown", id="no-trust-at-the-storage-perhaps"),
        pytest.param((7,), "unknown", id="no-trust-at-the-hosts-perhaps"),
    ],
)
@pytest.mark.parametrize("side", ["hosts", "storage", "both"])
def test_what_a_silent_directory_may_explain_is_not_determined(
    made: Any, codes: Codes, side: str, proof: tuple[Any, ...], code: str
) -> None:
    """No trust password is to be reset because a directory did not return its trusts."""
    hosts = None if side != "storage" else made.trust("tintri.com")
    storage = None if side != "hosts" else made.trust("vmlevel.com")
    issued, *taken = proof
    tickets = made.tickets(made.proof("vmdc1", made.referral() if issued is True else issued, *taken))
    assert codes("trust.ticket", made.sides(hosts, storage), tickets) == [code]


def test_it_names_the_error_and_the_directory(made: Any, verdicts: Judged) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(), 35))
    (verdict,) = verdicts("trust.ticket", made.sides(made.trust("tintri.com"), None), tickets)
    assert isinstance(verdict, Unknown)
    assert verdict.says.startswith("KRB_AP_ERR_NOT_US (35) from ")
    assert verdict.says.endswith("; the trusts of tintri.com were not read")


def test_an_object_at_any_controller_is_a_trust(made: Any, codes: Codes) -> None:
    """Its absence at one controller is what controllers-differ tells."""
    late = TrustAnswer("vmlevel.com", "vmdc2", made.seen(Trusts((made.trust("tintri.com"),))))
    facts = made.sides("", made.trust("vmlevel.com"), late)
    tickets = made.tickets(made.proof("vmdc1", 7), made.proof("vmdc2", made.referral(), NOT_KNOWN))
    assert codes("trust.exists", facts) == ["fine"]
    assert codes("trust.ticket", facts, tickets) == ["controllers-differ"]


def test_the_trust_of_the_forest_roots_is_not_proved_by_a_referral_of_the_child() -> None:
    directories = of_forest(child=(), root=(trust_of(STORAGE),), storage=(trust_of(ROOT),))
    (verdict,) = verdicts_of_child("trust.ticket", directories)
    assert isinstance(verdict, Unknown)
    assert verdict.says.startswith(f"tickets cross the trust between {STORAGE} and {ROOT}, and a referral ticket is ")
