"""A trust is tested with tickets: a referral from each KDC of the hosts' domain, presented to each of the storage's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.collectors.kerberos.trust_tickets import NO_SUCH_SERVICE, pairs, trust_tickets
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import KrbError, ReaderTickets, TicketFacts, TicketGrant, TrustTickets
from krbcheck.facts.names import Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.stated import DataPath, Domain, Principal, Site, Storage, Tenant
from tests.support.ticket_asking import (
    ALICE,
    DC1,
    DC2,
    READER,
    THIS_HOST,
    TIDC,
    TIDC2,
    Answering,
    Said,
    drive,
    granted,
    tgt,
    wallet,
)

__all__ = ["wallet"]
NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
NO_SERVICE, BAD_INTEGRITY = KrbError(7), KrbError(31)
REFERRAL = "krbtgt/TINTRI.COM"
TRUSTED = Controllers((DC1, DC2, TIDC, TIDC2))
KDCS = [DC1.host, DC2.host]


@pytest.fixture
def site() -> Site:
    """Alice's hosts are in one domain and her storage in another; a third domain has both."""
    alice = Tenant(
        "alice",
        data_paths=(DataPath("vmstore-alice.tintri.com", "vmstore"), DataPath("near.vmlevel.com", "near")),
        principals=(Principal(ALICE), Principal("alice-hv02$@VMLEVEL.COM")),
    )
    return Site(
        "lab",
        domains=(Domain("vmlevel.com", account=READER), Domain("tintri.com", account="krbcheck@TINTRI.COM")),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM"), Storage("near", "NEAR$@VMLEVEL.COM")),
        tenants=(alice,),
    )


def outcome(
    site: Site, wallet: Wallet, say: Answering, known: Controllers = TRUSTED
) -> tuple[TrustTickets, list[list[tuple[str, str]]]]:
    granted_tgt = Observed(tgt("VMLEVEL.COM"), "TGT", NOW, "station")
    seen = wallet.keep(granted_tgt, READER, DC1.host)
    readers = ReaderTickets((TicketGrant("", READER, DC1.host, DC1.address, seen),))
    return drive(trust_tickets(site, THIS_HOST, wallet, known, readers), say)


def healthy(host: str, service: str) -> Said:
    return granted(REFERRAL, "VMLEVEL.COM") if host in KDCS else NO_SERVICE


def test_domains_are_paired_once_and_never_with_themselves(site: Site) -> None:
    assert [(home.name, partner.name) for home, partner in pairs(site)] == [("vmlevel.com", "tintri.com")]


def test_each_kdc_is_asked_for_a_referral_that_each_of_the_partner_is_shown(site: Site, wallet: Wallet) -> None:
    found, rounds = outcome(site, wallet, healthy)
    assert rounds == [
        [(host, REFERRAL) for host in KDCS],
        [(far, NO_SUCH_SERVICE) for _ in KDCS for far in (TIDC.host, TIDC2.host)],
    ]
    assert [(proof.kdc, proof.far_kdc) for proof in found.tickets] == [
        (host, far) for host in KDCS for far in (TIDC.host, TIDC2.host)
    ]
    for proof in found.tickets:
        assert (proof.home, proof.partner) == ("vmlevel.com", "tintri.com")
        assert isinstance(proof.seen, Observed)
        assert isinstance(proof.seen.value, TicketFacts)
        assert isinstance(proof.accepted, Observed)
        assert proof.accepted.value == NO_SERVICE


def test_each_far_kdc_has_its_own_answer(site: Site, wallet: Wallet) -> None:
    def say(host: str, service: str) -> Said:
        answers: dict[str, Said] = {TIDC.host: BAD_INTEGRITY, TIDC2.host: Gap.TIMED_OUT}
        return answers.get(host, granted(REFERRAL, "VMLEVEL.COM"))

    found, _ = outcome(site, wallet, say)
    first, second = (proof.accepted for proof in found.tickets[:2])
    assert isinstance(first, Observed)
    assert first.value == BAD_INTEGRITY
    assert isinstance(second, Unobserved)
    assert second.gap is Gap.TIMED_OUT


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(KrbError(7), id="rejected"),
        pytest.param(Gap.TIMED_OUT, id="silent"),
        pytest.param(granted(REFERRAL.replace("TINTRI", "FABRIC"), "VMLEVEL.COM"), id="another-realm"),
        pytest.param(granted("krbtgt/VMLEVEL.COM", "VMLEVEL.COM"), id="own-realm"),
    ],
)
def test_without_a_referral_to_the_partner_nothing_is_shown_to_it(site: Site, wallet: Wallet, said: Said) -> None:
    found, rounds = outcome(site, wallet, lambda host, service: said)
    assert rounds == [[(host, REFERRAL) for host in KDCS]]
    assert [(proof.kdc, proof.far_kdc, proof.accepted) for proof in found.tickets] == [
        (host, "", None) for host in KDCS
    ]


def test_without_a_tgt_of_the_reader_nothing_is_asked(site: Site, wallet: Wallet) -> None:
    silent = Unobserved(Gap.TIMED_OUT, "no answer", "TGT", NOW, "station")
    readers = ReaderTickets((TicketGrant("", READER, DC1.host, DC1.address, silent),))
    found, rounds = drive(trust_tickets(site, THIS_HOST, wallet, TRUSTED, readers), healthy)
    assert (found.tickets, rounds) == ((), [])


def test_a_partner_without_known_controllers_is_still_reported(site: Site, wallet: Wallet) -> None:
    found, rounds = outcome(site, wallet, healthy, Controllers((DC1,)))
    assert rounds == [[(DC1.host, REFERRAL)]]
    assert [(proof.far_kdc, proof.accepted) for proof in found.tickets] == [("", None)]
