"""A directory that does not hold the key: the bind needs its AP-REP, and every reply after it is sealed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from impacket.krb5 import crypto

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.kerberos.aes_cts import SealingKey
from krbcheck.probes.kerberos.keys import checksum
from krbcheck.probes.ldap.queries import Entry, Search, read
from krbcheck.windows import der
from tests.support.gaps import NO_ANSWERS, gap_of
from tests.support.impostors import made_up_ap_rep
from tests.support.storage import AES256, SUBKEY, accept

HERE = "127.0.0.1"
BY_ACCEPTOR, SEALED, WITH_ACCEPTOR_KEY = 1, 2, 4
ACCEPTOR_SEAL = 22
BIND, SEARCH = 0x60, 0x63
FIRST = 7
"""The sequence number in the AP-REP."""
SIGNED_ONLY, CONFIDENTIAL = 2, 4
NAME = b"vmlevel.com"
Serve = Callable[[Callable[[socket.socket], None]], int]


class Directory:
    """`layers` are the security layers that it offers (RFC 4752 3.1); `ap_rep` makes its answer to our AP-REQ.

    With `clear` it answers a search in clear text, with `stranger` sealed with a key of its own.
    """

    def __init__(
        self,
        layers: int = CONFIDENTIAL,
        ap_rep: Callable[[bytes], bytes] = lambda token: accept(spnego.neg_token_init(spnego.KERBEROS, token))[0],
        *,
        clear: bool = False,
        stranger: bool = False,
        unprotected_offer: bool = False,
        strange_offer: bool = False,
    ) -> None:
        self.layers, self.ap_rep, self.clear, self.stranger = layers, ap_rep, clear, stranger
        self.unprotected_offer, self.strange_offer = unprotected_offer, strange_offer
        self.sends, self.searches = FIRST, 0

    def __call__(self, channel: socket.socket) -> None:
        for turn in range(3):
            if not (asked := channel.recv(65536)):
                return
            number, request = message(asked)
            token = self.answer(turn, request)
            code = 14 if turn < 2 else 0
            body = der.tlv(0x0A, bytes([code])) + der.octets(b"") + der.octets(b"") + der.tlv(0x87, token)
            channel.sendall(der.sequence(der.tlv(der.INTEGER, number), der.tlv(0x61, body)))
        while packet := channel.recv(65536):
            self.searches += 1
            number, _ = message(SealingKey(KEY, 24).unseal(packet[20:])[:-16])
            found = entry(number) + der.sequence(
                der.tlv(der.INTEGER, number), der.tlv(0x65, der.tlv(0x0A, b"\0") + der.octets(b"") + der.octets(b""))
            )
            channel.sendall(found if self.clear else self.packet(found))

    def answer(self, turn: int, request: bytes) -> bytes:
        if turn == 0:
            return self.ap_rep(credentials(request))
        offer = bytes([self.layers]) + b"\xff\xff\xff"
        if turn == 2:
            return b""
        return offer if self.unprotected_offer else self.signed(offer)

    def header(self, flags: int, extra: int = 0) -> bytes:
        self.sends += 1
        return b"\x05\x04" + bytes((flags, 0xFF)) + extra.to_bytes(2, "big") + bytes(2) + (self.sends - 1).to_bytes(8)

    def signed(self, data: bytes) -> bytes:
        head = self.header(BY_ACCEPTOR | WITH_ACCEPTOR_KEY)
        key = crypto.Key(AES256, bytes(32)) if self.strange_offer else KEY
        check = checksum(key, ACCEPTOR_SEAL, data + head)
        return head[:4] + len(check).to_bytes(2, "big") + head[6:] + data + check

    def packet(self, data: bytes) -> bytes:
        head = self.header(BY_ACCEPTOR | SEALED | WITH_ACCEPTOR_KEY)
        key = crypto.Key(AES256, bytes(32)) if self.stranger else KEY
        token = head + SealingKey(key, ACCEPTOR_SEAL).seal(data + head)
        return len(token).to_bytes(4, "big") + token


KEY = crypto.Key(AES256, SUBKEY)


def message(data: bytes) -> tuple[bytes, bytes]:
    """MessageID and the operation of an LDAPMessage (RFC 4511 4.1.1)."""
    (_, number), (tag, operation), *_ = der.elements(der.inner(data, der.SEQUENCE))
    assert tag in (BIND, SEARCH)
    return number, operation


def credentials(operation: bytes) -> bytes:
    """The SASL credentials of a BindRequest (RFC 4511 4.2)."""
    *_, (_, choice) = der.elements(operation)
    (_, _), *rest = der.elements(choice)
    return rest[0][1] if rest else b""


def entry(number: bytes) -> bytes:
    attribute = der.sequence(der.octets(b"dc"), der.tlv(0x31, der.octets(NAME)))
    body = der.octets(b"") + der.sequence(attribute)
    return der.sequence(der.tlv(der.INTEGER, number), der.tlv(0x64, body))


def asked(serve: Serve, ticket: Ticket, peer: Callable[[socket.socket], None]) -> tuple[tuple[Entry, ...], ...]:
    search = Search("", "(objectClass=*)", ("dc",), "base")
    return read(HERE, serve(peer), "", ticket, [search], 2.0)


def test_a_directory_that_holds_the_key_is_read(serve: Serve, ticket: Ticket) -> None:
    ((found,),) = asked(serve, ticket, Directory())
    assert dict(found[1]) == {"dc": [NAME]}


UNPROVED = "did not prove that it has the key of cifs/vmstore-alice.tintri.com: "


@pytest.mark.parametrize(
    ("peer", "gap", "says"),
    [
        pytest.param(Directory(ap_rep=lambda _: b""), Gap.MALFORMED, UNPROVED + "the bind succeeds", id="no-ap-rep"),
        pytest.param(
            Directory(ap_rep=lambda _: made_up_ap_rep()),
            Gap.MALFORMED,
            UNPROVED + ".* session key",
            id="made-up-ap-rep",
        ),
        pytest.param(Directory(unprotected_offer=True), Gap.MALFORMED, "not a wrapped message", id="offer-in-clear"),
        pytest.param(Directory(strange_offer=True), Gap.MALFORMED, "checksum is wrong", id="offer-of-another-key"),
        pytest.param(Directory(layers=SIGNED_ONLY), Gap.NOT_ALLOWED, "no encrypted LDAP", id="integrity-alone"),
        pytest.param(Directory(layers=1), Gap.NOT_ALLOWED, "no encrypted LDAP", id="no-layer"),
        pytest.param(Directory(stranger=True), Gap.MALFORMED, "checksum is wrong", id="sealed-by-another"),
    ],
)
def test_what_does_not_prove_the_key_is_no_answer(
    serve: Serve, ticket: Ticket, peer: Directory, gap: Gap, says: str
) -> None:
    with pytest.raises(NO_ANSWERS, match=says) as none:
        asked(serve, ticket, peer)
    assert gap_of(none.value) is gap
    assert peer.searches == peer.stranger


def test_an_entry_in_clear_text_is_not_read(serve: Serve, ticket: Ticket) -> None:
    """Its first bytes are read as the length of a sealed packet."""
    with pytest.raises(NoAnswer) as none:
        asked(serve, ticket, Directory(clear=True))
    assert none.value.gap in (Gap.MALFORMED, Gap.CLOSED, Gap.TIMED_OUT)


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_reply_to_the_bind_without_end_is_not_read(serve: Serve, ticket: Ticket, turns: int) -> None:
    """Nobody has proved a key yet, and the length that is announced is 2 GiB."""
    peer = Directory()
    began = time.monotonic()

    def endless(channel: socket.socket) -> None:
        for turn in range(turns):
            number, request = message(channel.recv(65536))
            body = der.tlv(0x0A, bytes([14])) + der.octets(b"") + der.octets(b"")
            answered = der.tlv(0x61, body + der.tlv(0x87, peer.answer(turn, request)))
            channel.sendall(der.sequence(der.tlv(der.INTEGER, number), answered))
        channel.sendall(b"\x30\x84\x7f\xff\xff\xff")
        while True:
            channel.sendall(bytes(65536))

    with pytest.raises(NoAnswer, match="answers the bind with more than 1048576 bytes") as none:
        read(HERE, serve(endless), "", ticket, [Search("", "(objectClass=*)", ("dc",), "base")], 60.0)
    assert none.value.gap is Gap.MALFORMED
    assert time.monotonic() - began < 30


def test_a_ticket_with_a_weak_session_key_does_not_seal(serve: Serve, ticket: Ticket) -> None:
    weak = replace(ticket, session_etype=3)
    with pytest.raises(NoAnswer) as none:
        asked(serve, weak, Directory())
    assert none.value.gap is Gap.NOT_ALLOWED
