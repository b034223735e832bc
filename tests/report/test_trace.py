"""A trace on hand-made exchanges: the tree, the line that says where it breaks, what steers no terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from krbcheck.facts.kerberos import (
    Hop,
    KrbError,
    LibkrbAttempt,
    LibkrbTicket,
    LibkrbTickets,
    Reply,
    ServiceTickets,
    TicketFacts,
    TicketGrant,
    TicketGrants,
    TicketPath,
)
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging import registry
from krbcheck.judging.judge import judge
from krbcheck.report.formats.json import encode
from krbcheck.report.trace import SERVICE, TGT, Outcome, Trace, assemble
from krbcheck.report.trace_page import render
from krbcheck.site.stated import Site
from tests.support import policy

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, SPN = "alice-hv01$@VMLEVEL.COM", "cifs/vmstore-alice.tintri.com"
DC1, DC2, TIDC = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com", "tidc.tintri.com"
Traced = Callable[..., Trace]


def seen(value: Reply | None) -> Observation[Reply]:
    if value is None:
        return Unobserved(Gap.TIMED_OUT, "no answer within 2 s", "asked", NOW, "alice", 2.0)
    return Observed(value, "asked", NOW, "alice", 0.012)


def ticket(service: str, realm: str, etype: int = 18) -> TicketFacts:
    return TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, etype, 18, 2, 0, NOW, NOW + timedelta(hours=1))


OWN, REFERRAL, SERVED = (
    ticket("krbtgt/VMLEVEL.COM", "VMLEVEL.COM"),
    ticket("krbtgt/TINTRI.COM", "VMLEVEL.COM"),
    ticket(SPN, "TINTRI.COM"),
)
UNKNOWN = KrbError(7)


def grants(*values: Reply | None) -> TicketGrants:
    kdcs = ((DC1, "10.77.0.10"), (DC2, "10.77.0.11"))
    return TicketGrants(
        tuple(TicketGrant("alice", ALICE, *kdc, seen(entry)) for kdc, entry in zip(kdcs, values, strict=False))
    )


def direct(*values: Reply | None, kdc: str = DC1, loop: bool = False) -> TicketPath:
    places = (("VMLEVEL.COM", kdc), ("TINTRI.COM", TIDC), ("TINTRI.COM", "tidc2.tintri.com"))
    hops = tuple(Hop(*position, SPN, seen(entry)) for position, entry in zip(places, values, strict=False))
    return TicketPath("alice", ALICE, SPN, kdc, "", hops, loop)


def searched(*values: Reply | None, kdc: str = DC1, forest: str = "tintri.com") -> TicketPath:
    realm = forest.upper()
    asked = (("VMLEVEL.COM", kdc, f"krbtgt/{realm}"), (realm, f"dc.{forest}", SPN))
    hops = tuple(Hop(*entry, seen(value)) for entry, value in zip(asked, values, strict=False))
    return TicketPath("alice", ALICE, SPN, kdc, forest, hops)


@dataclass(frozen=True)
class Asked:
    site: Site
    principal: str = ALICE
    service: str = SPN
    order: tuple[str, ...] = ("tintri.com",)


@pytest.fixture
def traced(cloud: Site) -> Traced:
    site = msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])

    def made(*families: Facts) -> Trace:
        checks = [registry.load()[name] for name in (TGT, SERVICE)]
        facts: dict[type[Facts], Facts] = {kind: kind() for check in checks for kind in check.families}
        facts[Vantages] = Vantages((VantagePoint("alice", "station", "10.77.11.9"),))
        facts |= {type(entry): entry for entry in (*EVIDENCE, *families)}
        judged = judge(site, facts, checks)
        assert not any(entry.crash for entry in judged)
        return assemble(Asked(site), judged, facts, vantage="alice", source="10.77.11.9", started=NOW, seconds=0.4)

    return made


def page(trace: Trace) -> str:
    stream = io.StringIO()
    render(trace, stream, {}, width=120)
    return stream.getvalue()


EVIDENCE: tuple[Facts, ...] = (
    policy.policies({DC1: policy.Made.healthy, DC2: policy.Made.healthy}),
    policy.directories(),
)
"""Both policies at both controllers, and the global catalog of the storage's forest."""
BOTH = grants(OWN, OWN)
CASES = [
    pytest.param(BOTH, [direct(REFERRAL, SERVED)], Outcome.TICKET, "", id="referred-by-itself"),
    pytest.param(BOTH, [direct(UNKNOWN), searched(REFERRAL, SERVED)], Outcome.TICKET, "", id="by-search-order"),
    pytest.param(
        BOTH,
        [direct(UNKNOWN), searched(REFERRAL, SERVED, forest="fabric.com")],
        Outcome.NO_TICKET,
        "ticket.service/needs-search-order",
        id="by-an-order-that-is-not-stated",
    ),
    pytest.param(
        BOTH,
        [direct(UNKNOWN), searched(REFERRAL, KrbError(31))],
        Outcome.NO_TICKET,
        "ticket.service/refused",
        id="refused-there",
    ),
    pytest.param(BOTH, [direct(REFERRAL, OWN, loop=True)], Outcome.NO_TICKET, "ticket.service/loop", id="a-circle"),
    pytest.param(
        BOTH,
        [direct(REFERRAL, SERVED), direct(KrbError(12), kdc=DC2)],
        Outcome.BY_LUCK,
        "ticket.service/by-luck",
        id="one-kdc-says-no",
    ),
    pytest.param(BOTH, [direct(REFERRAL, None)], Outcome.UNKNOWN, "", id="silence-there"),
    pytest.param(grants(None, None), [], Outcome.UNKNOWN, "", id="silence-at-home"),
    pytest.param(grants(OWN, None), [direct(REFERRAL, SERVED)], Outcome.UNKNOWN, "", id="one-kdc-silent"),
    pytest.param(grants(KrbError(24)), [], Outcome.NO_TICKET, "ticket.tgt/wrong-key", id="no-tgt"),
    pytest.param(
        grants(OWN, KrbError(6)),
        [direct(REFERRAL, SERVED)],
        Outcome.BY_LUCK,
        "ticket.tgt/unknown-principal",
        id="one-kdc-does-not-know-the-account",
    ),
    pytest.param(TicketGrants(), [], Outcome.UNKNOWN, "", id="nobody-was-asked"),
]


@pytest.mark.parametrize(("granted", "paths", "outcome", "code"), CASES)
def test_a_trace_ends_as_the_checks_judge(
    traced: Traced, granted: TicketGrants, paths: list[TicketPath], outcome: Outcome, code: str
) -> None:
    trace = traced(granted, ServiceTickets(tuple(paths)))
    assert (trace.outcome, trace.code) == (outcome, code)
    assert bool(trace.breaks) == (outcome is not Outcome.TICKET)
    assert bool(trace.remedy) == bool(code)


def test_the_tree_has_every_hop_with_what_led_there(traced: Traced) -> None:
    trace = traced(grants(OWN), ServiceTickets((direct(UNKNOWN), searched(REFERRAL, SERVED))))
    lines = page(trace).splitlines()
    start = lines.index("vmdc1.vmlevel.com (10.77.0.10)") + 1
    assert lines[start : start + 5] == [
        "├─ VMLEVEL.COM vmdc1: TGT → ticket of VMLEVEL.COM, AES256, key version 2 (12 ms)",
        "├─ a KDC of the own realm, to which every host sends its first request",
        f"│  └─ VMLEVEL.COM vmdc1: {SPN} → KDC_ERR_S_PRINCIPAL_UNKNOWN (7) (12 ms)",
        "└─ tintri.com: the search order that the site states",
        "   ├─ VMLEVEL.COM vmdc1: krbtgt/TINTRI.COM → referral to TINTRI.COM, AES256, key version 2 (12 ms)",
    ]
    last = " ".join(" ".join(lines[start + 5 : start + 7]).split())
    assert last.startswith(f"└─ TINTRI.COM dc: {SPN} → ticket of TINTRI.COM, AES256, key version 2 (12 ms, ")
    assert last.endswith(f"referred by {DC1}, over the trust)")


def test_each_kdc_has_its_own_ways(traced: Traced) -> None:
    trace = traced(BOTH, ServiceTickets((direct(REFERRAL, SERVED), direct(KrbError(12), kdc=DC2))))
    assert [[attempt.found for attempt in kdc.attempts] for kdc in trace.kdcs] == [[True], [False]]


@pytest.mark.parametrize("served", [SERVED, UNKNOWN], ids=["found", "not-found"])
def test_both_halves_of_the_policy_are_told_and_no_exchange_twice(traced: Traced, served: Reply) -> None:
    trace = traced(grants(OWN), ServiceTickets((direct(UNKNOWN), searched(REFERRAL, served))))
    expected = [f"Kerberos client policy for {ALICE}", f"KDC policy for {DC1}"] if served is SERVED else []
    assert [policy.about for policy in trace.policy] == expected
    shown = page(trace).replace("\n           ", " ")
    assert all(f"{policy.about}: {policy.says}" in shown for policy in trace.policy)


def test_a_silent_kdc_and_the_next_one_are_both_told(traced: Traced) -> None:
    (kdc,) = traced(grants(OWN), ServiceTickets((direct(REFERRAL, None, SERVED),))).kdcs
    assert [(step.came, step.because) for step in kdc.attempts[0].steps] == [
        ("referral", ""),
        ("silence", f"referred by {DC1}, over the trust"),
        ("ticket", f"{TIDC} was silent"),
    ]


def test_each_error_is_explained_once(traced: Traced) -> None:
    text = page(traced(BOTH, ServiceTickets((direct(UNKNOWN), direct(UNKNOWN, kdc=DC2)))))
    assert text.count("this KDC finds the SPN neither in its domain nor across its trusts") == 1


def library(ok: bool) -> LibkrbTickets:
    said = LibkrbTicket(ok, "TINTRI.COM" if ok else "", message="" if ok else "Server not found in Kerberos database")
    return LibkrbTickets((LibkrbAttempt("alice", ALICE, SPN, Observed(said, "libkrb5", NOW, "alice", 0.03)),))


@pytest.mark.parametrize(
    ("path", "ok", "words"),
    [
        (direct(UNKNOWN), True, "It guesses the realm from the host name"),
        (direct(REFERRAL, SERVED), False, "look at this host's /etc/krb5.conf"),
    ],
    ids=["masks", "fails-where-windows-does-not"],
)
def test_what_libkrb5_does_beside_it_is_told(traced: Traced, path: TicketPath, ok: bool, words: str) -> None:
    assert words in page(traced(grants(OWN), ServiceTickets((path,)), library(ok)))


def test_text_of_a_kdc_steers_no_terminal(traced: Traced) -> None:
    evil = KrbError(60, text="\x1b]0;owned\x07[bold]" + "x" * 5000)
    trace = traced(grants(evil))
    assert "\x1b" not in page(trace)
    assert len(page(trace)) < 5000
    assert b"\x1b" not in encode(trace)
    assert "\x1b]0;owned" in json.loads(encode(trace))["kdcs"][0]["tgt"]["says"]


def test_the_json_form_tells_the_same(traced: Traced) -> None:
    made: dict[str, Any] = json.loads(encode(traced(grants(OWN), ServiceTickets((direct(UNKNOWN),)))))
    assert (made["schema"], made["outcome"], made["code"]) == (2, "no-ticket", "ticket.service/spn-unknown")
    assert made["kdcs"][0]["ways"][0]["steps"][0]["code"] == 7
    assert msgspec.json.decode(msgspec.json.encode(made), type=Trace).service == SPN
