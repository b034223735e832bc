"""A reply counts only if it is to our request: its names, realms and times are compared with what was asked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from krbcheck.credentials.wallet import Credential, Granted, KeytabKey, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import AsReply, KeyMismatch
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import exchanges, own_ticket
from krbcheck.probes.kerberos.keys import string_to_key
from krbcheck.probes.kerberos.matching import Asked, verify
from krbcheck.site.stated import SecretKind, SecretSource
from krbcheck.windows import der
from tests.support.kdc import Account, LoopbackKdc

HERE, REALM, ACCOUNT = "127.0.0.1", "VMLEVEL.COM", "alice-hv01$"
PRINCIPAL = f"{ACCOUNT}@{REALM}"
SALT = f"{REALM}hostalice-hv01.vmlevel.com"
FILE = SecretSource(SecretKind.FILE, "secret")
SERVICE = "cifs/fs.vmlevel.com"
NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
Serve = Callable[[Callable[[bytes], bytes | None]], int]


@dataclass
class Confused(LoopbackKdc):
    """Holds every key, and answers another request than the one that came."""

    client: str = ""
    service: str = ""
    answers_as: str = ""

    def reply(
        self, request: Any, kind: int, key: Any, usage: int, client: str, service: str, service_key: bytes
    ) -> bytes:
        own, self.realm = self.realm, self.answers_as or self.realm
        try:
            changed = (self.client or client, self.service or service)
            return super().reply(request, kind, key, usage, *changed, service_key)
        finally:
            self.realm = own


def kdc(**more: Any) -> Confused:
    key = string_to_key(18, b"S3cret", SALT.encode()).reveal()
    return Confused(REALM, {ACCOUNT: Account(SALT, {18: key})}, {SERVICE: secrets.token_bytes(32)}, **more)


def by_password(*, rc4: bool = False) -> Wallet:
    return Wallet({PRINCIPAL: Credential(PRINCIPAL, FILE, password=Secret("S3cret"), rc4=rc4)})


def by_keytab() -> Wallet:
    key = KeytabKey(18, 1, string_to_key(18, b"S3cret", SALT.encode()))
    return Wallet({PRINCIPAL: Credential(PRINCIPAL, FILE, keys=(key,))})


def tgt(port: int, held: Wallet | None = None) -> Granted[AsReply]:
    return exchanges.tgt(held or by_password(), PRINCIPAL, HERE, "", 2.0, port)


def at_once(port: int) -> Granted[AsReply]:
    return exchanges.tgt_at_once(by_keytab(), PRINCIPAL, HERE, "", 2.0, port)


@pytest.mark.parametrize("ask", [tgt, at_once])
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client": "bob-hv01$"}, "client name is bob-hv01"),
        ({"service": "krbtgt/TINTRI.COM"}, "service is krbtgt/TINTRI.COM, not krbtgt/VMLEVEL.COM"),
        ({"service": "kadmin/changepw"}, "service is kadmin/changepw"),
        ({"answers_as": "TINTRI.COM"}, "client realm is TINTRI.COM, not VMLEVEL.COM"),
    ],
)
def test_a_tgt_for_another_request_is_malformed(
    serve: Serve, ask: Callable[[int], Granted[AsReply]], changes: dict[str, str], says: str
) -> None:
    with pytest.raises(NoAnswer, match=says.replace("$", r"\$")) as none:
        ask(serve(kdc(**changes).answer))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("ask", [tgt, at_once])
def test_letter_case_is_the_directorys(serve: Serve, ask: Callable[[int], Granted[AsReply]]) -> None:
    assert ask(serve(kdc(client="ALICE-HV01$", answers_as="vmlevel.com").answer)).tickets


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client": "bob-hv01$"}, "client name"),
        ({"service": "cifs/other.vmlevel.com"}, "service is cifs/other.vmlevel.com"),
        ({"service": "krbtgt/VMLEVEL.COM"}, "service is krbtgt/VMLEVEL.COM"),
        ({"answers_as": "TINTRI.COM"}, "realm is TINTRI.COM"),
    ],
)
def test_a_service_ticket_for_another_request_is_malformed(serve: Serve, changes: dict[str, str], says: str) -> None:
    peer = kdc()
    port = serve(peer.answer)
    own = tgt(port).tickets[0]
    peer.client, peer.service, peer.answers_as = (
        changes.get(entry, "") for entry in ("client", "service", "answers_as")
    )
    with pytest.raises(NoAnswer, match=says) as none:
        exchanges.service_ticket(own, REALM, SERVICE, HERE, "", 2.0, port)
    assert none.value.gap is Gap.MALFORMED


def test_a_ticket_to_oneself_is_no_referral(serve: Serve) -> None:
    peer = kdc()
    port = serve(peer.answer)
    own = tgt(port).tickets[0]
    peer.services[ACCOUNT], peer.service = own.session_key.reveal(), "krbtgt/TINTRI.COM"
    with pytest.raises(NoAnswer, match=r"service is krbtgt/TINTRI\.COM, not alice-hv01"):
        own_ticket.own_groups(own, REALM, HERE, "", 2.0, port)


def named(service: str, realm: str = REALM) -> bytes:
    """A Ticket as far as it is not encrypted (RFC 4120 5.3)."""
    name = der.sequence(
        der.context(0, der.integer(2)), der.context(1, der.sequence(*map(der.text, service.split("/"))))
    )
    return der.application(1, der.sequence(der.context(1, der.text(realm)), der.context(2, name)))


def ticket(service: str = SERVICE, **more: Any) -> Ticket:
    made = Ticket(
        client=PRINCIPAL,
        service=service,
        realm=REALM,
        der=Secret(named(service)),
        session_key=Secret(bytes(32)),
        etype=18,
        session_etype=18,
        kvno=1,
        flags=0,
        authtime=NOW - timedelta(hours=5),
        starttime=NOW,
        endtime=NOW + timedelta(hours=5),
        client_realm=REALM,
    )
    return replace(made, **more)


ASKED = Asked(ACCOUNT, REALM, SERVICE, REALM, 1, NOW, NOW - timedelta(hours=5))


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(ticket(), id="as-asked"),
        pytest.param(ticket("krbtgt/TINTRI.COM"), id="referral"),
        pytest.param(ticket(starttime=NOW + timedelta(minutes=59)), id="clock-within-the-tolerance"),
        pytest.param(ticket(endtime=NOW + timedelta(days=1)), id="the-requested-end"),
    ],
)
def test_a_reply_to_the_request_is_accepted(found: Ticket) -> None:
    verify(found, ASKED)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        pytest.param(ticket(der=Secret(named("cifs/other"))), "for another service", id="other-name-in-clear"),
        pytest.param(ticket(der=Secret(named(SERVICE, "TINTRI.COM"))), "for another service", id="other-realm"),
        pytest.param(ticket("krbtgt/"), "service is krbtgt/", id="referral-to-nowhere"),
        pytest.param(ticket("krbtgt/vmlevel.com"), "service is krbtgt/vmlevel.com", id="own-tgt"),
        pytest.param(ticket(authtime=NOW), "authtime", id="other-authtime-than-the-tgts"),
        pytest.param(ticket(starttime=NOW + timedelta(minutes=61)), "starttime", id="starts-later"),
        pytest.param(ticket(starttime=NOW, endtime=NOW), "ends at", id="ends-when-it-starts"),
        pytest.param(
            ticket(starttime=NOW - timedelta(hours=4), endtime=NOW - timedelta(minutes=61)), "ends at", id="has-ended"
        ),
        pytest.param(ticket(endtime=NOW + timedelta(hours=25, minutes=1)), "requested end", id="ends-too-late"),
    ],
)
def test_a_reply_that_no_kdc_gives_is_malformed(found: Ticket, says: str) -> None:
    with pytest.raises(NoAnswer, match=says) as none:
        verify(found, ASKED)
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("offset", [timedelta(minutes=-61), timedelta(minutes=61)])
def test_the_time_of_an_initial_logon_is_now(offset: timedelta) -> None:
    first = Asked(ACCOUNT, REALM, SERVICE, REALM, 1, NOW)
    verify(ticket(authtime=NOW), first)
    with pytest.raises(NoAnswer, match="authtime"):
        verify(ticket(authtime=NOW + offset), first)


def test_a_kdc_without_the_key_grants_nothing(serve: Serve) -> None:
    """It asks for no proof and answers with a key of its own: that is a wrong key, not a ticket."""
    peer = kdc()
    peer.accounts[ACCOUNT] = Account(SALT, {18: secrets.token_bytes(32)}, preauth=False)
    granted = tgt(serve(peer.answer))
    assert (granted.value, granted.tickets) == (KeyMismatch((18,), wrong_key=True), ())


def rc4_only() -> Confused:
    """The request is let through to where the KDC asks for a proof, and offers RC4 alone."""
    peer = kdc()
    key = string_to_key(23, b"S3cret", b"").reveal()
    peer.accounts[ACCOUNT] = Account(SALT, {23: key})
    return peer


def proofs(peer: LoopbackKdc) -> list[int]:
    return [int(entry["padata-type"]) for request in peer.requests for entry in request["padata"]]


def test_a_password_does_not_prove_itself_with_rc4(serve: Serve) -> None:
    peer = rc4_only()
    mismatch = tgt(serve(peer.answer)).value
    assert mismatch == KeyMismatch((23,), rc4_not_allowed=True)
    assert "rc4: allowed" in mismatch.summary()
    assert 2 not in proofs(peer), "no encrypted timestamp was sent"


def test_where_the_site_allows_rc4_it_does(serve: Serve) -> None:
    peer = rc4_only()
    assert tgt(serve(peer.answer), by_password(rc4=True)).tickets
    assert 2 in proofs(peer)


def test_a_reply_in_rc4_to_a_request_without_a_proof_is_not_opened(serve: Serve) -> None:
    peer = rc4_only()
    peer.accounts[ACCOUNT].preauth = False
    assert tgt(serve(peer.answer)).value == KeyMismatch((23,), rc4_not_allowed=True)


def test_a_keytab_holds_an_rc4_key_that_no_password_made(serve: Serve) -> None:
    peer = rc4_only()
    key = KeytabKey(23, 1, Secret(peer.accounts[ACCOUNT].keys[23]))
    assert tgt(serve(peer.answer), Wallet({PRINCIPAL: Credential(PRINCIPAL, FILE, keys=(key,))})).tickets
