"""The page of a trace has a picture for each KDC, with the hop that fails."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.report.trace import Came, Outcome, Step, Trace, TracedAttempt, TracedKdc, Why
from krbcheck.report.trace_html import trace_page
from krbcheck.windows.remedy import changes
from tests.support.pages import assert_harmless, read_page

NASTY = "<script>alert(1)</script>\x1b[2J"


def step(came: Came, says: str) -> Step:
    return Step("VM.COM", "dc1.vm.com", "cifs/v.t.com", "", came, says, 0.01)


def trace(says: str, *attempts: TracedAttempt) -> Trace:
    return Trace(
        site="cloud.yaml", principal="a1@VM.COM", service="cifs/v.t.com", vantage="alice", source="10.0.0.9",
        started=datetime(2026, 1, 1, tzinfo=UTC), seconds=0.4, outcome=Outcome.NO_TICKET, code="spn.exists/missing",
        breaks=says, remedy=(changes("setspn -S cifs/v.t.com V$"),),
        kdcs=(TracedKdc("dc1.vm.com", "10.0.0.1", step(Came.TICKET, "TGT"), attempts),),
    )  # fmt: skip


def test_the_hop_that_fails_is_marked_and_the_fix_can_be_copied() -> None:
    refused = TracedAttempt(Why.OWN, "", False, False, (step(Came.ERROR, "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)"),))
    page = read_page(trace_page(trace("the SPN is missing", refused)))
    assert page.of("pre") == ["setspn -S cifs/v.t.com V$"]
    assert page.attributes("class").count("cut broken") == 1
    assert "dc1.vm.com: no ticket" in page.attributes("aria-label")
    assert "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)" in page.of("text")
    assert_harmless(page)


def test_text_of_a_kdc_is_text() -> None:
    page = read_page(trace_page(trace(NASTY, TracedAttempt(Why.OWN, "", False, True, (step(Came.ERROR, NASTY),)))))
    assert_harmless(page)
    assert any("<script>alert(1)</script>\ufffd" in text for text in page.of("p"))


def test_a_trace_without_kdcs_says_so() -> None:
    empty = Trace(
        site="s", principal="a@B", service="cifs/v", vantage="v", source="", started=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=0.0, outcome=Outcome.UNKNOWN,
    )  # fmt: skip
    assert "No KDC was queried." in read_page(trace_page(empty)).of("p")
