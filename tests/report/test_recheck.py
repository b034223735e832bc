"""What became of causes: which are rechecked, what followed from them, and what is new."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
import pytest

from fixtures import scenarios
from krbcheck.cli.schemas import schema
from krbcheck.judging import registry
from krbcheck.judging.recheck import State
from krbcheck.judging.recheck_focus import focus_of
from krbcheck.judging.verdict import Finding, Severity, Unknown
from krbcheck.report.formats.json import encode
from krbcheck.report.recheck import NoSuchCause, Recheck, compared, roots, targets
from krbcheck.report.report import Report
from krbcheck.site.narrowing import WHOLE

SITE = scenarios.site_of("healthy")


def made(scenario: str) -> Report:
    return scenarios.report_of(scenarios.facts_of(scenario), SITE)


def recheck(before: str, after: str) -> Recheck:
    report = made(before)
    causes = roots(report)
    narrow = focus_of(targets(report, causes), SITE, registry.load()) != WHOLE
    return compared(report, causes, made(after), SITE, known=55, narrow=narrow)


def test_the_causes_are_rechecked_with_what_follows_from_them() -> None:
    report = made("spn-duplicate")
    ((check, cause),) = roots(report)
    assert isinstance(cause, Finding)
    assert (check, cause.code) == ("spn.unique", "spn.unique/duplicate")
    every = targets(report, roots(report))
    assert [verdict.id for _, verdict in every] == [cause.id, *cause.explains]
    assert {check for check, _ in every} > {"spn.unique", "ticket.service", "smb.session"}


def test_any_result_can_be_named_by_its_id() -> None:
    report = made("spn-duplicate")
    consequence = next(each for _, each in report.verdicts() if isinstance(each, Unknown))
    ((_, chosen),) = roots(report, consequence.id)
    assert chosen == consequence
    with pytest.raises(NoSuchCause, match="no cause has the id spn-1; the report has duplicate-"):
        roots(report, "spn-1")


def test_without_causes_what_is_wrong_is_rechecked_then_what_is_not_determined() -> None:
    older = msgspec.structs.replace(made("spn-duplicate"), causes=())
    wrong = [finding.id for finding in older.findings() if finding.severity is not Severity.NOTE]
    assert [verdict.id for _, verdict in roots(older)] == wrong
    assert roots(made("healthy")) == []


def test_a_cause_that_is_fixed_has_its_old_message_and_the_evidence_of_today() -> None:
    became = recheck("spn-duplicate", "healthy")
    (cause,) = became.causes
    assert cause.state is State.FIXED
    assert "is registered more than once" in cause.was
    assert cause.because
    assert {each.state for each in cause.follows} == {State.FIXED}
    assert (became.new, became.open_results) == ((), [])


def test_a_cause_that_stays_has_the_message_of_today() -> None:
    (cause,) = recheck("spn-duplicate", "spn-duplicate").causes
    assert cause.state is State.STAYS
    assert "is registered more than once" in cause.says
    assert cause.follows
    assert not [each for each in cause.follows if each.state is State.FIXED]


def test_what_a_cause_hid_is_new() -> None:
    """The duplicate is gone, but the SPN is now on no account at all."""
    became = recheck("spn-duplicate", "spn-missing")
    assert [finding.code for finding in became.new] == ["spn.exists/missing"]
    assert [each.state for each in became.causes] != [State.STAYS]


@pytest.mark.parametrize(
    ("before", "after"),
    [("spn-duplicate", "healthy"), ("spn-duplicate", "spn-missing"), ("controller-drops", "controller-drops")],
)
def test_the_json_follows_its_schema(before: str, after: str) -> None:
    """A cause that is fixed, a new finding with its remedy, and results that are not determined."""
    result = recheck(before, after)
    data: Any = msgspec.json.decode(encode(result))
    form = schema("recheck")
    jsonschema.validate(data, form)
    assert set(data) == set(form["$defs"]["Recheck"]["properties"])
    assert data["schema"] == 1
    assert data["causes"]
    assert msgspec.json.decode(encode(result), type=Recheck) == result


def test_the_schema_rejects_a_state_that_does_not_exist() -> None:
    data: Any = msgspec.json.decode(encode(recheck("spn-duplicate", "healthy")))
    data["causes"][0]["state"] = "repaired"
    with pytest.raises(jsonschema.ValidationError, match="repaired"):
        jsonschema.validate(data, schema("recheck"))
