"""Which KDC is asked for the TGT of which principal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.collectors.kerberos.grants import ticket_grants
from krbcheck.credentials.wallet import Granted, Wallet
from krbcheck.facts.kerberos import KrbError, Reply
from krbcheck.facts.lockouts import Lockouts
from krbcheck.facts.names import Controller, ControllerGap, Controllers
from krbcheck.facts.observation import Gap, NoAnswer, Unobserved
from krbcheck.site.stated import Site
from tests.support import ticket_asking
from tests.support.ticket_asking import KNOWN, THIS_HOST, drive, tgt

wallet = ticket_asking.wallet

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
DC2 = Controller("vmlevel.com", "vmdc2.vmlevel.com", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")
TIDC2 = Controller("tintri.com", "tidc2.tintri.com", "10.77.0.21")
Said = Granted[Reply] | KrbError | Gap


def test_each_kdc_is_asked_after_the_other(cloud: Site, wallet: Wallet) -> None:
    """One round for each KDC: what one refuses is known before the next is asked."""
    found, rounds = drive(
        ticket_grants(cloud, THIS_HOST, wallet, KNOWN, Lockouts()), lambda host, _: tgt("VMLEVEL.COM")
    )
    assert rounds == [[(DC1.host, ALICE)], [(DC2.host, ALICE)]]
    assert [(grant.tenant, grant.principal, grant.host) for grant in found.grants] == [
        ("alice", ALICE, DC1.host),
        ("alice", ALICE, DC2.host),
    ], "bob cannot be asked for from here"
    assert wallet.ticket(ALICE, "krbtgt/VMLEVEL.COM", DC2.host) is not None


@pytest.mark.parametrize("code", [18, 23, 24])
def test_what_a_kdc_refused_is_not_offered_again(cloud: Site, wallet: Wallet, code: int) -> None:
    drive(ticket_grants(cloud, THIS_HOST, wallet, KNOWN, Lockouts()), lambda host, _: KrbError(code, NOW))
    with pytest.raises(NoAnswer, match="rejected the credential") as raised:
        wallet.credential(ALICE)
    assert raised.value.gap is Gap.NOT_ALLOWED
    assert DC1.host in raised.value.detail


@pytest.mark.parametrize("code", [6, 14, 37, 60])
def test_what_is_not_the_credentials_fault_is_tried_elsewhere(cloud: Site, wallet: Wallet, code: int) -> None:
    drive(ticket_grants(cloud, THIS_HOST, wallet, KNOWN, Lockouts()), lambda host, _: KrbError(code, NOW))
    assert wallet.credential(ALICE)


def test_without_a_controller_the_reason_is_kept(cloud: Site, wallet: Wallet) -> None:
    nowhere = Controllers((), (ControllerGap("vmlevel.com", "", "NXDOMAIN of 10.77.0.1"),))
    found, _ = drive(ticket_grants(cloud, THIS_HOST, wallet, nowhere, Lockouts()), lambda host, _: Gap.TIMED_OUT)
    (grant,) = found.grants
    assert isinstance(grant.seen, Unobserved)
    assert "NXDOMAIN of 10.77.0.1" in grant.seen.detail
    assert (grant.host, grant.address) == ("", "")
