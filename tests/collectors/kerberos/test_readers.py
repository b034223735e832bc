"""Which tickets the account that reads a directory requests."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.collectors.kerberos.readers import reader_tickets
from krbcheck.credentials.wallet import Granted, Wallet
from krbcheck.facts.kerberos import KrbError, ReaderTickets, Reply
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Gap
from krbcheck.site.stated import Site
from tests.support import ticket_asking
from tests.support.ticket_asking import KNOWN, THIS_HOST, drive, granted, tgt

wallet = ticket_asking.wallet

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
DC2 = Controller("vmlevel.com", "vmdc2.vmlevel.com", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")
TIDC2 = Controller("tintri.com", "tidc2.tintri.com", "10.77.0.21")
Said = Granted[Reply] | KrbError | Gap


def test_a_reader_asks_the_next_kdc_only_where_one_does_not_grant(cloud: Site, wallet: Wallet) -> None:
    def say(host: str, what: str) -> Said:
        if host == DC1.host:
            return Gap.TIMED_OUT
        return tgt("VMLEVEL.COM") if what == READER else granted(what, "VMLEVEL.COM")

    site = msgspec.structs.replace(cloud, domains=cloud.domains[:1])
    found, rounds = drive(reader_tickets(site, THIS_HOST, wallet, KNOWN), say)
    assert isinstance(found, ReaderTickets)
    assert rounds[:2] == [[(DC1.host, READER)], [(DC2.host, READER)]]
    assert {host for host, _ in rounds[2]} == {DC2.host}, "the KDC that granted is the one to go on with"
    assert {f"ldap/{entry.host}" for entry in (DC1, DC2)} <= {service for _, service in rounds[2]}
    assert wallet.ticket(READER, f"ldap/{DC1.host}") is not None


def test_a_reader_that_gets_no_tgt_asks_for_nothing_else(cloud: Site, wallet: Wallet) -> None:
    found, rounds = drive(reader_tickets(cloud, THIS_HOST, wallet, KNOWN), lambda host, _: KrbError(24, NOW))
    assert found.services == ()
    assert all(what.startswith("krbcheck@") for each in rounds for _, what in each)


def test_a_controller_that_a_kdc_does_not_know_is_requested_from_its_own_kdc(cloud: Site, wallet: Wallet) -> None:
    """A TGT of one KDC is valid at every KDC of its realm: the key of krbtgt is the same."""
    unknown = f"ldap/{DC2.host}"

    def say(host: str, what: str) -> Said:
        if what == READER:
            return tgt("VMLEVEL.COM")
        return KrbError(7, NOW) if (host, what) == (DC1.host, unknown) else granted(what, "VMLEVEL.COM")

    site = msgspec.structs.replace(cloud, domains=cloud.domains[:1])
    found, rounds = drive(reader_tickets(site, THIS_HOST, wallet, KNOWN), say)
    assert rounds[2:] == [[(DC2.host, unknown)]]
    assert [ticket.kdc for ticket in found.services if ticket.service == unknown] == [DC1.host, DC2.host]
    assert wallet.ticket(READER, unknown) is not None


@pytest.mark.parametrize("said", [KrbError(14, NOW), Gap.TIMED_OUT], ids=["another-error", "silence"])
def test_another_failure_is_not_tried_at_another_kdc(cloud: Site, wallet: Wallet, said: Said) -> None:
    site = msgspec.structs.replace(cloud, domains=cloud.domains[:1])
    _, rounds = drive(
        reader_tickets(site, THIS_HOST, wallet, KNOWN), lambda _, what: tgt("VMLEVEL.COM") if what == READER else said
    )
    assert len(rounds) == 2


def test_a_controller_that_its_own_kdc_does_not_know_is_requested_once(cloud: Site, wallet: Wallet) -> None:
    site = msgspec.structs.replace(cloud, domains=cloud.domains[:1])
    _, rounds = drive(
        reader_tickets(site, THIS_HOST, wallet, KNOWN),
        lambda _, what: tgt("VMLEVEL.COM") if what == READER else KrbError(7, NOW),
    )
    assert sorted(rounds[2]) == sorted((DC2.host, f"{kind}/{DC2.host}") for kind in ("ldap", "cifs"))
    assert len(rounds) == 3
    assert wallet.ticket(READER, f"ldap/{DC1.host}") is None
