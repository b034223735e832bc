"""A recheck on a terminal: what stays first, then what is not determined, then what is fixed."""

from __future__ import annotations

import io

import msgspec

from krbcheck.judging.recheck import State
from krbcheck.report.recheck import Recheck, RecheckedCause
from krbcheck.report.recheck_page import render
from tests.report.test_recheck import recheck


def shown(made: Recheck, *, quiet: bool = False, width: int = 80) -> str:
    stream = io.StringIO()
    render(made, stream, {}, quiet=quiet, width=width)
    return stream.getvalue()


def test_a_fixed_cause_is_shown_with_its_evidence_and_what_followed() -> None:
    text = shown(recheck("spn-duplicate", "healthy"))
    lines = text.splitlines()
    assert lines[0] == "1 fixed"
    assert "FIXED     spn.unique/duplicate · alice" in lines
    assert "  17 of 17 results that followed are fine now" in lines
    assert "because" in text
    assert "krbcheck fix" not in text
    assert max(map(len, lines)) <= 80


def test_a_cause_that_stays_leads_to_its_fix() -> None:
    made = recheck("spn-duplicate", "spn-duplicate")
    text = shown(made)
    assert text.startswith("1 not fixed\n")
    assert f"  Fix: krbcheck fix REPORT --plan --cause {made.causes[0].id}" in text.splitlines()
    assert "0 of 17 results that followed are fine now" in text


def test_what_is_new_is_shown() -> None:
    assert "NEW       spn.exists/missing · alice" in shown(recheck("spn-duplicate", "spn-missing"))


def test_quiet_leaves_the_first_line_and_nothing_where_all_is_fixed() -> None:
    assert shown(recheck("spn-duplicate", "healthy"), quiet=True) == ""
    assert shown(recheck("spn-duplicate", "spn-duplicate"), quiet=True) == "1 not fixed\n"


def test_what_is_not_determined_has_its_reason_and_an_interrupt_is_named() -> None:
    made = recheck("spn-duplicate", "healthy")
    cause = RecheckedCause(
        id="c-1", code="dns.port/closed", subject="nas", state=State.UNKNOWN, was="x", says="no answer"
    )
    text = shown(msgspec.structs.replace(made, causes=(cause,), interrupted=True))
    assert text.startswith("interrupted · 1 not determined\n")
    assert "UNKNOWN   dns.port/closed\n  nas: no answer\n" in text


def test_a_report_without_causes_is_named() -> None:
    assert shown(recheck("healthy", "healthy")).startswith("The report names no cause to recheck\n")
