"""Two reports made by hand: a healthy site, and a bad night."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.judge import CheckReport, outcome
from krbcheck.judging.verdict import Finding, Fine, Outcome, Severity, Unknown, Verdict, unknown
from krbcheck.report.report import Report, assemble
from krbcheck.site.stated import Site, Tenant
from krbcheck.windows.remedy import changes, looks

AT = datetime(2026, 11, 22, 3, 0, 0, tzinfo=UTC)
SITE = Site("cloud.yaml", (), (), (Tenant("alice"), Tenant("bob"), Tenant("carol")))
POLICY = (
    "Computer Configuration\\Policies\\Administrative Templates\\System\\Kerberos\\Use forest search order: enable it, "
    "list tintri.com; likewise under System\\KDC for the controllers of vmlevel.com; then gpupdate /force on the host"
)

DELETE = (
    changes(
        "setspn -D cifs/vmstore-alice.tintri.com OLDNAS$",
        on="a domain controller of tintri.com",
        needs="write access to servicePrincipalName",
        undo="setspn -S cifs/vmstore-alice.tintri.com OLDNAS$",
        verify="setspn -X -F",
        shows="no duplicate of this SPN",
    ),
    changes("klist -li 0x3e7 purge", on="each host of alice", undo_says="hosts request new tickets", interrupts=True,
            caution="the host requests every ticket again"),
)  # fmt: skip
ADD_PTR = (
    "Add-DnsServerResourceRecordPtr -ZoneName 12.77.10.in-addr.arpa -Name 30 -PtrDomainName vmstore-bob.tintri.com"
)


def answered(asked: str, vantage: str, answer: str) -> Reason:
    return Reason(asked=asked, vantage=vantage, at=AT, answer=answer, kind=ReasonKind.OBSERVATION)


def checked(id: str, title: str, *verdicts: Verdict, crash: str = "") -> CheckReport:
    return CheckReport(id, title, outcome(verdicts, crash), 0.001, verdicts, crash)


def facts() -> dict[type[Facts], Facts]:
    points = (
        VantagePoint("alice", "station", "10.77.11.101"),
        VantagePoint("bob", "station", "10.77.12.101"),
        VantagePoint(
            "carol",
            "station",
            "",
            "this host has no address in 10.77.13.0/24: collect on one of carol's hosts "
            "(krbcheck collect SITE --vantage carol --save carol.json)",
        ),
    )
    seen: list[Observation[DnsAnswer]] = [
        Observed(DnsAnswer("NOERROR", ("10.77.11.30",)), "A of vmstore-alice.tintri.com, 10.77.11.1", AT, "alice"),
        Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "A of vmstore-alice.tintri.com, 10.77.0.10", AT, "alice"),
        Observed(DnsAnswer("NOERROR", ("10.77.12.30",)), "A of vmstore-bob.tintri.com, 10.77.12.1", AT, "bob"),
        Observed(DnsAnswer("NOERROR"), "SRV of _kerberos._tcp.vmlevel.com, 10.77.0.10", AT, "station"),
    ]
    names = tuple(NameAnswer("alice", "vmstore", "A", "10.77.0.10", observation) for observation in seen)
    return {Vantages: Vantages(points), NameAnswers: NameAnswers(names)}


def report(checks: Iterable[CheckReport], *, interrupted: bool = False) -> Report:
    return assemble(SITE, list(checks), facts(), started=AT, seconds=2.14, interrupted=interrupted)


def healthy() -> list[CheckReport]:
    alice = Fine(
        "vmstore-alice.tintri.com", "alice", (answered("A of vmstore-alice.tintri.com", "alice", "10.77.11.30"),)
    )
    bob = Fine("vmstore-bob.tintri.com", "bob")
    names = ("address", "agree", "alias", "locator", "port", "resolves", "reverse")
    good = [checked(f"dns.{name}", "Every name is as it should be", alice, bob) for name in names]
    good += [checked("time.skew", "Every clock agrees", Fine("vmdc1"), Fine("vmdc2"))]
    good += [checked(f"spn.{name}", "Every SPN has one owner", alice) for name in ("exists", "owner", "unique")]
    return [*good, checked("backup.path", "Every data path is a name")]


def bad_night() -> list[CheckReport]:
    policy = [
        Finding(
            "ticket.service/needs-search-order",
            Severity.ERROR,
            f"alice-hv0{number}$@VMLEVEL.COM → cifs/vmstore-alice.tintri.com",
            f"alice-hv0{number}$@VMLEVEL.COM gets no ticket for cifs/vmstore-alice.tintri.com: its own KDCs do not "
            "know the name, and no search order sends them to tintri.com",
            (changes(says=POLICY, undo_says="restore the list"),),
            "alice",
            {"expected": "a ticket of TINTRI.COM", "found": "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)"},
            (answered(f"TGS-REQ of alice-hv0{number}$ to vmdc1", "alice", "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)"),),
        )
        for number in (1, 2)
    ]
    duplicate = Finding(
        "spn.unique/duplicate",
        Severity.ERROR,
        "cifs/vmstore-alice.tintri.com",
        "cifs/vmstore-alice.tintri.com is registered more than once: VMSTORE$, OLDNAS$",
        DELETE,
        "alice",
        {"expected": "one owner", "found": "VMSTORE$, OLDNAS$", "accounts": ("VMSTORE$", "OLDNAS$")},
        (answered("SPN search in tintri.com by tidc", "station", "2 accounts"),),
    )
    reverse = Finding(
        "dns.reverse/reverse-differs",
        Severity.WARNING,
        "10.77.12.30",
        "10.77.12.30 is called nas7.tintri.com by its PTR record",
        (changes(ADD_PTR, on="a domain controller of tintri.com", undo=ADD_PTR.replace("Add", "Remove")),),
        "bob",
        {"expected": "vmstore-bob.tintri.com", "found": "nas7.tintri.com"},
    )
    external = Finding(
        "trust.kind/external",
        Severity.NOTE,
        "vmlevel.com → tintri.com",
        "The trust is external",
        (looks("netdom trust tintri.com /domain:vmlevel.com /verify"),),
    )
    why = "this host has no address in 10.77.13.0/24: collect on one of carol's hosts"
    silence = Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "AS-REQ to vmdc2", AT, "alice", of="10.77.0.11:88")
    rest = [entry for entry in healthy() if entry.id not in ("spn.unique", "dns.reverse", "dns.port")]
    return [
        *rest,
        checked("ticket.service", "Every host gets a ticket", *policy, Unknown("carol's hosts", why, "carol")),
        checked("spn.unique", "Every SPN has one owner", duplicate, Fine("cifs/vmstore-bob.tintri.com", "bob")),
        checked("dns.reverse", "Every PTR agrees", reverse),
        checked("trust.kind", "The trust is known", external),
        checked("dns.port", "TCP 445 opens", Unknown("vmstore-carol.tintri.com", why, "carol")),
        checked(
            "ticket.tgt", "Every host gets a TGT", unknown("alice-hv01$@VMLEVEL.COM at vmdc2", silence, tenant="alice")
        ),
        checked("smb.one", "SMB 1 is off", crash="Traceback …\n  File x\nZeroDivisionError: division by zero"),
    ]


@pytest.fixture
def good_report() -> Report:
    made = report(healthy())
    assert {check.outcome for check in made.checks} == {Outcome.PASSED, Outcome.NOT_APPLICABLE}
    return made


@pytest.fixture
def bad_report() -> Report:
    return report(bad_night())


HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J [red]x[/red] [/] <script>alert(1)</script> \u202eevil\u2066 \x9b31m \r\n\x00"
    "\U000e0041\u2028\ud7ff" + "A" * 65536
)


@pytest.fixture
def hostile_report() -> Report:
    """Every text that a server can have a hand in, at its worst."""
    values: dict[str, str | tuple[str, ...]] = {"expected": HOSTILE, "found": (HOSTILE,) * 500}
    bad = Finding(
        "smb.share/no-such-share",
        Severity.ERROR,
        HOSTILE,
        HOSTILE,
        (changes(HOSTILE, says=HOSTILE, on=HOSTILE, needs=HOSTILE, undo=HOSTILE, verify=HOSTILE, caution=HOSTILE),),
        HOSTILE,
        values,
        (answered(HOSTILE, HOSTILE, HOSTILE),) * 500,
    )
    silence = Unobserved(Gap.TIMED_OUT, HOSTILE, HOSTILE, AT, HOSTILE, of=HOSTILE)
    lost = unknown(HOSTILE, silence, HOSTILE, tenant=HOSTILE)
    checks = [checked("smb.share", "Shares", bad, lost), checked("smb.one", "SMB 1", crash=HOSTILE)]
    asked = Vantages((VantagePoint(HOSTILE, HOSTILE, HOSTILE), VantagePoint(HOSTILE + "x", HOSTILE, "", HOSTILE)))
    seen: Observation[DnsAnswer] = Unobserved(Gap.CRASHED, HOSTILE, HOSTILE, AT, HOSTILE)
    names = NameAnswers((NameAnswer(HOSTILE, HOSTILE, "A", HOSTILE, seen),))
    return assemble(SITE, checks, {Vantages: asked, NameAnswers: names}, started=AT, seconds=1.0)


@pytest.fixture
def many_report() -> Report:
    """A hundred subjects of one cause, and forty different reasons to know nothing."""
    bad = [
        Finding("smb.share/no-such-share", Severity.ERROR, f"s{n}", f"s{n} is not there", (looks(says="make it"),))
        for n in range(100)
    ]
    lost = [Unknown(f"s{n}", f"no answer of {n}") for n in range(40)]
    return report([checked("smb.share", "Shares", *bad, *lost)])


@pytest.fixture
def night() -> list[CheckReport]:
    return bad_night()


@pytest.fixture
def made() -> Callable[..., Report]:
    return report


@pytest.fixture
def judged() -> Callable[..., CheckReport]:
    return checked
