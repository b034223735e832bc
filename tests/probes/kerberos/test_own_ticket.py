"""A ticket to oneself from a KDC on loopback; what is no such ticket."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import exchanges, own_ticket
from krbcheck.probes.kerberos.keys import seal
from krbcheck.site.stated import SecretKind, SecretSource
from krbcheck.windows import der
from krbcheck.windows.pac import Pac

HERE, PRINCIPAL = "127.0.0.1", "alice-hv01$@VMLEVEL.COM"
Serve = Callable[[Callable[[bytes], bytes | None]], int]


@pytest.fixture
def tgt(serve: Serve, kdc: Any) -> Ticket:
    held = Credential(PRINCIPAL, SecretSource(SecretKind.FILE, "secret"), password=Secret("S3cret"))
    ticket = exchanges.tgt(Wallet({PRINCIPAL: held}), PRINCIPAL, HERE, "", 2.0, serve(kdc.answer)).tickets[0]
    assert isinstance(ticket, Ticket)
    return ticket


def asked(serve: Serve, kdc: Any, tgt: Ticket) -> KrbError | Pac:
    return own_ticket.own_groups(tgt, "VMLEVEL.COM", HERE, "", 2.0, serve(kdc.answer))


def test_the_request_names_the_account_and_sends_its_tgt_along(serve: Serve, kdc: Any, tgt: Ticket) -> None:
    said = asked(serve, kdc, tgt)
    assert isinstance(said, KrbError)
    assert said.code == 7
    body = kdc.requests[-1]["req-body"]
    assert [str(entry) for entry in body["sname"]["name-string"]] == ["alice-hv01$"]
    assert int("".join(map(str, body["kdc-options"])), 2) == 0x40810018
    assert len(body["additional-tickets"]) == 1


def test_options_that_the_tgt_does_not_have_are_not_asked_for(serve: Serve, kdc: Any, tgt: Ticket) -> None:
    from dataclasses import replace

    asked(serve, kdc, replace(tgt, flags=0))
    assert int("".join(map(str, kdc.requests[-1]["req-body"]["kdc-options"])), 2) == 0x00010018


def test_a_ticket_without_a_pac_is_malformed(serve: Serve, kdc: Any, tgt: Ticket) -> None:
    kdc.services["alice-hv01$"] = tgt.session_key.reveal()
    with pytest.raises(NoAnswer, match="holds no PAC") as refused:
        asked(serve, kdc, tgt)
    assert refused.value.gap is Gap.MALFORMED


def test_a_ticket_for_another_key_is_malformed(serve: Serve, kdc: Any, tgt: Ticket) -> None:
    kdc.services["alice-hv01$"] = secrets.token_bytes(32)
    with pytest.raises(NoAnswer, match="does not open") as refused:
        asked(serve, kdc, tgt)
    assert refused.value.gap is Gap.MALFORMED


def test_the_pac_within_a_ticket_is_found(tgt: Ticket) -> None:
    from impacket.krb5 import crypto

    def typed(kind: int, value: bytes) -> bytes:
        return der.sequence(der.sequence(der.context(0, der.integer(kind)), der.context(1, der.octets(value))))

    relevant = typed(1, typed(128, b"pac"))
    part = der.application(3, der.sequence(der.context(10, relevant)))
    cipher = seal(crypto.Key(tgt.session_etype, tgt.session_key.reveal()), 2, part)
    sealed = der.sequence(der.context(0, der.integer(tgt.session_etype)), der.context(2, der.octets(cipher)))
    assert own_ticket.sealed_pac(der.application(1, der.sequence(der.context(3, sealed))), tgt) == b"pac"
