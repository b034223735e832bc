"""What follows from a cause, as one line: what it means for hosts, services and shares, and what was not tested."""

from __future__ import annotations

from krbcheck.judging import registry
from krbcheck.judging.rules import rules_of
from krbcheck.judging.verdict import Finding, Severity, Unknown
from krbcheck.report.consequences import BY_CODE, FOLLOWS, TESTED, Consequences


def finding(code: str, subject: str, **labels: str) -> Finding:
    return Finding(code, Severity.ERROR, subject, "says", (), labels={name: (each,) for name, each in labels.items()})


def test_hosts_are_counted_once_for_all_their_services() -> None:
    tickets = [
        finding("ticket.service/found-by-none", f"{host} for {spn}", principal=host, service=spn)
        for host in ("hv01$", "hv02$")
        for spn in ("cifs/a", "cifs/b")
    ]
    assert Consequences(tickets).line == "no service ticket for 2 hosts"
    assert Consequences(tickets[:2]).line == "no service ticket for 1 host"


def test_what_is_not_determined_is_counted_by_area_from_cause_to_effect() -> None:
    unknown = [(check, Unknown("s", "why")) for check in ("isolation.own", "smb.session", "smb.share", "ticket.path")]
    follows = Consequences([finding("ticket.service/loop", "t", principal="hv01$")], unknown)
    assert (
        follows.line
        == "no service ticket for 1 host; not tested, may hide more: tickets (1), sessions and shares (2), access (1)"
    )


def test_a_code_may_mean_something_else_than_its_check() -> None:
    by_luck = finding("ticket.service/by-luck", "t", principal="hv01$")
    assert Consequences([by_luck]).line == "service tickets of 1 host depend on the server"


def test_a_finding_without_words_is_counted_by_its_code() -> None:
    assert Consequences([finding("made.up/bad", "s"), finding("made.up/bad", "t")]).line == "2 findings made.up/bad"


def test_nothing_follows_from_nothing() -> None:
    assert not Consequences()
    assert Consequences().line == ""


def test_every_finding_that_can_follow_has_words() -> None:
    targets = [target for target in rules_of(registry.load().values()).by_target if "/" in target]
    assert [code for code in targets if code not in BY_CODE and code.partition("/")[0] not in FOLLOWS] == []


def test_every_area_has_words() -> None:
    assert {check.partition(".")[0] for check in registry.load()} <= set(TESTED)
