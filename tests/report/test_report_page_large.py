"""The report of two hundred tenants is read on four screens of a terminal."""

from __future__ import annotations

import io

import pytest

from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown
from krbcheck.report.report import Report, assemble
from krbcheck.report.report_page import render
from krbcheck.site.stated import Site, Tenant
from krbcheck.windows.remedy import looks
from tests.support.reports import AT, checked

TENANTS = [f"t{number}" for number in range(200)]
FOUR_SCREENS = 4 * 40


@pytest.fixture(scope="module")
def report() -> Report:
    """Every tenant has a problem of its own, a note, and an undetermined result with its name in the reason."""
    missing = [
        Finding(
            "smb.share/no-such-share", Severity.ERROR, f"{name}VMs", f"{name}VMs does not exist",
            (looks(f"Get-SmbShare {name}VMs"),), name, {"found": "absent"},
        )
        for name in TENANTS
    ]  # fmt: skip
    notes = [
        Finding("ticket.path/path", Severity.NOTE, name, f"The tickets of {name} pass TINTRI.COM", (), name)
        for name in TENANTS
    ]
    silent = [
        Unknown(f"{name}-hv1$@VM.COM", f"no directory contains {name}-hv1$@VM.COM; {name}'s was not read", name)
        for name in TENANTS
    ]
    points = [VantagePoint(name, "station", f"10.0.{number}.9") for number, name in enumerate(TENANTS[:190])]
    points += [VantagePoint(name, "station", "", f"no address of {name}") for name in TENANTS[190:]]
    seen: list[tuple[str, Observation[DnsAnswer]]] = [
        (name, Observed(DnsAnswer("NOERROR"), f"A of {name}", AT, name)) for name in TENANTS[:190]
    ]
    seen.append(("t7", Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "A of x", AT, "t7")))
    names = NameAnswers(tuple(NameAnswer(name, name, "A", "10.0.0.1", each) for name, each in seen))
    checks = [
        checked("smb.share", "Every share exists", *missing),
        checked("ticket.path", "The path of tickets", *notes),
        checked("ticket.tgt", "Every host gets a TGT", *silent),
        checked("dns.resolves", "Every name resolves", Fine("x")),
    ]
    site = Site("large.yaml", (), (), tuple(map(Tenant, TENANTS)))
    return assemble(site, checks, {Vantages: Vantages(tuple(points)), NameAnswers: names}, started=AT, seconds=60.0)


def lines(report: Report, width: int) -> list[str]:
    stream = io.StringIO()
    render(report, stream, {}, width=width)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100])
def test_it_fits_on_four_screens(report: Report, width: int) -> None:
    shown = lines(report, width)
    assert len(shown) <= FOUR_SCREENS
    assert max(map(len, shown)) <= width


def test_what_is_folded_is_counted(report: Report) -> None:
    shown = " ".join(" ".join(lines(report, 100)).split())
    assert "(199 more reasons of this kind: 200 results in all)" in shown
    assert "no directory contains t0-hv1$@VM.COM; t0's was not read" in shown
    assert "t105, t106, t107, t108 and 188 more" in shown
    assert "… and 197 more, in the JSON report" in shown
    assert "190 tenants 191 from station, each tenant from its own address; without answer: t7 1" in shown
    assert "t197 not queried: no address of t197" in shown
    assert "2 more not queried, in the JSON report" in shown
