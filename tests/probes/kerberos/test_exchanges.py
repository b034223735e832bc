"""The probe against a KDC on loopback that grants, refuses, refers; and against peers that are no KDC."""

from __future__ import annotations

import socket
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from krbcheck.credentials.wallet import Credential, Granted, KeytabKey, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import AsReply, KeyMismatch, KrbError, Reply, TicketFacts
from krbcheck.facts.observation import Gap
from krbcheck.probes.kerberos import exchanges
from krbcheck.probes.kerberos.keys import string_to_key
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.gaps import NO_ANSWERS, gap_of

HERE = "127.0.0.1"
PRINCIPAL = "alice-hv01$@VMLEVEL.COM"
SALT = "VMLEVEL.COMhostalice-hv01.vmlevel.com"
KEYTAB = SecretSource(SecretKind.KEYTAB, "alice.keytab")

Serve = Callable[[Callable[[bytes], bytes | None]], int]


def wallet(password: str = "", keys: tuple[KeytabKey, ...] = (), tickets: tuple[Ticket, ...] = ()) -> Wallet:
    held = Credential(PRINCIPAL, KEYTAB, password=Secret(password) if password else None, keys=keys, tickets=tickets)
    return Wallet({PRINCIPAL: held})


def aes_key(password: str) -> KeytabKey:
    return KeytabKey(18, 1, string_to_key(18, password.encode(), SALT.encode()))


def tgt(port: int, held: Wallet) -> Granted[AsReply]:
    return exchanges.tgt(held, PRINCIPAL, HERE, "", 2.0, port)


def test_a_bare_as_req_draws_the_clock(serve: Serve, kdc: Any) -> None:
    said = exchanges.bare_as_req("VMLEVEL.COM", HERE, "", 2.0, serve(kdc.answer))
    assert isinstance(said, KrbError)
    assert said.code == 6
    assert said.stime is not None


@pytest.mark.parametrize(
    "held", [wallet(password="S3cret"), wallet(keys=(aes_key("S3cret"),))], ids=["password", "keytab"]
)
def test_the_right_key_gets_a_tgt(serve: Serve, kdc: Any, held: Wallet) -> None:
    granted = tgt(serve(kdc.answer), held)
    assert isinstance(granted.value, TicketFacts)
    assert (granted.value.service, granted.value.client) == ("krbtgt/VMLEVEL.COM", "alice-hv01$")
    assert len(kdc.requests) == 2, "one without proof, as a Windows host has it, and one with"


def test_a_wrong_key_is_offered_once(serve: Serve, kdc: Any) -> None:
    granted = tgt(serve(kdc.answer), wallet(keys=(aes_key("old"),)))
    assert (code(granted), granted.tickets) == (24, ())
    assert len(kdc.requests) == 2


def test_without_a_key_of_the_kdcs_types_nothing_is_offered(serve: Serve, kdc: Any) -> None:
    kdc.accounts["alice-hv01$"].keys[17] = bytes(16)  # the request is let through to where proof is asked for
    del kdc.accounts["alice-hv01$"].keys[18]
    granted = tgt(serve(kdc.answer), wallet(keys=(KeytabKey(18, 1, Secret(bytes(32))),)))
    assert code(granted) == 14
    assert len(kdc.requests) == 1


def test_keys_of_no_type_that_the_kdc_offers_are_a_mismatch_and_not_an_error_of_the_kdc(serve: Serve, kdc: Any) -> None:
    """A keytab with a DES3 key only: the KDC requires pre-authentication with AES, and sends no KRB-ERROR 14."""
    granted = tgt(serve(kdc.answer), wallet(keys=(KeytabKey(16, 1, Secret(bytes(24))),)))
    assert isinstance(granted.value, KeyMismatch)
    assert (granted.value.wrong_key, granted.value.code) == (False, 14)
    assert 18 in granted.value.offered
    assert len(kdc.requests) == 1, "no key is sent"


def test_a_wrong_key_is_wrong_at_a_kdc_that_asks_for_no_proof(serve: Serve, kdc: Any) -> None:
    kdc.accounts["alice-hv01$"].preauth = False
    granted = tgt(serve(kdc.answer), wallet(keys=(aes_key("other"),)))
    assert isinstance(granted.value, KeyMismatch)
    assert granted.value.wrong_key
    assert not granted.tickets


def test_an_account_that_needs_no_proof_gets_its_tgt_at_once(serve: Serve, kdc: Any) -> None:
    kdc.accounts["alice-hv01$"].preauth = False
    granted = tgt(serve(kdc.answer), wallet(keys=(aes_key("S3cret"),)))
    assert issued(granted).service == "krbtgt/VMLEVEL.COM"
    assert len(kdc.requests) == 1


def test_a_reply_that_does_not_open_after_the_proof_was_taken_is_malformed(serve: Serve, kdc: Any) -> None:
    def other(message: bytes) -> bytes:
        said: bytes = kdc.answer(message)
        return said if said[4] == 0x7E else said[:-1] + bytes([said[-1] ^ 1])  # the end is the reply's checksum

    with pytest.raises(NO_ANSWERS, match="does not open with our key") as raised:
        tgt(serve(other), wallet(keys=(aes_key("S3cret"),)))
    assert gap_of(raised.value) is Gap.MALFORMED


def test_a_refused_credential_does_not_leave_the_house(serve: Serve, kdc: Any) -> None:
    held = wallet(password="S3cret")
    held.refuse(PRINCIPAL, "KDC_ERR_PREAUTH_FAILED by vmdc1")
    with pytest.raises(NO_ANSWERS, match="rejected the credential") as raised:
        tgt(serve(kdc.answer), held)
    assert gap_of(raised.value) is Gap.NOT_ALLOWED
    assert kdc.requests == []


def test_a_wrong_password_is_sent_once_by_requests_at_the_same_time(serve: Serve, kdc: Any) -> None:
    """As the account that reads a directory and as a principal: both begin at once."""
    held, port = wallet(password="wrong"), serve(kdc.answer)
    ended: list[object] = []

    def send(probe: Callable[..., Granted[AsReply]]) -> None:
        try:
            ended.append(probe(held, PRINCIPAL, HERE, "", 4.0, port).value)
        except NO_ANSWERS as lack:
            ended.append(gap_of(lack))

    threads = [Thread(target=send, args=(probe,)) for probe in (exchanges.tgt, exchanges.tgt_at_once, exchanges.tgt)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    errors = [entry.code for entry in ended if isinstance(entry, KrbError)]
    assert (errors, [entry for entry in ended if isinstance(entry, Gap)]) == ([24], [Gap.NOT_ALLOWED] * 2)
    assert len(kdc.requests) == 2, "one without and one with the password"


def code(granted: Granted[AsReply]) -> int:
    """Of the KRB-ERROR; a ticket fails."""
    assert isinstance(granted.value, KrbError)
    return granted.value.code


def issued(granted: Granted[AsReply]) -> TicketFacts:
    """The ticket; a KRB-ERROR fails."""
    assert isinstance(granted.value, TicketFacts)
    return granted.value


def service(port: int, ticket: Ticket, name: str) -> Granted[Reply]:
    return exchanges.service_ticket(ticket, "VMLEVEL.COM", name, HERE, "", 2.0, port)


def test_a_service_ticket_a_referral_and_a_refusal(serve: Serve, kdc: Any) -> None:
    port = serve(kdc.answer)
    own = tgt(port, wallet(password="S3cret")).tickets[0]
    found = service(port, own, "cifs/fs.vmlevel.com")
    assert (issued(found).service, issued(found).referral_to, issued(found).kvno) == ("cifs/fs.vmlevel.com", "", 3)
    referred = service(port, own, "cifs/vmstore-alice.tintri.com")
    assert (issued(referred).service, issued(referred).referral_to) == ("krbtgt/TINTRI.COM", "TINTRI.COM")
    refused = service(port, own, "cifs/nobody.vmlevel.com")
    assert (code(refused), refused.value.service) == (7, "cifs/nobody.vmlevel.com")
    assert refused.tickets == ()


def test_the_tgt_of_a_cache_is_shown_for_one_of_the_kdcs_own(serve: Serve, kdc: Any) -> None:
    port = serve(kdc.answer)
    cached = tgt(port, wallet(password="S3cret")).tickets
    granted = tgt(port, wallet(tickets=cached))
    assert issued(granted).service == "krbtgt/VMLEVEL.COM"
    assert granted.tickets[0].session_key.reveal() != cached[0].session_key.reveal()


def test_a_cache_without_a_tgt_is_no_credential(serve: Serve, kdc: Any) -> None:
    port = serve(kdc.answer)
    own = tgt(port, wallet(password="S3cret")).tickets[0]
    other = service(port, own, "cifs/fs.vmlevel.com").tickets
    with pytest.raises(NO_ANSWERS, match="holds no TGT of VMLEVEL") as raised:
        tgt(port, wallet(tickets=other))
    assert gap_of(raised.value) is Gap.NO_CREDENTIALS


GIBIBYTES = (1 << 32) - 1


@pytest.mark.parametrize(
    ("answer", "gap", "says"),
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", Gap.MALFORMED, "announces a reply of", id="http"),
        pytest.param(GIBIBYTES.to_bytes(4, "big"), Gap.MALFORMED, "announces a reply of 4294967295", id="4-gibibytes"),
        pytest.param(bytes(4), Gap.MALFORMED, "announces a reply of 0 bytes", id="nothing-announced"),
        pytest.param(b"\0\0\0\x05\xffbish", Gap.MALFORMED, "with message -1", id="rubbish"),
        pytest.param(b"\0\0\0\x04\x7e\x02\x30\x00", Gap.MALFORMED, "without its field", id="an-error-that-is-empty"),
        pytest.param(b"\0\0\0\x03\x6b\x01\x00", Gap.MALFORMED, "answers a bare AS-REQ", id="a-ticket"),
        pytest.param(b"\0\0\0\x20half", Gap.CLOSED, "closed the connection", id="closed-in-the-middle"),
        pytest.param(b"", Gap.CLOSED, "closed the connection", id="closed"),
        pytest.param(None, Gap.TIMED_OUT, "no answer from", id="silence"),
    ],
)
def test_what_is_no_kdcs_answer_is_a_gap(serve: Serve, answer: bytes | None, gap: Gap, says: str) -> None:
    with pytest.raises(NO_ANSWERS) as raised:
        exchanges.bare_as_req("VMLEVEL.COM", HERE, "", 0.3, serve(lambda _: answer))
    assert gap_of(raised.value) is gap
    assert says in str(raised.value)


def test_a_kdc_that_is_not_there_refuses() -> None:
    with socket.create_server((HERE, 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NO_ANSWERS) as raised:
        exchanges.bare_as_req("VMLEVEL.COM", HERE, "", 0.3, port)
    assert gap_of(raised.value) is Gap.REFUSED


def test_an_address_that_is_not_ours_to_ask_from_is_unreachable(serve: Serve, kdc: Any) -> None:
    with pytest.raises(NO_ANSWERS) as raised:
        exchanges.bare_as_req("VMLEVEL.COM", HERE, "192.0.2.1", 0.3, serve(kdc.answer))
    assert gap_of(raised.value) is Gap.UNREACHABLE


def test_one_limit_is_for_both_messages(serve: Serve, kdc: Any) -> None:
    """The first is answered, the second is not: the time goes on from the first."""
    answers = iter([kdc.answer])
    with pytest.raises(NO_ANSWERS) as raised:
        exchanges.tgt(
            wallet(password="S3cret"), PRINCIPAL, HERE, "", 0.5, serve(lambda said: next(answers, lambda _: None)(said))
        )
    assert gap_of(raised.value) is Gap.TIMED_OUT
