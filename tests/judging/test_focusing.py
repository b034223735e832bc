"""Results about one host and one path, and the checks that lead to a cause."""

from __future__ import annotations

from krbcheck.judging.focusing import focused, leading_to
from krbcheck.judging.judge import CheckReport
from krbcheck.judging.registry import load
from krbcheck.judging.rules import rules_of
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown, Verdict

FINE = Fine("any", "alice")
OWN = Finding("smb.session/x", Severity.ERROR, "a1", "", (), "alice", labels={"principal": ("A1@VM.COM",)})
OTHER = Finding("smb.session/x", Severity.ERROR, "a2", "", (), "alice", labels={"principal": ("a2@VM.COM",)})
BOTH = Unknown("both", "", "alice", labels={"principal": ("a1@VM.COM", "a2@VM.COM")})
NONE = Unknown("none", "", "alice")


def report(*verdicts: Verdict) -> CheckReport:
    return CheckReport("smb.session", "", Outcome.FAILED, 0.0, verdicts)


def test_results_about_others_are_left_out() -> None:
    (kept,) = focused([report(FINE, OWN, OTHER, BOTH, NONE)], {"principal": frozenset({"a1@vm.com"})})
    assert kept.verdicts == (FINE, OWN, BOTH, NONE)


def test_the_outcome_is_that_of_what_is_left() -> None:
    (kept,) = focused([report(FINE, OTHER)], {"principal": frozenset({"a1@vm.com"})})
    assert kept.outcome is Outcome.PASSED


def test_without_a_wish_the_reports_stay() -> None:
    whole = report(FINE, OTHER)
    assert focused([whole], {}) == [whole]


def test_the_checks_that_find_a_cause_of_a_failed_session_are_found() -> None:
    checks = load()
    found = leading_to(["smb.session"], rules_of(checks.values()))
    assert {"smb.session", "spn.unique", "spn.owner", "ticket.service", "dns.port", "dns.locator"} <= found
    assert not {"backup.product", "smb.one", "isolation.network"} & found
