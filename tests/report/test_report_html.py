"""The page of a report: causes with their fix, paths, access, what is not determined, evidence."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import pytest

from fixtures.scenarios import facts_of, report_of, site_of
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown
from krbcheck.report.access_grid import AccessGrid, GridRow, GridShare
from krbcheck.report.report import Report
from krbcheck.report.report_html import cells, report_page
from krbcheck.report.tenant_paths import LINKS
from krbcheck.windows.remedy import changes
from tests.support.pages import Read, assert_harmless, read_page
from tests.support.reports import AT

TWO_MEGABYTES = 2_000_000


@pytest.fixture(scope="module")
def broken() -> Read:
    return read_page(report_page(report_of(facts_of("spn-missing"), site_of("spn-missing"))))


def all_text(page: Read) -> str:
    return " ".join(text for _, text in page.texts)


def test_each_command_of_a_fix_can_be_copied(bad_report: Report) -> None:
    page = read_page(report_page(bad_report))
    commands = [step.command for finding in bad_report.findings() for step in finding.remedy if step.command]
    notes = {step.command for finding in bad_report.findings(Severity.NOTE) for step in finding.remedy}
    assert set(commands) - notes <= set(page.of("pre"))
    assert page.attributes("class").count("command") == len(page.of("pre")) - bad_report.totals.crashed


def test_each_finding_reason_and_answer_is_on_the_page(bad_report: Report) -> None:
    text = all_text(read_page(report_page(bad_report)))
    assert [finding.says for finding in bad_report.findings() if finding.says not in text] == []
    unknown = [verdict for _, verdict in bad_report.verdicts() if isinstance(verdict, Unknown)]
    assert [verdict.says for verdict in unknown if verdict.says not in text] == []
    answers = [reason.line for _, verdict in bad_report.verdicts() for reason in verdict.because]
    assert [line for line in answers if line not in text] == []


def test_the_picture_of_a_path_marks_the_link_that_is_broken(broken: Read) -> None:
    labels = broken.attributes("aria-label")
    assert any("vmstore-alice.tintri.com: broken at SPN: cifs/vmstore-alice" in label for label in labels)
    assert broken.attributes("class").count("cut broken") == 1
    assert set(LINKS) <= set(broken.of("text"))
    assert_harmless(broken)


def test_a_breach_is_in_the_picture_and_in_words() -> None:
    report = report_of(facts_of("access-foreign-host"), site_of("access-foreign-host"))
    page = read_page(report_page(report))
    assert "cell-breach" in page.attributes("class")
    assert any(label.startswith("Access matrix:") and "1 breach" in label for label in page.attributes("aria-label"))
    assert "alice-hv01$@VMLEVEL.COM has access to share BobVMs" in all_text(page)
    row = next(row for row in report.access.rows if row.cells.count("B"))
    assert cells(report.access, row) == "own share, as expected: AliceVMs; breach: BobVMs"


def test_a_run_of_few_checks_has_no_empty_sections(
    made: Callable[..., Report], judged: Callable[..., CheckReport]
) -> None:
    page = read_page(report_page(made([judged("time.skew", "Every clock agrees", Fine("dc1"))])))
    ids = page.attributes("id")
    assert {"causes", "unknown", "evidence", "queries"} <= set(ids)
    assert {"paths", "access", "backup", "notes", "crashes"}.isdisjoint(ids)


def test_the_page_of_two_hundred_tenants_is_small(
    made: Callable[..., Report], judged: Callable[..., CheckReport]
) -> None:
    line = "A of vmstore-with-a-name-of-usual-length.tintri.com at 10.77.11.1 port 53"
    because = tuple(
        Reason(asked=f"{line} {n}", at=AT, answer="10.0.0.1", kind=ReasonKind.OBSERVATION) for n in range(9)
    )
    checks = [
        judged(
            f"area.check{number}",
            "Every name resolves",
            *(Fine(f"vmstore-t{tenant}.tintri.com", f"t{tenant}", because) for tenant in range(200)),
            *(
                Unknown(f"host-t{tenant}", f"no answer from 10.0.{tenant}.1", f"t{tenant}", because)
                for tenant in range(200)
            ),
            *(
                Finding(
                    "dns.x/y", Severity.ERROR, f"t{tenant}", f"t{tenant} fails", (changes("fix it"),), because=because
                )
                for tenant in range(200)
            ),
        )
        for number in range(60)
    ]
    size = sum(map(len, report_page(made(checks))))
    assert 100_000 < size < TWO_MEGABYTES


def test_the_picture_of_a_large_matrix_is_whole(good_report: Report) -> None:
    shares = tuple(GridShare(f"s{number}", f"t{number}", "vmstore") for number in range(200))
    rows = tuple(GridRow(f"t{number}", f"h{number}@VM.COM", "v.t.com", "oB" * 100) for number in range(200))
    page = read_page(report_page(msgspec.structs.replace(good_report, access=AccessGrid(shares, rows))))
    drawn = [d for d in page.attributes("d") if len(d) > 2000]
    assert len(drawn) == 2, "own shares and breaches"
    assert all(re.fullmatch(r"(M\d+ \d+h\d+v\d+h-\d+z)+", d) for d in drawn)
    assert all(d.count("M") == 200 * 100 for d in drawn)
