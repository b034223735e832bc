"""What the checks declare holds back where a second reason is left: such a verdict stays a cause."""

from __future__ import annotations

import pytest

from krbcheck.judging import registry
from krbcheck.judging.causes import explained
from krbcheck.judging.judge import CheckReport, outcome
from krbcheck.judging.labels import About
from krbcheck.judging.rules import rules_of
from krbcheck.judging.verdict import Finding, Unknown, labelled
from krbcheck.report.report import with_ids

from .test_causes import finding, unknown

SERVICE = {"service": "cifs/a", "principal": "hv01$", "home": "hosts", "storage_domain": "res"}
SPN = finding("spn.exists/missing", "spn", service="cifs/a", storage_domain="res")
TRUST = finding("trust.ticket/not-accepted", "trust", home="hosts", storage_domain="res", error="31")
SKEW = finding("time.skew/skewed", "clock", storage="store")
HOST = finding("policy.client-search/not-set", "host policy", policies="hv01$", principal="hv01$")
KDC = finding("policy.kdc-search/not-set", "kdc policy", policies="dc1")
GRANT = finding("isolation.acl/missing-grant", "grant", share="S", storage="store", principal=("hv01$", "hv02$"))
FOREIGN = finding("isolation.acl/foreign-grant", "foreign", share="S", storage="store", principal="hv01$")
PORT = finding("dns.port/closed", "port", endpoint="10.0.0.1:445", path="a")
KEY = finding("ticket.tgt/wrong-key", "key", principal="hv01$")


def ticket(slug: str, result: str | tuple[str, ...], labels: About) -> Finding:
    about = {**SERVICE, "result": result, **labels}
    return labelled(finding(f"ticket.service/{slug}", "ticket"), **about)


def refused(**labels: str | tuple[str, ...]) -> Finding:
    return ticket("refused", "REFUSED", labels)


def found_by_none(**labels: str | tuple[str, ...]) -> Finding:
    return ticket("found-by-none", "REFUSED", labels)


def causes_of(target: Finding | Unknown, check: str, *sources: Finding) -> list[str]:
    """The subjects of the causes of a verdict of `check`."""
    reports = [CheckReport(each.code.partition("/")[0], "t", outcome([each]), 0.0, (each,)) for each in sources]
    reports.append(CheckReport(check, "t", outcome([target]), 0.0, (target,)))
    done, _ = explained(with_ids(reports), rules_of(registry.load().values()))
    verdicts = [each for report in done for each in report.verdicts if isinstance(each, Finding | Unknown)]
    subjects = {each.id: each.subject for each in verdicts}
    return sorted(subjects[name] for name in verdicts[-1].explained_by)


@pytest.mark.parametrize(
    ("target", "sources", "causes"),
    [
        pytest.param(found_by_none(error="7", answered_by="res"), (SPN,), ["spn"], id="spn"),
        pytest.param(found_by_none(error=("7", "18"), answered_by="res"), (SPN,), [], id="another-error-too"),
        pytest.param(found_by_none(error="7", answered_by="hosts"), (SPN,), [], id="rejected-at-home"),
        pytest.param(
            found_by_none(error="7", answered_by="res", result=("REFUSED", "LACKING")), (SPN,), [], id="policy-too"
        ),
        pytest.param(refused(error="31", answered_by="res"), (TRUST, SPN), ["trust"], id="trust-beside-an-spn"),
        pytest.param(refused(error="31", answered_by="res", storage_domain="other"), (TRUST,), [], id="other-trust"),
    ],
)
def test_a_service_ticket(target: Finding, sources: tuple[Finding, ...], causes: list[str]) -> None:
    assert causes_of(target, "ticket.service", *sources) == causes


def test_a_search_needs_every_policy_that_lacks_the_forest() -> None:
    both = ticket("needs-search-order", "LACKING", {"policies": ("hv01$", "dc1")})
    assert causes_of(both, "ticket.service", HOST) == []
    assert causes_of(both, "ticket.service", HOST, KDC) == ["host policy", "kdc policy"]
    stated = ticket("needs-search-order", "UNSTATED", {"policies": ()})
    assert causes_of(stated, "ticket.service", HOST, KDC) == []


@pytest.mark.parametrize(("reason", "causes"), [("clock", ["clock"]), ("key", []), ("status", [])])
def test_a_session_that_is_rejected_for_another_reason_than_the_clock(reason: str, causes: list[str]) -> None:
    target = finding("smb.session/rejected", "session", storage="store", principal="hv01$", path="a", reason=reason)
    assert causes_of(target, "smb.session", SKEW) == causes


@pytest.mark.parametrize(("host", "causes"), [("hv01$", ["grant"]), ("hv03$", [])])
def test_access_of_a_host_that_the_finding_does_not_name(host: str, causes: list[str]) -> None:
    own = finding("isolation.own/locked-out", "own", share="S", storage="store", principal=host)
    assert causes_of(own, "isolation.own", GRANT) == causes
    breach = finding("isolation.others/breach", "breach", share="S", storage="store", principal=host)
    assert causes_of(breach, "isolation.others", FOREIGN) == [cause.replace("grant", "foreign") for cause in causes]


def test_a_port_explains_its_own_silence_only() -> None:
    assert causes_of(unknown("u", endpoint="10.0.0.1:445"), "smb.one", PORT) == ["port"]
    assert causes_of(unknown("u", endpoint="10.0.0.1:88"), "ticket.tgt", PORT) == []
    assert causes_of(unknown("u", endpoint=("10.0.0.1:445", "10.0.0.2:445")), "smb.one", PORT) == []


def test_a_path_whose_other_host_has_a_key_is_not_explained() -> None:
    assert causes_of(unknown("u", path="a", principal="hv01$"), "smb.share", KEY) == ["key"]
    assert causes_of(unknown("u", path="a", principal=("hv01$", "hv02$")), "smb.share", KEY) == []


@pytest.mark.parametrize(("reason", "causes"), [("key", ["session"]), ("account", ["session"]), ("status", [])])
def test_a_key_that_the_storage_lacks_closes_the_sessions_of_the_backup_accounts_too(
    reason: str, causes: list[str]
) -> None:
    rejected = finding("smb.session/rejected", "session", storage="store", principal="hv01$", path="a", reason=reason)
    assert causes_of(unknown("u", path="a"), "backup.vss", rejected) == causes
    assert causes_of(unknown("u", path="b"), "backup.vss", rejected) == []
    for check in ("backup.effective", "isolation.unstated", "isolation.overlap"):
        assert causes_of(unknown("u", storage="store"), check, rejected) == causes
