"""Which data path is sent NEGOTIATE, and from which address."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from krbcheck.collectors.smb.negotiations import smb_speeches
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.smb import SmbNegotiated, SmbOneReply
from krbcheck.probes.smb import negotiate
from krbcheck.site.stated import (
    DataPath,
    SecretKind,
    SecretSource,
    Site,
)
from tests.support import session_asking
from tests.support.session_asking import THIS_HOST, run

site = session_asking.site

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
HOST, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@TINTRI.COM"
ALICE, SPN = "vmstore-alice.tintri.com", "cifs/vmstore-alice.tintri.com"


def names(*addresses: str) -> NameAnswers:
    seen = Observed(DnsAnswer("NOERROR", addresses=addresses), "asked", AT, "alice")
    return NameAnswers((NameAnswer("alice", ALICE, "A", "10.77.11.1", seen),))


def unstated(site: Site) -> Site:
    """The same without the address of alice's data path."""
    alice = msgspec.structs.replace(site.tenants[0], data_paths=(DataPath(ALICE, "vmstore"),))
    return msgspec.structs.replace(site, tenants=(alice, site.tenants[1]))


def test_each_data_path_with_a_leg_is_asked_in_both_tongues(site: Site) -> None:
    said, entry = SmbNegotiated(0, 0x311), SmbOneReply(closed=True)
    asks, facts = run(smb_speeches(site, THIS_HOST, NameAnswers()), said, entry)
    assert [(ask.call.func, ask.call.args, ask.vantage) for ask in asks] == [
        (negotiate.negotiate, (ALICE, "10.77.11.30", "10.77.11.9", 3.0), "alice"),
        (negotiate.smb_one, ("10.77.11.30", "10.77.11.9", 3.0), "alice"),
    ]
    assert asks[0].service != asks[1].service
    assert [entry.seen.value for entry in facts.newer("alice", ALICE)] == [said]  # type: ignore[attr-defined]
    assert [entry.seen.value for entry in facts.one("alice", ALICE)] == [entry]  # type: ignore[attr-defined]


def test_without_a_stated_address_the_name_leads(site: Site) -> None:
    asks, _ = run(smb_speeches(unstated(site), THIS_HOST, names("10.77.11.31")), 0, 0)
    assert [ask.host for ask in asks] == ["10.77.11.31", "10.77.11.31"]


def test_without_any_address_the_gap_says_so(site: Site) -> None:
    asks, facts = run(smb_speeches(unstated(site), THIS_HOST, NameAnswers()))
    assert asks == []
    (speech,) = facts.newer("alice", ALICE)  # type: ignore[attr-defined]
    assert isinstance(speech.seen, Unobserved)
    assert speech.seen.gap is Gap.NAME_UNKNOWN
