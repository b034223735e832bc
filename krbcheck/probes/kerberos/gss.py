"""The initiator of the Kerberos mechanism of GSS-API, with a ticket from the wallet (RFC 4121, RFC 4120 3.2)."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import messages as wire
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.aes_cts import Key, SealingKey
from krbcheck.probes.kerberos.keys import CHECKSUM_OF, checksum, unseal
from krbcheck.probes.kerberos.keys import seal as seal_with
from krbcheck.probes.kerberos.spnego import KERBEROS, framed, unframed
from krbcheck.windows import der

MUTUAL, REPLAY, SEQUENCE, CONF, INTEG = 2, 4, 8, 16, 32
"""Context flags (RFC 4121 4.1.1.1)."""
FLAGS = MUTUAL | REPLAY | SEQUENCE | CONF | INTEG
CHECKSUM_KIND = 0x8003
AP_REP, ENC_AP_REP_PART = 15, 27
USAGE_AUTHENTICATOR, USAGE_AP_REP = 11, 12
USAGE_ACCEPTOR_SEAL, USAGE_INITIATOR_SEAL = 22, 24
MUTUAL_REQUIRED = 1 << 29
"""The ap-options (RFC 4120 5.5.1): bit 2, counted from the highest."""
AP_REQ_ID, AP_REP_ID, ERROR_ID, WRAP_ID = b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x05\x04"
BY_ACCEPTOR, SEALED, WITH_ACCEPTOR_KEY = 1, 2, 4
KEY_BYTES = {17: 16, 18: 32, 23: 16}
"""The key size, in bytes, of each encryption type that is safe to use."""
AES = (17, 18)
"""The encryption types with the tokens of RFC 4121 4.2; RC4 has others (RFC 4757)."""
HEADER = 16


class GssRefused(Exception):
    """The acceptor answered the AP-REQ with a KRB-ERROR."""

    def __init__(self, code: int) -> None:
        super().__init__(f"KRB-ERROR {code}")
        self.code = code


class NotFromKeyHolder(NoAnswer):
    """The AP-REP does not prove that the acceptor holds the key of the service."""

    def __init__(self, detail: str) -> None:
        super().__init__(Gap.MALFORMED, detail)


class GssInitiator:
    """One security context: `token`, then `accept` with the acceptor's answer, then `session_key`, `wrap` and `unwrap`.

    The constructor raises NoAnswer (NOT_ALLOWED) if the session key is of a weak encryption type.
    """

    def __init__(self, ticket: Ticket, flags: int = FLAGS) -> None:
        if ticket.session_etype not in CHECKSUM_OF:
            raise NoAnswer(Gap.NOT_ALLOWED, f"session key of encryption type {ticket.session_etype}, which is not safe")
        self.ticket, self.flags = ticket, flags
        self.now = datetime.now(UTC)  # noqa: TID251 - an authenticator carries its time
        self.ticket_key = Key(ticket.session_etype, ticket.session_key.reveal())
        self.own_key = Key(ticket.session_etype, secrets.token_bytes(len(self.ticket_key.contents)))
        self.acceptor_key: Key | None = None
        self.sends = secrets.randbelow(1 << 30)
        self.receives: int | None = None
        self.sealing: dict[int, SealingKey] = {}

    @property
    def session_key(self) -> bytes:
        """The acceptor's subkey if it sent one, else the initiator's (MS-KILE 3.1.1.2)."""
        return bytes(self._key.contents)

    @property
    def _key(self) -> Key:
        return self.acceptor_key or self.own_key

    def token(self) -> bytes:
        """Returns the AP-REQ in its GSS frame (RFC 4120 5.5.1)."""
        sealed = seal_with(self.ticket_key, USAGE_AUTHENTICATOR, self._authenticator())
        message = der.application(
            14,
            der.sequence(
                der.context(0, der.integer(5)),
                der.context(1, der.integer(14)),
                der.context(2, der.flags(MUTUAL_REQUIRED if self.flags & MUTUAL else 0)),
                der.context(3, self.ticket.der.reveal()),
                der.context(4, wire.encrypted(self.ticket.session_etype, sealed)),
            ),
        )
        return framed(KERBEROS, AP_REQ_ID, message)

    def _authenticator(self) -> bytes:
        client, _, realm = self.ticket.client.rpartition("@")
        check = (16).to_bytes(4, "little") + bytes(16) + self.flags.to_bytes(4, "little")
        return der.application(
            2,
            der.sequence(
                der.context(0, der.integer(5)),
                der.context(1, der.text(self.ticket.client_realm or realm)),
                der.context(2, wire.name(wire.NT_PRINCIPAL, client.split("/"))),
                der.context(3, _typed(CHECKSUM_KIND, check)),
                der.context(4, der.integer(self.now.microsecond)),
                der.context(5, der.moment(self.now)),
                der.context(6, _typed(self.own_key.enctype, self.own_key.contents)),
                der.context(7, der.integer(self.sends)),
            ),
        )

    def accept(self, reply: bytes) -> None:
        """Verifies the AP-REP (RFC 4120 3.2.5, 5.5.2) and keeps the acceptor's subkey.

        Raises GssRefused for a KRB-ERROR, NotFromKeyHolder for an AP-REP that another key made or that answers another
        AP-REQ, NoAnswer (MALFORMED) for another token, and Malformed if it cannot be decoded.
        """
        token_id, message = unframed(reply)
        if token_id == ERROR_ID or replies.kind(message) == replies.KRB_ERROR:
            raise GssRefused(replies.krb_error(message).code)
        if token_id not in (AP_REP_ID, b""):
            raise NoAnswer(Gap.MALFORMED, f"a token of kind {token_id.hex()} where an AP-REP belongs")
        cipher = replies.sealed(replies.message(message, AP_REP)[2]).cipher
        try:
            plain = unseal(self.ticket_key, USAGE_AP_REP, cipher)
        except ValueError as bad:
            raise NotFromKeyHolder("the AP-REP is not encrypted with the ticket's session key") from bad
        said = replies.message(plain, ENC_AP_REP_PART)
        if (der.read_moment(said[0]), der.read_integer(said[1])) != (
            self.now.replace(microsecond=0),
            self.now.microsecond,
        ):
            raise NotFromKeyHolder("the AP-REP answers another AP-REQ")
        if 2 in said:
            self.acceptor_key = _key(der.fields(said[2]))
        if 3 in said:
            self.receives = der.read_unsigned(said[3])

    def wrap(self, data: bytes, *, seal: bool = True) -> bytes:
        """Returns the wrap token of the bytes (RFC 4121 4.2.4); raises NoAnswer (NOT_ALLOWED) if the key is not AES."""
        key = self._aes_key()
        flags = (SEALED if seal else 0) | (WITH_ACCEPTOR_KEY if self.acceptor_key else 0)
        header = WRAP_ID + bytes((flags, 0xFF)) + bytes(4) + self.sends.to_bytes(8, "big")
        self.sends += 1
        if seal:
            return header + self._sealing(USAGE_INITIATOR_SEAL).seal(data + header)
        check = checksum(key, USAGE_INITIATOR_SEAL, data + header)
        return header[:4] + len(check).to_bytes(2, "big") + header[6:] + data + check

    def unwrap(self, token: bytes, *, sealed: bool = True) -> bytes:
        """Returns the bytes in a wrap token of the acceptor (RFC 4121 4.2.4).

        Raises NoAnswer: MALFORMED if the acceptor's key did not make it, if it is out of sequence, or if it is only
        signed and `sealed` requires encryption; NOT_ALLOWED if the key is not AES.
        """
        key, header, body = self._aes_key(), token[:HEADER], token[HEADER:]
        if len(header) < HEADER or header[:2] != WRAP_ID or not header[2] & BY_ACCEPTOR or not body:
            raise NoAnswer(Gap.MALFORMED, "not a wrapped message of the acceptor")
        if sealed and not header[2] & SEALED:
            raise NoAnswer(Gap.MALFORMED, "a message in clear text where it has to be sealed")
        extra, turn = int.from_bytes(header[4:6], "big"), int.from_bytes(header[6:8], "big") % len(body)
        body = body[turn:] + body[:turn]
        self._in_sequence(int.from_bytes(header[8:16], "big"))
        try:
            if header[2] & SEALED:
                plain = self._sealing(USAGE_ACCEPTOR_SEAL).unseal(body)
                if plain[-HEADER:] != header[:6] + bytes(2) + header[8:]:
                    raise NoAnswer(Gap.MALFORMED, "a wrapped message whose header was changed")
                return plain[: len(plain) - HEADER - extra]
            data, check = body[: len(body) - extra], body[len(body) - extra :]
            signed = data + header[:4] + bytes(4) + header[8:]
            if not hmac.compare_digest(checksum(key, USAGE_ACCEPTOR_SEAL, signed), check):
                raise ValueError("checksum differs")
        except ValueError as bad:
            raise NoAnswer(Gap.MALFORMED, "a wrapped message whose checksum is wrong") from bad
        return data

    def _in_sequence(self, number: int) -> None:
        if self.receives is not None:
            if number != self.receives:
                raise NoAnswer(Gap.MALFORMED, f"wrapped message {number} where {self.receives} belongs")
            self.receives += 1

    def _sealing(self, usage: int) -> SealingKey:
        """Returns the key of one direction; it is derived once."""
        if usage not in self.sealing:
            self.sealing[usage] = SealingKey(self._aes_key(), usage)
        return self.sealing[usage]

    def _aes_key(self) -> Key:
        if self._key.enctype not in AES:
            raise NoAnswer(Gap.NOT_ALLOWED, f"no sealing with encryption type {self._key.enctype}")
        return self._key


def _typed(kind: int, value: bytes) -> bytes:
    """Returns a Checksum or an EncryptionKey (RFC 4120 5.2.9)."""
    return der.sequence(der.context(0, der.integer(kind)), der.context(1, der.octets(value)))


def _key(said: der.Fields) -> Key:
    """Returns an EncryptionKey of a supported type and of its size; else raises NoAnswer (MALFORMED)."""
    etype, contents = der.read_integer(said[0]), der.read_octets(said[1])
    if KEY_BYTES.get(etype) != len(contents):
        raise NoAnswer(Gap.MALFORMED, f"a subkey of {len(contents)} bytes for encryption type {etype}")
    return Key(etype, contents)
