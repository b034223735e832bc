"""A problem on a terminal: its consequences are one line, or all of them, and only the cause has a fix."""

from __future__ import annotations

import io

import pytest

from krbcheck.judging.verdict import Finding, Severity
from krbcheck.report.report import Report, assemble
from krbcheck.report.report_page import render
from krbcheck.windows.remedy import changes
from tests.support.reports import AT, SITE, checked


def scenario(name: str) -> Report:
    from fixtures import scenarios

    return scenarios.report_of(scenarios.facts_of(name), scenarios.site_of(name))


def shown(report: Report, *, unfold: bool = False, width: int = 400) -> str:
    pipe = io.StringIO()
    render(report, pipe, {}, width=width, unfold=unfold)
    return pipe.getvalue()


def test_one_fault_is_one_problem_with_one_line_of_consequences() -> None:
    text = shown(scenario("spn-duplicate"))
    assert text.startswith("1 problem (2 findings and 15 undetermined results follow from it) · ")
    line = next(line for line in text.splitlines() if "therefore:" in line)
    assert "no service ticket for 2 hosts; not tested, may hide more: tickets (2), sessions and shares (6)" in line
    assert text.count("Fix:") == 1
    assert "ticket.service/found-by-none" not in text
    assert "NOT DETERMINED" not in text
    assert "What follows from each cause: --all" in text


def test_all_unfolds_the_consequences_without_a_fix_of_their_own() -> None:
    text = shown(scenario("spn-duplicate"), unfold=True)
    assert text.count("ticket.service/found-by-none") == 2
    assert "smb.session not determined, alice-hv01$@VMLEVEL.COM at vmstore-alice.tintri.com" in " ".join(text.split())
    assert text.count("Fix:") == 1
    assert "--all" not in text


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("policy-both-halves-absent", "2 problems (8 findings follow from them) · "),
        ("reverse-differs", "1 warning · "),
        ("healthy", "No problems found · "),
        ("keytab-out-of-date", "1 problem (15 undetermined results follow from it) · "),
    ],
)
def test_the_headline_counts_causes(name: str, headline: str) -> None:
    assert shown(scenario(name)).startswith(headline)


def test_an_undetermined_result_that_others_follow_from_is_shown_once() -> None:
    text = shown(scenario("name-servers-dead"))
    assert " not determined (1" in text.splitlines()[0]
    assert " more follow from them)" in text.splitlines()[0]
    assert text.count("10.77.0.20") == 1
    assert text.count("do not respond (timeout)") == 1, "servers that are silent at one port are one reason"


def test_forty_hosts_with_one_reason_are_one_block() -> None:
    hosts = [
        Finding(
            "ticket.tgt/wrong-key",
            Severity.ERROR,
            f"hv{number}$@X.EXAMPLE",
            f"hv{number}$@X.EXAMPLE is rejected",
            (changes(f"ktpass /princ hv{number}$", undo_says="none"),),
            values={"found": "KDC_ERR_PREAUTH_FAILED (24)"},
        )
        for number in range(40)
    ]
    text = shown(assemble(SITE, [checked("ticket.tgt", "t", *hosts)], {}, started=AT, seconds=1.0))
    assert text.startswith("1 problem · ")
    assert text.count("ticket.tgt/wrong-key") == 2, "the block, and the hint to explain it"
    assert "40 fixes that differ in names only; for hv0$@X.EXAMPLE:" in text
    assert text.count("ktpass") == 1
