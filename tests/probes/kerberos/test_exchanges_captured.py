"""TGS exchanges of the lab again, across its trust: the KDCs' answers to this run's requests, whole and changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from impacket.krb5 import crypto

from krbcheck.facts.observation import Gap
from tests.support.captures import capture, replayed
from tests.support.gaps import NO_ANSWERS, gap_of
from tests.support.kdc import Serve
from tests.support.kdc_replay import KdcReplay

S_PRINCIPAL_UNKNOWN, AES256 = 7, 18
TIMES = {"authtime", "endtime"}
EXCHANGES = pytest.mark.parametrize("name", ["referral", "service-ticket"])
Change = Callable[[Any], None]


def without_times(found: Any) -> Any:
    return {name: value for name, value in found.items() if name not in TIMES}


@EXCHANGES
def test_a_ticket_of_the_lab_is_read_as_it_was(serve: Serve, name: str) -> None:
    peer = KdcReplay(name)
    found = replayed(name, serve(peer))
    assert without_times(found) == without_times(capture(name).returned)
    assert len(peer.requests) == 1


def test_the_hosts_domain_refers_to_the_storages(serve: Serve) -> None:
    found = replayed("referral", serve(KdcReplay("referral")))
    assert (found["service"], found["realm"], found["client"]) == ("krbtgt/TINTRI.COM", "VMLEVEL.COM", "alice-hv01$")
    assert (found["etype"], found["session_etype"]) == (AES256, AES256)


def test_the_storages_domain_issues_its_ticket_for_the_referral(serve: Serve) -> None:
    found = replayed("service-ticket", serve(KdcReplay("service-ticket")))
    assert (found["service"], found["realm"]) == ("cifs/vmstore-alice.tintri.com", "TINTRI.COM")
    assert (found["client"], found["client_realm"]) == ("alice-hv01$", "VMLEVEL.COM")


def test_a_kdc_that_accepts_the_referral_knows_no_such_service(serve: Serve) -> None:
    """It must open the referral before it looks for the service: that it answers 7 proves the trust."""
    found = replayed("trust-probe", serve(KdcReplay("trust-probe")))
    assert found == capture("trust-probe").returned
    assert (found["code"], found["realm"]) == (S_PRINCIPAL_UNKNOWN, "TINTRI.COM")


def other_nonce(part: Any) -> None:
    part["nonce"] = int(part["nonce"]) ^ 1


def other_realm(part: Any) -> None:
    part["srealm"] = "EVIL.COM"


def other_service(part: Any) -> None:
    part["sname"]["name-string"][0] = "host"


def other_authtime(part: Any) -> None:
    part["authtime"] = "20260101000000Z"


def long_ago(part: Any) -> None:
    part["endtime"] = "20260101000000Z"


def other_client(reply: Any) -> None:
    reply["cname"]["name-string"][0] = "Administrator"


def other_client_realm(reply: Any) -> None:
    reply["crealm"] = "EVIL.COM"


def other_ticket(reply: Any) -> None:
    reply["ticket"]["sname"]["name-string"][0] = "host"


@EXCHANGES
@pytest.mark.parametrize("change", [other_nonce, other_realm, other_service, other_authtime, long_ago])
def test_a_part_that_answers_another_request_is_no_answer(serve: Serve, name: str, change: Change) -> None:
    refused(serve, KdcReplay(name, disclose=change))


@EXCHANGES
@pytest.mark.parametrize("change", [other_client, other_client_realm, other_ticket])
def test_a_reply_that_was_changed_on_the_way_is_no_answer(serve: Serve, name: str, change: Change) -> None:
    refused(serve, KdcReplay(name, spoil=change))


@EXCHANGES
def test_a_reply_of_another_key_is_no_answer(serve: Serve, name: str) -> None:
    refused(serve, KdcReplay(name, key=crypto.Key(AES256, bytes(32))))


def refused(serve: Serve, peer: KdcReplay) -> None:
    with pytest.raises(NO_ANSWERS) as none:
        replayed(peer.name, serve(peer))
    assert gap_of(none.value) is Gap.MALFORMED
    assert len(peer.requests) == 1
