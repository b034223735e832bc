"""The initiator's side of Kerberos in GSS-API, and the SPNEGO around it, against an acceptor made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from impacket.krb5 import crypto

from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.kerberos.gss import GssInitiator, GssRefused
from krbcheck.probes.kerberos.keys import seal

Accept = Callable[[bytes], tuple[bytes, str]]
ACCEPTOR_SEAL, INITIATOR_SEAL = 22, 24
BY_ACCEPTOR, SEALED, WITH_ACCEPTOR_KEY = 1, 2, 4
HEADER = 16


def open_context(ticket: Ticket, accept: Accept) -> tuple[GssInitiator, Any]:
    """A context whose acceptor's key is known to the test."""
    context = GssInitiator(ticket)
    reply, _ = accept(spnego.neg_token_init(spnego.KERBEROS, context.token()))
    context.accept(reply)
    return context, crypto.Key(18, context.session_key)


def header(flags: int, number: int, extra: int = 0, turn: int = 0) -> bytes:
    return b"\x05\x04" + bytes((flags, 0xFF)) + extra.to_bytes(2, "big") + turn.to_bytes(2, "big") + number.to_bytes(8)


def sealed(key: crypto.Key, data: bytes, number: int, turn: int = 0) -> bytes:
    flags = BY_ACCEPTOR | SEALED | WITH_ACCEPTOR_KEY
    body = seal(key, ACCEPTOR_SEAL, data + header(flags, number))
    return header(flags, number, 0, turn) + body[-turn:] + body[:-turn] if turn else header(flags, number) + body


def test_the_acceptors_subkey_is_the_session_key(ticket: Ticket, accept: Accept, subkey: bytes) -> None:
    context, _ = open_context(ticket, accept)
    assert context.session_key == subkey


def test_the_request_names_its_client(ticket: Ticket, accept: Accept) -> None:
    _, client = accept(spnego.neg_token_init(spnego.KERBEROS, GssInitiator(ticket).token()))
    assert client == "alice-hv01$@VMLEVEL.COM"


def test_a_service_account_with_two_parts_keeps_them(ticket: Ticket, accept: Accept) -> None:
    two = replace(ticket, client="backup/host@VMLEVEL.COM", client_realm="")
    _, client = accept(spnego.neg_token_init(spnego.KERBEROS, GssInitiator(two).token()))
    assert client == "backup/host@VMLEVEL.COM"


def test_a_krb_error_is_a_refusal_with_its_number(ticket: Ticket, krb_error: Callable[[int], bytes]) -> None:
    with pytest.raises(GssRefused) as refused:
        GssInitiator(ticket).accept(krb_error(41))
    assert refused.value.code == 41


def test_the_answer_to_another_request_is_none(ticket: Ticket, accept: Accept) -> None:
    reply, _ = accept(spnego.neg_token_init(spnego.KERBEROS, GssInitiator(ticket).token()))
    with pytest.raises(NoAnswer) as none:
        GssInitiator(ticket).accept(reply)
    assert none.value.gap is Gap.MALFORMED


def test_an_answer_sealed_with_another_key_is_none(ticket: Ticket, accept: Accept) -> None:
    reply, _ = accept(spnego.neg_token_init(spnego.KERBEROS, GssInitiator(ticket).token()))
    with pytest.raises(NoAnswer) as none:
        GssInitiator(replace(ticket, session_key=Secret(bytes(32)))).accept(reply)
    assert none.value.gap is Gap.MALFORMED


def test_a_des_session_key_is_not_used(ticket: Ticket) -> None:
    with pytest.raises(NoAnswer) as none:
        GssInitiator(replace(ticket, session_etype=3))
    assert none.value.gap is Gap.NOT_ALLOWED


def test_what_is_sealed_opens_with_the_acceptors_key(ticket: Ticket, accept: Accept) -> None:
    context, key = open_context(ticket, accept)
    token = context.wrap(b"a question")
    assert token[2] == SEALED | WITH_ACCEPTOR_KEY
    assert crypto.decrypt(key, INITIATOR_SEAL, token[HEADER:]) == b"a question" + token[:HEADER]


def test_what_is_only_signed_stays_readable(ticket: Ticket, accept: Accept) -> None:
    context, key = open_context(ticket, accept)
    token = context.wrap(b"layers", seal=False)
    size = int.from_bytes(token[4:6], "big")
    assert token[HEADER:-size] == b"layers"
    signed = b"layers" + token[:4] + bytes(4) + token[8:HEADER]
    crypto.verify_checksum(16, key, INITIATOR_SEAL, signed, token[-size:])


@pytest.mark.parametrize("turn", [0, 28])
def test_a_sealed_message_opens_however_it_is_turned(ticket: Ticket, accept: Accept, turn: int) -> None:
    context, key = open_context(ticket, accept)
    assert context.unwrap(sealed(key, b"an answer", 7, turn)) == b"an answer"
    assert context.unwrap(sealed(key, b"the next", 8, turn)) == b"the next"


def test_a_signed_message_opens(ticket: Ticket, accept: Accept) -> None:
    context, key = open_context(ticket, accept)
    flags = BY_ACCEPTOR | WITH_ACCEPTOR_KEY
    check = crypto.make_checksum(16, key, ACCEPTOR_SEAL, b"layers" + header(flags, 7))
    assert context.unwrap(header(flags, 7, len(check)) + b"layers" + check, sealed=False) == b"layers"


def test_a_signed_message_in_the_place_of_a_sealed_one_is_refused(ticket: Ticket, accept: Accept) -> None:
    context, key = open_context(ticket, accept)
    flags = BY_ACCEPTOR | WITH_ACCEPTOR_KEY
    check = crypto.make_checksum(16, key, ACCEPTOR_SEAL, b"an answer" + header(flags, 7))
    with pytest.raises(NoAnswer, match="in clear text where it has to be sealed"):
        context.unwrap(header(flags, 7, len(check)) + b"an answer" + check)


def changed(token: bytes, position: int) -> bytes:
    return token[:position] + bytes((token[position] ^ 1,)) + token[position + 1 :]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda token: changed(token, len(token) - 1), id="checksum"),
        pytest.param(lambda token: changed(token, 15), id="replayed-or-left-out"),
        pytest.param(lambda token: changed(token, 2), id="our-own-message"),
        pytest.param(lambda token: changed(token, 3), id="header"),
        pytest.param(lambda token: token[:HEADER], id="empty"),
        pytest.param(lambda token: token[:20], id="cut"),
        pytest.param(lambda _: b"", id="nothing"),
    ],
)
def test_a_spoilt_message_does_not_open(ticket: Ticket, accept: Accept, spoil: Callable[[bytes], bytes]) -> None:
    context, key = open_context(ticket, accept)
    with pytest.raises(NoAnswer) as none:
        context.unwrap(spoil(sealed(key, b"an answer", 7)))
    assert none.value.gap is Gap.MALFORMED
