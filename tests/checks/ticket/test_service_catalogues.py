"""ticket.service/by-luck where a KDC that looks in another forest asks one of several global catalogues."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest

from krbcheck.facts.directory import (
    CATALOGUE,
    Account,
    Accounts,
    Directories,
    DomainIdentity,
    IdentityAnswer,
    SpnAnswer,
    Trust,
    TrustAnswer,
    Trusts,
)
from krbcheck.facts.kerberos import Hop, KrbError, Reply, ServiceTickets, TicketFacts, TicketPath
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Principal, Site
from tests.support.remedies import text

AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE, SPN, HOST = "alice-hv01$@VMLEVEL.COM", "cifs/vmstore-alice.tintri.com", "HOST/vmstore-alice.tintri.com"
OWNER = Account("CN=VMSTORE,DC=tintri,DC=com", "VMSTORE$", "S-1-5-21-1-2-3-1103")
Lines = Callable[..., list[str]]


def told(domain: str, host: str, *, has: bool | None, form: str = SPN, catalogue: bool = True) -> SpnAnswer:
    """What a catalogue, or else a directory, says of a form; None is silence."""
    seen: Observation[Accounts] = Observed(Accounts((OWNER,) if has else ()), "owners", AT, "station")
    if has is None:
        seen = Unobserved(Gap.TIMED_OUT, "no answer", "owners", AT, "station")
    return SpnAnswer(domain, host + CATALOGUE * catalogue, SPN, form, seen)


ROOT, CHILD = ("tintri.com", "tidc.tintri.com"), ("emea.tintri.com", "emdc.emea.tintri.com")
HOSTS = ("vmlevel.com", "vmdc1.vmlevel.com")
IDENTITIES = tuple(
    IdentityAnswer(domain, host, Observed(DomainIdentity("X", "S-1", forest), "identity", AT, "station"))
    for (domain, host), forest in ((ROOT, "tintri.com"), (CHILD, "tintri.com"), (HOSTS, "vmlevel.com"))
)
CASES = [
    pytest.param([told(*ROOT, has=True), told(*CHILD, has=True)], "fine", id="all-know-it"),
    pytest.param([told(*ROOT, has=True), told(*CHILD, has=False)], "ticket.service/by-luck", id="one-does-not"),
    pytest.param([told(*ROOT, has=True), told(*CHILD, has=None)], "unknown", id="one-is-silent"),
    pytest.param([told(*ROOT, has=True), told(*HOSTS, has=False)], "fine", id="another-forests-need-not-know-it"),
    pytest.param(
        [told(*ROOT, has=True), told(*CHILD, has=False, catalogue=False)], "fine", id="a-directory-is-no-catalogue"
    ),
    pytest.param(
        [told(*ROOT, has=True), told(*CHILD, has=False), told(*CHILD, has=True, form=HOST)], "fine", id="host-counts"
    ),
    pytest.param(
        [told(*ROOT, has=True), told(*CHILD, has=True, form=f"{SPN}:445")], "fine", id="a-form-with-port-says-nothing"
    ),
    pytest.param(
        [told(*ROOT, has=True), told(*CHILD, has=False), told(*CHILD, has=True)], "fine", id="asked-before-and-after"
    ),
    pytest.param(
        [told(*ROOT, has=True), told(*CHILD, has=True), told(*CHILD, has=False)], "fine", id="asked-after-and-before"
    ),
    pytest.param([told(*ROOT, has=False), told(*CHILD, has=False)], "fine", id="none-knows-it-yet-there-is-a-ticket"),
    pytest.param(
        [told(*ROOT, has=True), told(*CHILD, has=None), told(*CHILD, has=False, form=HOST)],
        "unknown",
        id="silent-about-one-of-two-forms",
    ),
    pytest.param([], "unknown", id="no-catalogue-was-asked"),
]


def ticket_path(end: Reply, kdc: str = "vmdc1") -> TicketPath:
    hop = Hop("TINTRI.COM", "tidc", SPN, Observed(end, "asked", AT, "alice"))
    return TicketPath("alice", ALICE, SPN, kdc, "", (hop,))


SERVED = TicketFacts("alice-hv01$", "VMLEVEL.COM", SPN, "TINTRI.COM", 18, 18, 1, 0, AT, AT)


@pytest.fixture
def alone(cloud: Site) -> Site:
    return msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])


@pytest.mark.parametrize(("spns", "code"), CASES)
def test_catalogues_of_the_storages_forest_must_agree(
    lines: Lines, alone: Site, spns: list[SpnAnswer], code: str
) -> None:
    facts = Directories(identities=IDENTITIES, spns=tuple(spns))
    assert lines("ticket.service", ServiceTickets((ticket_path(SERVED),)), facts, of=alone) == [
        f"{code} alice {ALICE} for {SPN}"
    ]


DIFFER = Directories(identities=IDENTITIES, spns=(told(*ROOT, has=True), told(*CHILD, has=False)))


def test_the_finding_names_both_catalogues_and_what_replicates(
    judged: Callable[..., list[Verdict]], alone: Site
) -> None:
    (found,) = judged("ticket.service", ServiceTickets((ticket_path(SERVED),)), DIFFER, of=alone)
    assert isinstance(found, Finding)
    assert found.says.endswith("the result depends on the global catalog")
    assert "repadmin /showrepl emdc.emea." in text(found)


def test_without_a_ticket_the_catalogues_are_not_what_is_wrong(lines: Lines, alone: Site) -> None:
    (line,) = lines("ticket.service", ServiceTickets((ticket_path(KrbError(12)),)), DIFFER, of=alone)
    assert line.startswith("ticket.service/not-allowed ")


def test_silence_stays_silence_whatever_the_catalogues_say(lines: Lines, alone: Site) -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "alice")
    silent = TicketPath("alice", ALICE, SPN, "vmdc1", "", (Hop("VMLEVEL.COM", "vmdc1", SPN, silence),))
    assert lines("ticket.service", ServiceTickets((silent,)), DIFFER, of=alone) == [f"unknown alice {ALICE} for {SPN}"]


def test_a_kdc_of_the_storages_own_domain_needs_no_catalogue(lines: Lines, alone: Site) -> None:
    local = Principal("filer$@TINTRI.COM")
    site = msgspec.structs.replace(alone, tenants=(msgspec.structs.replace(alone.tenants[0], principals=(local,)),))
    own = msgspec.structs.replace(ticket_path(SERVED), principal=local.name)
    assert lines("ticket.service", ServiceTickets((own,)), DIFFER, of=site) == [f"fine alice {local.name} for {SPN}"]


def referred(*realms: str) -> TicketPath:
    """Issued by KDC referral over these realms."""

    def hop(realm: str, service: str) -> Hop:
        return Hop(realm, "dc", SPN, Observed(msgspec.structs.replace(SERVED, service=service), "asked", AT, "alice"))

    steps = [hop(realm, f"krbtgt/{after}") for realm, after in pairwise(realms)]
    return TicketPath("alice", ALICE, SPN, "vmdc1", "", (*steps, hop(realms[-1], SPN)))


FOREST, EXTERNAL = 0x8, 0x0


@pytest.mark.parametrize(
    ("attributes", "path", "code"),
    [
        pytest.param(FOREST, referred("VMLEVEL.COM", "TINTRI.COM"), "fine", id="by-the-suffixes-of-a-forest-trust"),
        pytest.param(EXTERNAL, referred("VMLEVEL.COM", "TINTRI.COM"), "unknown", id="by-the-search-of-the-kdc"),
        pytest.param(None, referred("VMLEVEL.COM", "TINTRI.COM"), "unknown", id="no-trust-was-read"),
        pytest.param(FOREST, referred("VMLEVEL.COM", "CORP.COM", "TINTRI.COM"), "unknown", id="over-another-domain"),
    ],
)
def test_a_referral_by_name_suffix_uses_no_catalog(
    lines: Lines, alone: Site, attributes: int | None, path: TicketPath, code: str
) -> None:
    trust = Trusts((Trust("tintri.com", "TINTRI", "S-1-5-21-9", 3, 2, attributes or 0),))
    trusts = () if attributes is None else (TrustAnswer("vmlevel.com", "vmdc1", Observed(trust, "q", AT, "station")),)
    facts = Directories(identities=IDENTITIES, spns=(told(*ROOT, has=None),), trusts=trusts)
    assert lines("ticket.service", ServiceTickets((path,)), facts, of=alone) == [f"{code} alice {ALICE} for {SPN}"]


@pytest.mark.parametrize(
    ("members", "code"), [(("tintri.com",), "fine"), (("tintri.com", "fabric.com"), "unknown"), ((), "unknown")]
)
def test_a_catalog_of_an_unread_domain_counts_unless_the_forest_does_not_list_the_domain(
    lines: Lines, alone: Site, members: tuple[str, ...], code: str
) -> None:
    identity = DomainIdentity("X", "S-1", "tintri.com", domains=members)
    root = IdentityAnswer(*ROOT, Observed(identity, "identity", AT, "station"))
    spns = (told(*ROOT, has=True), told("fabric.com", "fadc.fabric.com", has=None))
    facts = Directories(identities=(root, IDENTITIES[2]), spns=spns)
    assert lines("ticket.service", ServiceTickets((ticket_path(SERVED),)), facts, of=alone) == [
        f"{code} alice {ALICE} for {SPN}"
    ]
