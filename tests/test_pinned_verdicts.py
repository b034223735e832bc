"""The verdicts that are pinned for the recorded scenarios: how they are written, read and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import scenarios
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict

FINE = "dns.port | fine | alice | a.tintri.com"
CLOSED = "dns.port | error closed | alice | a.tintri.com"
UNSEEN = "dns.alias | not determined | bob | b.tintri.com"
NOTE = "ticket.path | note path | bob | b.tintri.com"
WARNING = "dns.alias | warning alias | bob | b.tintri.com"


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the healthy scenario and one that has a closed port."""
    for name in ("healthy", "closed"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(scenarios, "RECORDED", tmp_path)
    monkeypatch.setattr(scenarios, "SCENARIOS", ("closed", "healthy"))
    scenarios.pin({"healthy": [FINE, NOTE, NOTE], "closed": [UNSEEN, CLOSED, NOTE]})
    return tmp_path


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (Finding("dns.port/closed", Severity.ERROR, "a.tintri.com", "says", (), "alice"), CLOSED),
        (Fine("a.tintri.com", "alice"), FINE),
        (Unknown("a.tintri.com", "says", "alice"), "dns.port | not determined | alice | a.tintri.com"),
    ],
)
def test_a_line_holds_all_but_the_sentences(verdict: Verdict, line: str) -> None:
    assert scenarios.line_of("dns.port", verdict) == line


def test_a_scenario_holds_only_what_differs_from_the_healthy_one(recorded: Path) -> None:
    changes = (recorded / "closed" / "verdicts.diff").read_text().splitlines()
    assert changes == [f"+ {UNSEEN}", f"- {FINE}", f"+ {CLOSED}", f"- {NOTE}"]
    assert scenarios.pinned_of("closed") == [UNSEEN, CLOSED, NOTE]
    assert scenarios.pinned_of("healthy") == [FINE, NOTE, NOTE]


def test_other_scenarios_stay_pinned_when_the_healthy_verdicts_change(recorded: Path) -> None:
    scenarios.pin({"healthy": [CLOSED]})
    assert scenarios.pinned_of("closed") == [UNSEEN, CLOSED, NOTE]
    assert (recorded / "closed" / "verdicts.diff").read_text().splitlines() == [f"+ {UNSEEN}", f"+ {NOTE}"]


def test_a_new_scenario_is_named_until_it_is_pinned(recorded: Path) -> None:
    (recorded / "closed" / "verdicts.diff").unlink()
    assert scenarios.changes_of("closed", [FINE]) == ["closed is not pinned yet"]
    scenarios.pin({"healthy": [FINE], "closed": [FINE]})
    assert scenarios.changes_of("closed", [FINE]) == []
    assert scenarios.changes_of("closed", [CLOSED]) == [f"- {FINE}", f"+ {CLOSED}"]


@pytest.mark.parametrize("change", [f"- {UNSEEN}", f"= {FINE}", ""])
def test_a_difference_that_does_not_fit_is_named(recorded: Path, change: str) -> None:
    (recorded / "closed" / "verdicts.diff").write_text(f"{change}\n")
    with pytest.raises(ValueError, match=r"closed/verdicts\.diff"):
        scenarios.pinned_of("closed")


@pytest.mark.parametrize(
    ("lines", "status"),
    [([FINE, NOTE], 0), ([FINE, WARNING], 0), ([WARNING, UNSEEN], 3), ([CLOSED, UNSEEN], 1), ([], 0)],
)
def test_the_exit_status_follows_from_the_verdicts(lines: list[str], status: int) -> None:
    assert scenarios.exit_status(lines) == status


def test_alarms_are_warnings_and_errors() -> None:
    assert scenarios.alarms([FINE, NOTE, WARNING, UNSEEN, CLOSED]) == [WARNING, CLOSED]


@pytest.mark.parametrize(
    ("leads_to", "codes", "unlike"),
    [
        (("spn.exists/missing",), {"spn.exists/missing"}, ""),
        (("spn.exists/missing",), {"spn.exists/missing", "spn.stale/stale"}, "LEADS_TO lacks spn.stale/stale"),
        (("dns.alias/alias", "dns.port/closed"), set(), "dns.alias/alias, dns.port/closed not found"),
        (("dns.alias/alias",), {"spn.stale/stale"}, "LEADS_TO lacks spn.stale/stale; dns.alias/alias not found"),
    ],
)
def test_what_a_fault_lacks_is_named_by_its_codes(leads_to: tuple[str, ...], codes: set[str], unlike: str) -> None:
    assert scenarios.unlike(leads_to, codes) == unlike
