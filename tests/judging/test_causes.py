"""Which verdicts follow from which: by equal labels, only if all is accounted for, and in an order to fix them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest

from krbcheck.judging.causes import MOST, explained
from krbcheck.judging.check import Check
from krbcheck.judging.explains import EVERY_UNDETERMINED, explains
from krbcheck.judging.judge import CheckReport, outcome
from krbcheck.judging.rules import rules_of
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict, Waived
from krbcheck.report.report import with_ids

from .test_rules import made

Links = dict[str, tuple[str, ...]]


def finding(
    code: str, subject: str = "s", severity: Severity = Severity.ERROR, **labels: str | Sequence[str]
) -> Finding:
    values = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in labels.items()}
    return Finding(code, severity, subject, "says", (), values={"found": subject}, labels=values)


def unknown(subject: str = "u", **labels: str | Sequence[str]) -> Unknown:
    values = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in labels.items()}
    return Unknown(subject, "says", labels=values)


def judged(checks: Sequence[Check[Any]], **verdicts: Sequence[Verdict]) -> tuple[Links, list[list[str]]]:
    """By subject, the subjects of its causes; and the subjects of each problem. `a_x` are the verdicts of check a.x."""
    reports = with_ids(
        CheckReport(name.replace("_", "."), "t", outcome(those), 0.0, tuple(those)) for name, those in verdicts.items()
    )
    done, problems = explained(reports, rules_of(checks))
    known = {each.id: each for report in done for each in report.verdicts if isinstance(each, Finding | Unknown)}
    links = {each.subject: tuple(known[name].subject for name in each.explained_by) for each in known.values()}
    for each in known.values():
        for name in each.explains:
            assert each.id in known[name].explained_by
    return links, [[known[name].subject for name in problem] for problem in problems]


SPN = made("a.x", bad=[explains("b.y/bad", "b.y", same="service")])
TICKET = made("b.y", [explains("c.z", same="service")], bad=[explains("c.z", same="service")], worse=[])
SESSION = made("c.z", bad=[])


def test_a_verdict_with_the_same_label_follows() -> None:
    links, problems = judged(
        [SPN, TICKET],
        a_x=[finding("a.x/bad", "spn", service="cifs/a")],
        b_y=[finding("b.y/bad", "mine", service="CIFS/A"), finding("b.y/bad", "other", service="cifs/b")],
    )
    assert links == {"spn": (), "mine": ("spn",), "other": ()}
    assert problems == [["spn"], ["other"]]


@pytest.mark.parametrize("labels", [{}, {"principal": ("p",)}, {"service": ()}])
def test_a_verdict_without_the_label_stays_a_cause(labels: dict[str, tuple[str, ...]]) -> None:
    ticket = msgspec.structs.replace(finding("b.y/bad", "t"), labels=labels)
    links, _ = judged([SPN, TICKET], a_x=[finding("a.x/bad", "spn", service="cifs/a")], b_y=[ticket])
    assert links["t"] == ()


def test_what_follows_from_a_consequence_follows_from_its_cause() -> None:
    links, problems = judged(
        [SPN, TICKET, SESSION],
        a_x=[finding("a.x/bad", "spn", service="cifs/a")],
        b_y=[finding("b.y/bad", "ticket", service="cifs/a")],
        c_z=[unknown("session", service="cifs/a")],
    )
    assert links == {"spn": (), "ticket": ("spn",), "session": ("spn",)}
    assert problems == [["spn"]]


def test_an_undetermined_result_follows_from_another_one() -> None:
    links, problems = judged(
        [TICKET, SESSION], b_y=[unknown("ticket", service="cifs/a")], c_z=[unknown("session", service="cifs/a")]
    )
    assert links == {"ticket": (), "session": ("ticket",)}
    assert problems == []


def test_several_causes_are_all_named() -> None:
    also = made("d.w", bad=[explains("b.y/bad", same="service")])
    links, problems = judged(
        [SPN, TICKET, also],
        a_x=[finding("a.x/bad", "spn", service="cifs/a")],
        b_y=[finding("b.y/bad", "ticket", service="cifs/a")],
        d_w=[finding("d.w/bad", "trust", service="cifs/a")],
    )
    assert sorted(links["ticket"]) == ["spn", "trust"]
    assert sorted(map(tuple, problems)) == [("spn",), ("trust",)]


KEYS = made("a.x", bad=[explains("b.y", "b.y/bad", same="principal")])
GRANTS = made("d.w", bad=[explains("b.y", "b.y/bad", same="share principal")])


@pytest.mark.parametrize(
    "target", [unknown("t", share="s", principal=("p", "q")), finding("b.y/bad", "t", share="s", principal=("p", "q"))]
)
def test_every_principal_has_to_be_accounted_for(target: Verdict) -> None:
    entry = finding("a.x/bad", "key", principal="p")
    links, _ = judged([KEYS, TICKET, GRANTS], a_x=[entry], b_y=[target])
    assert links["t"] == ()
    links, _ = judged(
        [KEYS, TICKET, GRANTS], a_x=[entry], b_y=[target], d_w=[finding("d.w/bad", "grant", share="s", principal="q")]
    )
    assert sorted(links["t"]) == ["grant", "key"]
    links, _ = judged(
        [KEYS, TICKET, GRANTS], a_x=[entry], b_y=[target], d_w=[finding("d.w/bad", "grant", share="r", principal="q")]
    )
    assert links["t"] == ()


def test_a_cause_may_concern_more_than_its_consequence() -> None:
    links, _ = judged(
        [KEYS, TICKET], a_x=[finding("a.x/bad", "key", principal=("p", "q"))], b_y=[unknown("t", principal="q")]
    )
    assert links["t"] == ("key",)


def test_one_unread_directory_of_several_is_enough() -> None:
    reader = made("a.x", bad=[explains("b.y", same="directory")])
    links, _ = judged(
        [reader, TICKET],
        a_x=[finding("a.x/bad", "reader", directory="one.example")],
        b_y=[unknown("t", directory=("one.example", "two.example"))],
    )
    assert links["t"] == ("reader",)


def test_conditions_of_the_source_and_of_the_target() -> None:
    clock = made("a.x", bad=[explains("b.y/bad", same="storage", where={"reason": "clock"}, when={"kind": "far"})])

    def follows(kind: str, reason: str | Sequence[str]) -> bool:
        links, _ = judged(
            [clock, TICKET],
            a_x=[finding("a.x/bad", "clock", storage="s", kind=kind)],
            b_y=[finding("b.y/bad", "session", storage="s", reason=reason)],
        )
        return links["session"] == ("clock",)

    assert follows("far", "clock")
    assert not follows("near", "clock")
    assert not follows("far", "key")
    assert not follows("far", ("clock", "key"))
    assert not follows("far", ())


def test_a_server_that_does_not_respond_explains_every_undetermined_result_of_its_silence() -> None:
    dead = made("a.x", bad=[explains(EVERY_UNDETERMINED, same="server")])
    links, _ = judged(
        [dead, TICKET, SESSION],
        a_x=[finding("a.x/bad", "dc1", server="10.0.0.1")],
        b_y=[unknown("ticket", server="10.0.0.1"), finding("b.y/bad", "no ticket", server="10.0.0.1")],
        c_z=[unknown("both", server=("10.0.0.1", "10.0.0.2"))],
    )
    assert links == {"dc1": (), "ticket": ("dc1",), "no ticket": (), "both": ()}


def test_notes_and_fine_results_take_no_part() -> None:
    note = finding("b.y/bad", "note", severity=Severity.NOTE, service="cifs/a")
    spn = finding("a.x/bad", "spn", service="cifs/a")
    reports = with_ids([CheckReport("b.y", "t", outcome([note]), 0.0, (note, Fine("well")))])
    done, problems = explained(
        (*with_ids([CheckReport("a.x", "t", outcome([spn]), 0.0, (spn,))]), *reports), rules_of([SPN, TICKET])
    )
    assert done[1:] == reports
    assert [len(problem) for problem in problems] == [1]


def test_nothing_but_the_links_is_changed() -> None:
    spn, ticket = finding("a.x/bad", service="cifs/a"), finding("b.y/bad", service="cifs/a")
    reports = with_ids(
        [
            CheckReport("a.x", "t", outcome([spn]), 0.0, (spn,)),
            CheckReport("b.y", "t", outcome([ticket]), 0.0, (ticket,)),
        ]
    )
    done, _ = explained(reports, rules_of([SPN, TICKET]))
    assert [(each.outcome, len(each.verdicts)) for each in done] == [
        (each.outcome, len(each.verdicts)) for each in reports
    ]
    assert [each.id for report in done for each in report.verdicts if isinstance(each, Finding)] == [
        each.id for report in reports for each in report.verdicts if isinstance(each, Finding)
    ]


def test_errors_are_fixed_before_warnings_and_dns_before_access() -> None:
    checks = [made("isolation.own", bad=[]), made("dns.port", bad=[]), made("spn.exists", bad=[])]
    _, problems = judged(
        checks,
        isolation_own=[finding("isolation.own/bad", "access")],
        dns_port=[finding("dns.port/bad", "port"), finding("dns.port/bad", "warned", severity=Severity.WARNING)],
        spn_exists=[finding("spn.exists/bad", "spn")],
    )
    assert problems == [["port"], ["spn"], ["access"], ["warned"]]


def test_findings_with_one_reason_are_one_problem() -> None:
    hosts = [
        Finding("a.x/bad", Severity.ERROR, f"hv{number}", "says", (), values={"found": "24"}) for number in range(40)
    ]
    other = Finding("a.x/bad", Severity.ERROR, "hv99", "says", (), values={"found": "18"})
    _, problems = judged([KEYS], a_x=[*hosts, other])
    assert [len(problem) for problem in problems] == [40, 1]


def test_a_verdict_names_some_of_very_many_causes() -> None:
    keys = [finding("a.x/bad", f"key {number}", principal="p") for number in range(MOST + 30)]
    links, _ = judged([KEYS, TICKET], a_x=keys, b_y=[unknown("t", principal="p")])
    assert len(links["t"]) == MOST


def test_the_time_grows_with_the_number_of_verdicts() -> None:
    """Twenty thousand causes with a consequence each: comparing all with all would take hours."""
    number = 20_000
    started = time.perf_counter()
    links, _ = judged(
        [SPN, TICKET],
        a_x=[finding("a.x/bad", f"spn {each}", service=f"cifs/{each}") for each in range(number)],
        b_y=[unknown(f"ticket {each}", service=f"cifs/{each}") for each in range(number)],
    )
    assert links["ticket 7"] == ("spn 7",)
    assert time.perf_counter() - started < 20


def test_what_follows_from_a_waived_finding_only_follows_from_nothing() -> None:
    """A waiver hides nothing but the finding that it concerns."""
    waived = Waived("later", "storage team", date(2027, 3, 31))
    first = finding("a.x/bad", "spn", service="cifs/a")
    effects: list[Verdict] = [finding("b.y/bad", "mine", service="cifs/a"), unknown("lost", service="cifs/a")]
    accepted = msgspec.structs.replace(first, waived=waived)
    assert judged([SPN, TICKET], a_x=[first], b_y=effects)[1] == [["spn"]]
    links, problems = judged([SPN, TICKET], a_x=[accepted], b_y=effects)
    assert links == {"spn": (), "mine": (), "lost": ()}
    assert problems == [["mine"], ["spn"]], "the waived one last"
    both = [msgspec.structs.replace(effects[0], waived=waived), effects[1]]
    links, problems = judged([SPN, TICKET], a_x=[accepted], b_y=both)
    assert links == {"spn": (), "mine": ("spn",), "lost": ()}
    assert problems == [["spn"]]
