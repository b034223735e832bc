"""Asks KDCs, one by one, as a Windows host does: canonicalize set, no guess of realms (RFC 4120, MS-KILE)."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.kerberos import KrbError, Reply
from krbcheck.model import Gap, NoAnswer
from krbcheck.probes import kerberos_wire as wire
from krbcheck.probes.kerberos_keys import OFFERED, key_for
from krbcheck.probes.tcp_stream import Stream
from krbcheck.wallet import Credential, Granted, Ticket, Wallet

PORT = 88
MOST_BYTES = 1 << 20
"""A reply longer than this is no KDC's."""
PREAUTH_REQUIRED, ETYPE_NOSUPP, PREAUTH_FAILED = 25, 14, 24
NOBODY = "krbcheck-clock-probe"
"""The client name of a bare AS-REQ; it need not exist, any KRB-ERROR carries the KDC's clock."""


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a request carries its time


class Kdc:
    """One TCP connection to one KDC (RFC 4120 7.2.2: four bytes of length before each message)."""

    def __init__(self, address: str, source: str, seconds: float) -> None:
        self.stream = Stream(address, PORT, source, seconds)

    def __enter__(self) -> Kdc:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.socket.close()

    def ask(self, message: bytes) -> bytes:
        self.stream.send(len(message).to_bytes(4, "big") + message)
        size = int.from_bytes(self.stream.receive(4), "big")
        if not 0 < size <= MOST_BYTES:
            raise NoAnswer(Gap.MALFORMED, f"{self.stream.where} announces a reply of {size} bytes")
        return self.stream.receive(size)


def _kind(reply: bytes) -> int:
    """The application tag of a reply."""
    return reply[0] & 0x1F if reply[:1] and reply[0] & 0xE0 == 0x60 else -1


def bare_as_req(realm: str, address: str, source: str, seconds: float) -> Reply:
    """What a KDC says to an AS-REQ without pre-authentication; no credential is used."""
    message = wire.as_req(realm, NOBODY, OFFERED, wire.new_nonce(), _now())
    with Kdc(address, source, seconds) as kdc:
        reply = kdc.ask(message)
    if _kind(reply) != wire.KRB_ERROR:
        raise NoAnswer(Gap.MALFORMED, f"{address} answers an AS-REQ for nobody with message {_kind(reply)}")
    return wire.krb_error(reply)


def tgt(wallet: Wallet, principal: str, address: str, source: str, seconds: float) -> Granted:
    """An AS exchange with pre-authentication; the value is a TicketFacts or the KrbError that ended it.

    The salt is the KDC's (ETYPE-INFO2). Where the credential has no key of a type that the KDC accepts nothing
    is offered, and the value is the error 14 that a host's own choice would come to.
    """
    credential = wallet.credential(principal)
    client, _, realm = principal.rpartition("@")
    nonce = wire.new_nonce()
    etypes = tuple(etype for etype in OFFERED if credential.password or _holds(credential, etype)) or OFFERED
    with Kdc(address, source, seconds) as kdc:
        reply = kdc.ask(wire.as_req(realm, client, etypes, nonce, _now()))
        if _kind(reply) == wire.KRB_ERROR:
            error = wire.krb_error(reply)
            if error.code != PREAUTH_REQUIRED:
                return Granted(error)
            offers = wire.etype_info2(_e_data(reply))
        elif _kind(reply) == wire.AS_REP:
            offers = _unasked(reply)
            error = KrbError(ETYPE_NOSUPP)
        else:
            raise NoAnswer(Gap.MALFORMED, f"{address} answers an AS-REQ with message {_kind(reply)}")
        key = key_for(wallet, credential, offers)
        if key is None:
            return Granted(KrbError(ETYPE_NOSUPP, error.stime, etypes=error.etypes, text="our keys: none of these"))
        if _kind(reply) == wire.KRB_ERROR:
            reply = kdc.ask(wire.as_req(realm, client, etypes, nonce, _now(), key))
    if _kind(reply) == wire.KRB_ERROR:
        return Granted(wire.krb_error(reply))
    fact, ticket = wire.grant(reply, key, wire.USAGE_AS_REP, nonce, first=True)
    return Granted(fact, (ticket,))


def _holds(credential: Credential, etype: int) -> bool:
    return any(one.etype == etype for one in credential.keys)


def _e_data(reply: bytes) -> bytes:
    from impacket.krb5 import asn1

    said = wire.decoded(reply, asn1.KRB_ERROR())
    return bytes(said["e-data"]) if said["e-data"].hasValue() else b""


def _unasked(reply: bytes) -> list[tuple[int, bytes, bytes]]:
    """The key that an account without pre-authentication needs: the type of the reply, with its salt."""
    from impacket.krb5 import asn1

    said = wire.decoded(reply, asn1.AS_REP())
    etype = int(said["enc-part"]["etype"])
    padata = said["padata"] if said["padata"].hasValue() else []
    infos = [bytes(one["padata-value"]) for one in padata if int(one["padata-type"]) == wire.PA_ETYPE_INFO2]
    for info in infos:
        for offer in wire.etype_info2_of(info):
            if offer[0] == etype:
                return [offer]
    return [(etype, b"", b"")]


def service_ticket(ticket: Ticket, realm: str, service: str, address: str, source: str, seconds: float) -> Granted:
    """A TGS exchange with `realm`'s KDC: the service's ticket, a referral, or the KRB-ERROR.

    `ticket` is a TGT for that realm: one's own, or a referral ticket of the realm before.
    """
    from impacket.krb5 import crypto

    if ticket.session_etype not in wire.CHECKSUM_OF:
        raise NoAnswer(Gap.NOT_ALLOWED, f"session key of encryption type {ticket.session_etype}, which is not safe")
    nonce = wire.new_nonce()
    message = wire.tgs_req(ticket, realm, service, OFFERED, nonce, _now())
    with Kdc(address, source, seconds) as kdc:
        reply = kdc.ask(message)
    if _kind(reply) == wire.KRB_ERROR:
        return Granted(wire.krb_error(reply))
    if _kind(reply) != wire.TGS_REP:
        raise NoAnswer(Gap.MALFORMED, f"{address} answers a TGS-REQ with message {_kind(reply)}")
    key = crypto.Key(ticket.session_etype, ticket.session_key.reveal())
    fact, granted = wire.grant(reply, key, wire.USAGE_TGS_REP, nonce, first=False)
    return Granted(fact, (granted,))
