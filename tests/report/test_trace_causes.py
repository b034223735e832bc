"""A trace names the cause that the directory, the trust or the policies show, not only the KDC's error."""

from __future__ import annotations

import io

import pytest

from fixtures import scenarios
from krbcheck.cli.trace_scope import traced
from krbcheck.judging import registry
from krbcheck.judging.judge import judge
from krbcheck.judging.rules import rules_of
from krbcheck.report.trace import EXPLAINING, SERVICE, TGT, Outcome, Trace, assemble
from krbcheck.report.trace_page import render

HOST, SPN = "alice-hv01$@VMLEVEL.COM", "cifs/vmstore-alice.tintri.com"


def trace(scenario: str) -> Trace:
    """What a trace of Alice's first host shows of a recorded scenario."""
    asked = traced(scenarios.site_of(scenario), HOST, SPN)
    facts = scenarios.facts_of(scenario)
    checks = [check for check in registry.load().values() if check.id in (TGT, SERVICE, *EXPLAINING)]
    judged = judge(asked.site, facts, checks)
    assert not any(report.crash for report in judged)
    started = scenarios.report_of(facts, asked.site).started
    return assemble(
        asked, judged, facts, vantage="alice", source="", started=started, seconds=0.1, rules=rules_of(checks)
    )


def page(made: Trace) -> str:
    stream = io.StringIO()
    render(made, stream, {}, width=400)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("spn-duplicate", "spn.unique/duplicate"),
        ("spn-missing", "spn.exists/missing"),
        ("spn-account-without-keys", "spn.owner/wrong-account"),
        ("trust-password-differs", "trust.ticket/not-accepted"),
        ("trust-absent", "trust.exists/missing"),
        ("trust-no-common-enctype", "trust.enctypes/no-common-enctype"),
        ("policy-not-linked", "policy.client-search/not-set"),
        ("policy-kdc-not-linked", "policy.kdc-search/not-set"),
        ("keytab-out-of-date", "ticket.tgt/wrong-key"),
        ("no-search-order", "ticket.service/needs-search-order"),
    ],
)
def test_the_cause_is_named(scenario: str, code: str) -> None:
    assert trace(scenario).code == code


def test_a_duplicate_is_called_duplicate_and_nothing_is_registered() -> None:
    text = page(trace("spn-duplicate"))
    assert "is registered more than once" in text.splitlines()[1]
    assert "therefore: " in text
    assert "setspn -D" in text
    registering = [line.strip() for line in text.splitlines() if "setspn -S" in line]
    assert registering
    assert all(line.startswith("undo: ") for line in registering)


def test_a_broken_trust_password_names_the_trust() -> None:
    made = trace("trust-password-differs")
    assert "tintri.com" in made.breaks
    assert "vmlevel.com" in made.breaks
    assert "alice-hv01$" in made.symptom


def test_two_causes_are_both_named() -> None:
    made = trace("policy-both-halves-absent")
    codes = [made.code, *(cause.code for cause in made.also)]
    assert set(codes) == {"policy.client-search/not-set", "policy.kdc-search/not-set"}


def test_a_healthy_path_ends_with_works_and_explains_no_error() -> None:
    made = trace("healthy")
    assert (made.outcome, made.code, made.symptom) == (Outcome.TICKET, "", "")
    lines = page(made).splitlines()
    assert lines[1].endswith("works: every KDC leads to the ticket")
    assert lines[-1] == f"{HOST} gets a ticket for {SPN}: works"
