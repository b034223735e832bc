"""ticket.enctype: RC4 in service tickets, in TGTs, in session keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from krbcheck.facts.kerberos import (
    Hop,
    KrbError,
    Reply,
    ServiceTickets,
    TicketFacts,
    TicketGrant,
    TicketGrants,
    TicketPath,
)
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import DataPath, Site
from tests.support.remedies import text

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, SPN = "alice-hv01$@VMLEVEL.COM", "cifs/vmstore-alice.tintri.com"
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]


def seen(value: Reply | None) -> Observation[Reply]:
    if value is None:
        return Unobserved(Gap.TIMED_OUT, "no answer within 2 s", "asked", NOW, "alice")
    return Observed(value, "asked", NOW, "alice")


def ticket(service: str, realm: str, etype: int, session: int) -> TicketFacts:
    return TicketFacts(
        "alice-hv01$", "VMLEVEL.COM", service, realm, etype, session, 1, 0, NOW, NOW + timedelta(hours=1)
    )


def grants(*values: Reply | None) -> TicketGrants:
    return TicketGrants(
        tuple(
            TicketGrant("alice", ALICE, f"vmdc{number}", "10.77.0.10", seen(value))
            for number, value in enumerate(values, 1)
        )
    )


def tgt(etype: int = 18, session: int = 18) -> TicketFacts:
    return ticket("krbtgt/VMLEVEL.COM", "VMLEVEL.COM", etype, session)


def paths(*values: Reply | None) -> ServiceTickets:
    return ServiceTickets(
        tuple(
            TicketPath("alice", ALICE, SPN, f"vmdc{number}", "", (Hop("TINTRI.COM", "tidc", SPN, seen(value)),))
            for number, value in enumerate(values, 1)
        )
    )


def service(etype: int = 18, session: int = 18) -> TicketFacts:
    return ticket(SPN, "TINTRI.COM", etype, session)


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice only."""
    return msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])


CASES = [
    pytest.param(grants(tgt()), paths(service()), ["fine", "fine"], id="aes256"),
    pytest.param(grants(tgt(17, 17)), paths(service(17, 17)), ["fine", "fine"], id="aes128"),
    pytest.param(grants(tgt(23)), paths(service()), ["ticket.enctype/rc4", "fine"], id="tgt-in-rc4"),
    pytest.param(grants(tgt(18, 23)), paths(service()), ["ticket.enctype/rc4", "fine"], id="session-key-of-the-tgt"),
    pytest.param(grants(tgt()), paths(service(23)), ["fine", "ticket.enctype/rc4"], id="ticket-in-rc4"),
    pytest.param(grants(tgt()), paths(service(18, 23)), ["fine", "ticket.enctype/rc4"], id="session-key"),
    pytest.param(grants(tgt()), paths(service(24)), ["fine", "ticket.enctype/rc4"], id="rc4-with-56-bits"),
    pytest.param(grants(tgt(3)), paths(service()), ["ticket.enctype/des", "fine"], id="tgt-in-des"),
    pytest.param(grants(tgt()), paths(service(18, 1)), ["fine", "ticket.enctype/des"], id="session-key-in-des"),
    pytest.param(grants(tgt()), paths(service(), service(23)), ["fine", "ticket.enctype/rc4"], id="from-one-kdc"),
    pytest.param(grants(tgt()), paths(None, service()), ["fine", "unknown"], id="one-kdc-silent"),
    pytest.param(grants(tgt()), paths(KrbError(7)), ["fine", "unknown"], id="refused"),
    pytest.param(grants(tgt()), paths(None), ["fine", "unknown"], id="silence"),
    pytest.param(grants(KrbError(24)), ServiceTickets(), ["unknown", "unknown"], id="no-tgt"),
    pytest.param(TicketGrants(), ServiceTickets(), ["unknown", "unknown"], id="nothing-asked"),
]


@pytest.mark.parametrize(("granted", "found", "kinds"), CASES)
def test_no_ticket_rests_on_rc4(
    lines: Lines, alone: Site, granted: TicketGrants, found: ServiceTickets, kinds: list[str]
) -> None:
    expected = sorted(f"{kind} alice {who}" for kind, who in zip(kinds, (ALICE, SPN), strict=True))
    assert lines("ticket.enctype", granted, found, of=alone) == expected


@pytest.mark.parametrize(
    ("granted", "why"),
    [
        (grants(tgt()), "no KDC issued a ticket for it"),
        (grants(KrbError(24)), "no TGT: asked, from alice: KDC_ERR_PRE"),
    ],
    ids=["refused", "no-tgt"],
)
def test_why_there_is_no_ticket_to_look_at(judged: Judged, alone: Site, granted: TicketGrants, why: str) -> None:
    *_, found = judged("ticket.enctype", granted, paths(KrbError(7)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says.startswith(why)


def test_a_referral_is_trust_enctypes_matter(lines: Lines, alone: Site) -> None:
    referral = ticket("krbtgt/TINTRI.COM", "VMLEVEL.COM", 23, 23)
    hops = (Hop("VMLEVEL.COM", "vmdc1", SPN, seen(referral)), Hop("TINTRI.COM", "tidc", SPN, seen(service())))
    through = ServiceTickets((TicketPath("alice", ALICE, SPN, "vmdc1", "", hops),))
    assert lines("ticket.enctype", grants(tgt()), through, of=alone) == [
        f"fine alice {entry}" for entry in (ALICE, SPN)
    ]


def test_the_account_that_lacks_aes_is_named_in_the_remedy(judged: Judged, alone: Site) -> None:
    _, found = judged("ticket.enctype", grants(tgt()), paths(service(23, 23)), of=alone)
    assert isinstance(found, Finding)
    assert found.values["found"] == f"ticket RC4 (23) and session key RC4 (23) (as {ALICE} at vmdc1)"
    assert "-Filter \"sAMAccountName -eq 'VMSTORE$'\" -Server tintri.com | Set-ADObject" in text(found)


def test_an_address_has_no_ticket_to_look_at(lines: Lines, alone: Site) -> None:
    bare = msgspec.structs.replace(alone.tenants[0], data_paths=(DataPath("10.77.11.30", "vmstore"),))
    site = msgspec.structs.replace(alone, tenants=(bare,))
    assert lines("ticket.enctype", grants(tgt()), of=site) == [f"fine alice {ALICE}"]


def test_each_data_path_has_the_tickets_of_its_own(lines: Lines, alone: Site) -> None:
    """Not those of another tenant for the same name, nor of another name."""
    weak, other = paths(service(23)).paths[0], "cifs/vmstore-other.tintri.com"
    two = (DataPath("vmstore-alice.tintri.com", "vmstore"), DataPath("vmstore-other.tintri.com", "vmstore"))
    site = msgspec.structs.replace(alone, tenants=(msgspec.structs.replace(alone.tenants[0], data_paths=two),))
    hop = msgspec.structs.replace(weak.hops[0], service=other)
    of_bob = msgspec.structs.replace(weak, tenant="bob", service=other, hops=(hop,))
    found = ServiceTickets((weak, of_bob))
    assert lines("ticket.enctype", grants(tgt()), found, of=site) == [
        f"fine alice {ALICE}",
        f"ticket.enctype/rc4 alice {SPN}",
        f"unknown alice {other}",
    ]
