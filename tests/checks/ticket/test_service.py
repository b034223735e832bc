"""ticket.tgt, ticket.service, ticket.path and ticket.client on hand-made exchanges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, Trust, TrustAnswer, Trusts
from krbcheck.facts.kerberos import (
    Hop,
    KrbError,
    LibkrbTicket,
    LibkrbTickets,
    LibkrbWay,
    Reply,
    ServiceTickets,
    TicketFacts,
    TicketGrant,
    TicketGrants,
    Way,
)
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Site

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE = "alice-hv01$@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1, DC2, TIDC = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com", "tidc.tintri.com"
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
SILENCE = Gap.TIMED_OUT


def seen(value: Reply | Gap, asked: str) -> Observation[Reply]:
    if isinstance(value, Gap):
        return Unobserved(value, "no answer within 2 s", asked, NOW, "alice")
    return Observed(value, asked, NOW, "alice", 0.01)


def ticket(service: str, realm: str) -> TicketFacts:
    return TicketFacts(
        "alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0x40A10000, NOW, NOW + timedelta(hours=10)
    )


TGT = ticket("krbtgt/VMLEVEL.COM", "VMLEVEL.COM")
REFERRAL = ticket("krbtgt/TINTRI.COM", "VMLEVEL.COM")
SERVED = ticket(SPN, "TINTRI.COM")
UNKNOWN_SPN = KrbError(7, NOW)


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice only."""
    return msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])


@pytest.fixture
def unstated(alone: Site) -> Site:
    """With alice only, and no search order."""
    domains = tuple(msgspec.structs.replace(one, forest_search_order=None) for one in alone.domains)
    return msgspec.structs.replace(alone, domains=domains)


# ticket.tgt


def grant(value: Reply | Gap, kdc: str = DC1) -> TicketGrant:
    return TicketGrant("alice", ALICE, kdc, "10.77.0.10", seen(value, f"TGT of {ALICE} at {kdc}"))


def error(code: int) -> KrbError:
    return KrbError(code, NOW)


TGTS = [
    pytest.param([grant(TGT), grant(TGT, DC2)], ["fine"], id="granted-by-both"),
    pytest.param([grant(TGT), grant(SILENCE, DC2)], ["fine", "unknown"], id="one-is-silent"),
    pytest.param([grant(SILENCE), grant(SILENCE, DC2)], ["unknown"], id="both-are-silent"),
    pytest.param([], ["unknown"], id="nobody-was-asked"),
    pytest.param([grant(error(24)), grant(Gap.NOT_ALLOWED, DC2)], ["ticket.tgt/wrong-key"], id="wrong-key"),
    pytest.param([grant(error(6)), grant(error(6), DC2)], ["ticket.tgt/unknown-principal"], id="no-account-anywhere"),
    pytest.param([grant(TGT), grant(error(6), DC2)], ["ticket.tgt/unknown-principal"], id="not-replicated"),
    pytest.param([grant(error(18))], ["ticket.tgt/locked-or-disabled"], id="revoked"),
    pytest.param([grant(error(23))], ["ticket.tgt/password-expired"], id="password"),
    pytest.param([grant(error(14))], ["ticket.tgt/no-common-enctype"], id="enctype"),
    pytest.param([grant(error(37))], ["ticket.tgt/clock"], id="clock"),
    pytest.param([grant(error(12))], ["ticket.tgt/restricted"], id="policy"),
    pytest.param([grant(error(60))], ["ticket.tgt/refused"], id="any-other"),
    pytest.param([grant(error(4711))], ["ticket.tgt/refused"], id="a-code-that-nobody-knows"),
    pytest.param(
        [grant(error(24)), grant(error(37), DC2)], ["ticket.tgt/clock", "ticket.tgt/wrong-key"], id="one-of-each"
    ),
    pytest.param([grant(error(24)), grant(SILENCE, DC2)], ["ticket.tgt/wrong-key", "unknown"], id="refused-and-silent"),
]


@pytest.mark.parametrize(("grants", "codes"), TGTS)
def test_a_principal_gets_a_tgt(lines: Lines, alone: Site, grants: Sequence[TicketGrant], codes: list[str]) -> None:
    assert lines("ticket.tgt", TicketGrants(tuple(grants)), of=alone) == [f"{one} alice {ALICE}" for one in codes]


def test_what_nobody_could_ask_from_here_says_why(judged: Judged, cloud: Site) -> None:
    verdicts = judged("ticket.tgt", TicketGrants((grant(TGT),)), of=cloud)
    (other,) = (one for one in verdicts if one.tenant == "bob")
    assert isinstance(other, Unknown)
    assert other.says == "no leg on VLAN 12"


def test_without_a_secret_the_reason_is_told_in_its_own_words(judged: Judged, alone: Site) -> None:
    none = Unobserved(Gap.NO_CREDENTIALS, f"the site names no secret for {ALICE}", "TGT", NOW, "alice")
    (found,) = judged("ticket.tgt", TicketGrants((TicketGrant("alice", ALICE, DC1, "", none),)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == f"the site names no secret for {ALICE}"


def test_the_kdcs_that_refuse_alike_are_one_finding(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.tgt", TicketGrants((grant(error(37)), grant(error(37), DC2))), of=alone)
    assert isinstance(found, Finding)
    assert found.values["kdcs"] == (DC1, DC2)
    assert "KRB_AP_ERR_SKEW (37)" in found.says


def test_a_revoked_account_is_told_with_what_the_directory_knows(judged: Judged, alone: Site) -> None:
    account = Account(
        "CN=alice-hv01", "alice-hv01$", "S-1-5-21-1-2-3-1105", uac=0x1002, expires=NOW - timedelta(days=9)
    )
    told = AccountAnswer("vmlevel.com", DC1, ALICE, Observed(Accounts((account,)), "account", NOW, "station"))
    refused = TicketGrants((grant(KrbError(18, NOW, 0xC0000072)),))
    (found,) = judged("ticket.tgt", refused, Directories(accounts=(told,)), of=alone)
    assert isinstance(found, Finding)
    assert "STATUS_ACCOUNT_DISABLED" in found.says
    assert "disabled in the directory, expired 2026-06-24" in found.says


# ticket.service


def way(*hops: tuple[str, str, str, Reply | Gap], kdc: str = DC1, forest: str = "", loop: bool = False) -> Way:
    """Each hop: the realm, its KDC, what it was asked for, what it said."""
    kept = tuple(
        Hop(realm, host, service, seen(value, f"ticket for {service} at {host}"))
        for realm, host, service, value in hops
    )
    return Way("alice", ALICE, SPN, kdc, forest, kept, loop)


def direct(*values: Reply | Gap, kdc: str = DC1, loop: bool = False) -> Way:
    places = [("VMLEVEL.COM", kdc), ("TINTRI.COM", TIDC), ("FABRIC.COM", "fadc.fabric.com")]
    return way(*((*place, SPN, value) for place, value in zip(places, values, strict=False)), kdc=kdc, loop=loop)


def searched(*values: Reply | Gap, kdc: str = DC1, forest: str = "tintri.com", loop: bool = False) -> Way:
    realm = forest.upper()
    asked = [("VMLEVEL.COM", kdc, f"krbtgt/{realm}"), (realm, f"dc.{forest}", SPN), (realm, f"dc2.{forest}", SPN)]
    hops = [(*one, value) for one, value in zip(asked, values, strict=False)]
    return way(*hops, kdc=kdc, forest=forest, loop=loop)


REFUSED = direct(UNKNOWN_SPN)
BY_ORDER = searched(REFERRAL, SERVED)
SERVICE = [
    pytest.param([direct(REFERRAL, SERVED)], ["fine"], id="found-by-itself"),
    pytest.param([direct(ticket(SPN, "VMLEVEL.COM"))], ["fine"], id="in-its-own-realm"),
    pytest.param([REFUSED, BY_ORDER], ["fine"], id="by-the-stated-search-order"),
    pytest.param(
        [REFUSED, searched(REFERRAL, UNKNOWN_SPN)], ["ticket.service/found-by-none"], id="not-even-by-search-order"
    ),
    pytest.param([REFUSED, searched(UNKNOWN_SPN)], ["ticket.service/found-by-none"], id="no-referral-no-trust"),
    pytest.param([REFUSED], ["ticket.service/spn-unknown"], id="nowhere-else-to-search"),
    pytest.param([direct(REFERRAL, UNKNOWN_SPN)], ["ticket.service/spn-unknown"], id="referred-and-unknown-there"),
    pytest.param([direct(error(12))], ["ticket.service/not-allowed"], id="not-allowed-at-home"),
    pytest.param([direct(REFERRAL, error(12))], ["ticket.service/not-allowed"], id="not-allowed-there"),
    pytest.param([REFUSED, searched(REFERRAL, error(12))], ["ticket.service/not-allowed"], id="not-allowed-by-search"),
    pytest.param([direct(REFERRAL, error(14))], ["ticket.service/no-common-enctype"], id="no-common-enctype"),
    pytest.param([direct(REFERRAL, error(31))], ["ticket.service/refused"], id="any-other"),
    pytest.param([direct(REFERRAL, error(4711))], ["ticket.service/refused"], id="a-code-that-nobody-knows"),
    pytest.param([direct(REFERRAL, TGT, loop=True)], ["ticket.service/loop"], id="a-circle"),
    pytest.param(
        [REFUSED, searched(REFERRAL, ticket("krbtgt/VMLEVEL.COM", "TINTRI.COM"), loop=True)],
        ["ticket.service/loop"],
        id="a-circle-by-search",
    ),
    pytest.param(
        [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2), searched(UNKNOWN_SPN, kdc=DC2)],
        ["ticket.service/by-luck"],
        id="one-kdc-says-yes",
    ),
    pytest.param([direct(REFERRAL, SERVED), direct(SILENCE, kdc=DC2)], ["fine", "unknown"], id="one-kdc-is-silent"),
    pytest.param([direct(SILENCE), direct(SILENCE, kdc=DC2)], ["unknown"], id="both-are-silent"),
    pytest.param([direct(REFERRAL, SILENCE)], ["unknown"], id="silence-there"),
    pytest.param([direct(REFERRAL, SILENCE, SERVED)], ["fine"], id="the-second-kdc-there-answers"),
    pytest.param([REFUSED, searched(REFERRAL, SILENCE)], ["unknown"], id="the-searched-domain-is-silent"),
    pytest.param([], ["unknown"], id="no-tgt"),
]


def subjects(codes: list[str]) -> list[str]:
    return sorted(f"{one} alice {ALICE} for {SPN}" for one in codes)


@pytest.mark.parametrize(("ways", "codes"), SERVICE)
def test_a_service_ticket_is_found_as_a_windows_host_asks(
    lines: Lines, alone: Site, ways: Sequence[Way], codes: list[str]
) -> None:
    assert lines("ticket.service", ServiceTickets(tuple(ways)), of=alone) == subjects(codes)


UNSTATED = [
    pytest.param([direct(REFERRAL, SERVED)], ["fine"], id="found-by-itself"),
    pytest.param([REFUSED, BY_ORDER], ["ticket.service/needs-search-order"], id="a-search-order-would-find-it"),
    pytest.param([REFUSED, searched(REFERRAL, UNKNOWN_SPN)], ["ticket.service/found-by-none"], id="not-even-so"),
    pytest.param([REFUSED, searched(REFERRAL, SILENCE)], ["unknown"], id="the-other-domain-is-silent"),
    pytest.param(
        [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2), searched(REFERRAL, SERVED, kdc=DC2)],
        ["ticket.service/by-luck"],
        id="the-other-kdc-would-need-it",
    ),
]


@pytest.mark.parametrize(("ways", "codes"), UNSTATED)
def test_a_search_order_that_is_not_stated_finds_nothing(
    lines: Lines, unstated: Site, ways: Sequence[Way], codes: list[str]
) -> None:
    assert lines("ticket.service", ServiceTickets(tuple(ways)), of=unstated) == subjects(codes)


def test_without_a_tgt_its_reason_is_the_reason(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.service", TicketGrants((grant(error(24)),)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says.startswith("no TGT: ")
    assert "KDC_ERR_PREAUTH_FAILED (24)" in found.says


def test_a_kdc_that_was_spared_is_not_the_reason_where_another_refused(judged: Judged, alone: Site) -> None:
    spared = grant(Gap.NOT_ALLOWED, DC2)
    (found,) = judged("ticket.service", TicketGrants((spared, grant(error(24)))), of=alone)
    assert isinstance(found, Unknown)
    assert "KDC_ERR_PREAUTH_FAILED (24)" in found.says
    (found,) = judged("ticket.service", TicketGrants((spared,)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == "no TGT: no answer within 2 s"


def test_a_missing_secret_is_the_reason_in_its_own_words(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.service", TicketGrants((grant(Gap.NO_CREDENTIALS),)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == "no answer within 2 s"


def test_from_where_nothing_was_asked_the_reason_is_the_place(judged: Judged, cloud: Site) -> None:
    verdicts = judged("ticket.service", ServiceTickets((direct(REFERRAL, SERVED),)), of=cloud)
    assert {one.says for one in verdicts if isinstance(one, Unknown)} == {"no leg on VLAN 12"}


def test_a_code_of_the_last_kdc_is_told_with_who_said_it(judged: Judged, alone: Site) -> None:
    refused = KrbError(12, NOW, 0xC0000413)
    (found,) = judged("ticket.service", ServiceTickets((direct(REFERRAL, refused),)), of=alone)
    assert isinstance(found, Finding)
    assert found.says.startswith(f"{TIDC} does not let {ALICE} have a ticket")
    assert "STATUS_AUTHENTICATION_FIREWALL_FAILED" in found.says
    (found,) = judged("ticket.service", ServiceTickets((direct(error(4711)),)), of=alone)
    assert isinstance(found, Finding)
    assert found.remedy == "krbcheck explain 4711"


def test_what_is_found_says_by_which_way(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.service", ServiceTickets((REFUSED, BY_ORDER)), of=alone)
    assert found.because[0] == "found by search order: VMLEVEL.COM (vmdc1) -> TINTRI.COM (dc)"


MERGED = [
    pytest.param([direct(REFERRAL, SERVED)], [direct(SILENCE)], ["fine"], id="one-met-silence"),
    pytest.param([REFUSED, BY_ORDER], [REFUSED, searched(REFERRAL, SILENCE)], ["fine"], id="the-search-met-silence"),
    pytest.param(
        [REFUSED, searched(REFERRAL, UNKNOWN_SPN)],
        [REFUSED, searched(REFERRAL, SILENCE)],
        ["ticket.service/found-by-none"],
        id="found-by-none-and-silence",
    ),
    pytest.param([REFUSED, BY_ORDER], [REFUSED, BY_ORDER], ["fine"], id="the-same-twice"),
    pytest.param(
        [direct(REFERRAL, error(12))], [direct(REFERRAL, error(12))], ["ticket.service/not-allowed"], id="refused-twice"
    ),
]


@pytest.mark.parametrize(("one", "other", "codes"), MERGED)
def test_two_collections_of_a_tenant_are_judged_as_one(
    lines: Lines, alone: Site, one: Sequence[Way], other: Sequence[Way], codes: list[str]
) -> None:
    first: dict[type[Facts], Facts] = {ServiceTickets: ServiceTickets(tuple(one))}
    second: dict[type[Facts], Facts] = {ServiceTickets: ServiceTickets(tuple(other))}
    for both in ((first, second), (second, first)):
        assert lines("ticket.service", *merge(both).values(), of=alone) == subjects(codes)


def test_two_collections_of_tgts_are_judged_as_one(lines: Lines, alone: Site) -> None:
    first: dict[type[Facts], Facts] = {TicketGrants: TicketGrants((grant(TGT), grant(SILENCE, DC2)))}
    second: dict[type[Facts], Facts] = {TicketGrants: TicketGrants((grant(SILENCE), grant(TGT, DC2)))}
    assert lines("ticket.tgt", *merge((first, second)).values(), of=alone) == [f"fine alice {ALICE}"]


# ticket.path


def trusting(*partners: str) -> Directories:
    found = Trusts(tuple(Trust(one, "X", "S-1-5-21-1", 3, 2, 0) for one in partners))
    return Directories(trusts=(TrustAnswer("vmlevel.com", DC1, Observed(found, "trusts", NOW, "station")),))


DETOUR = way(
    ("VMLEVEL.COM", DC1, SPN, ticket("krbtgt/CORP.COM", "VMLEVEL.COM")),
    ("CORP.COM", "dc.corp.com", SPN, ticket("krbtgt/TINTRI.COM", "CORP.COM")),
    ("TINTRI.COM", TIDC, SPN, SERVED),
)


@pytest.mark.parametrize(
    ("ways", "directories", "code"),
    [
        pytest.param([direct(REFERRAL, SERVED)], trusting("tintri.com"), "ticket.path/path", id="straight"),
        pytest.param([DETOUR], trusting("corp.com"), "ticket.path/path", id="there-is-no-shorter-one"),
        pytest.param([DETOUR], trusting("corp.com", "tintri.com"), "ticket.path/long-path", id="a-detour"),
        pytest.param([direct(UNKNOWN_SPN)], trusting(), "unknown", id="no-ticket"),
        pytest.param([], trusting(), "unknown", id="nobody-was-asked"),
    ],
)
def test_the_way_is_told(lines: Lines, alone: Site, ways: Sequence[Way], directories: Directories, code: str) -> None:
    assert lines("ticket.path", ServiceTickets(tuple(ways)), directories, of=alone) == [f"{code} alice {SPN}"]


def test_a_way_that_many_take_is_told_once(lines: Lines, alone: Site) -> None:
    same = ServiceTickets((direct(REFERRAL, SERVED), direct(REFERRAL, SERVED)))
    assert lines("ticket.path", same, of=alone) == [f"ticket.path/path alice {SPN}"]


# ticket.client


def library(value: LibkrbTicket | Gap) -> LibkrbTickets:
    asked = f"libkrb5 for {SPN}"
    if isinstance(value, Gap):
        return LibkrbTickets((LibkrbWay("alice", ALICE, SPN, Unobserved(value, "took too long", asked, NOW, "alice")),))
    return LibkrbTickets((LibkrbWay("alice", ALICE, SPN, Observed(value, asked, NOW, "alice")),))


FROM_TINTRI, NOT_FOUND = LibkrbTicket(True, "TINTRI.COM"), LibkrbTicket(False, code=7, message="Server not found")
CLIENT = [
    pytest.param(library(FROM_TINTRI), [direct(REFERRAL, SERVED)], "fine", id="both-find-it"),
    pytest.param(library(NOT_FOUND), [REFUSED, searched(UNKNOWN_SPN)], "fine", id="neither-finds-it"),
    pytest.param(library(FROM_TINTRI), [REFUSED, searched(UNKNOWN_SPN)], "ticket.client/masked", id="masked"),
    pytest.param(library(NOT_FOUND), [direct(REFERRAL, SERVED)], "ticket.client/differs", id="the-library-fails"),
    pytest.param(
        library(LibkrbTicket(True, "FABRIC.COM")),
        [direct(REFERRAL, SERVED)],
        "ticket.client/differs",
        id="another-realm",
    ),
    pytest.param(
        library(FROM_TINTRI), [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2)], "fine", id="by-luck-and-found"
    ),
    pytest.param(
        library(NOT_FOUND), [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2)], "fine", id="by-luck-and-not-found"
    ),
    pytest.param(library(SILENCE), [direct(REFERRAL, SERVED)], "unknown", id="the-library-hangs"),
    pytest.param(library(FROM_TINTRI), [direct(SILENCE)], "unknown", id="the-kdc-is-silent"),
    pytest.param(LibkrbTickets(), [], "unknown", id="nobody-was-asked"),
]


@pytest.mark.parametrize(("libkrb", "ways", "code"), CLIENT)
def test_the_library_is_held_against_the_windows_way(
    lines: Lines, alone: Site, libkrb: LibkrbTickets, ways: Sequence[Way], code: str
) -> None:
    assert lines("ticket.client", libkrb, ServiceTickets(tuple(ways)), of=alone) == subjects([code])


def test_a_search_order_that_is_not_stated_is_masked_by_the_library(lines: Lines, unstated: Site) -> None:
    ways = ServiceTickets((REFUSED, BY_ORDER))
    assert lines("ticket.client", library(FROM_TINTRI), ways, of=unstated) == subjects(["ticket.client/masked"])


def test_vantages_of_two_hosts_do_not_contradict(lines: Lines, cloud: Site) -> None:
    """Alice's host had no leg to bob, bob's host asked for him: his answers count."""
    points = Vantages(
        (VantagePoint("bob", "alice-hv01", "", "no address"), VantagePoint("bob", "bob-hv01", "10.77.12.101"))
    )
    bobs = "bob-hv01$@VMLEVEL.COM"
    granted = TicketGrant("bob", bobs, DC1, "10.77.0.10", seen(TGT, "TGT"))
    assert f"fine bob {bobs}" in lines("ticket.tgt", TicketGrants((granted,)), points, of=cloud)
