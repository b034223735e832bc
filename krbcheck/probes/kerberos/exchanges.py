"""Sends AS and TGS requests to one KDC as a Windows host does: canonicalize set, realms not guessed (RFC 4120,
MS-KILE).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from krbcheck.credentials.wallet import Credential, Granted, Ticket, Wallet
from krbcheck.facts.kerberos import AsReply, KeyMismatch, KrbError, Reply, TicketFacts
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import messages as wire
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.aes_cts import Key
from krbcheck.probes.kerberos.keys import CHECKSUM_OF, OFFERED, RC4, key_for
from krbcheck.probes.kerberos.matching import Asked, verify
from krbcheck.probes.tcp.stream import Stream

PORT = 88
MOST_BYTES = 1 << 20
"""The bytes of a reply; no KDC sends a longer one."""
PREAUTH_REQUIRED, ETYPE_NOSUPP, PREAUTH_FAILED = 25, 14, 24
REJECTS_CREDENTIAL = frozenset((18, 23, PREAUTH_FAILED))
"""KDC_ERR_CLIENT_REVOKED, KEY_EXPIRED, PREAUTH_FAILED: a repeated request counts towards a lockout, or changes nothing.
"""
NOBODY = "krbcheck-clock-probe"
"""The client name of an AS-REQ without pre-authentication. It need not exist: any KRB-ERROR contains the KDC's clock.
"""


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a request carries its time


class Kdc:
    """One KDC over TCP; `seconds` is the limit for all exchanges with it.

    Each message has four bytes of length before it (RFC 4120 7.2.2) and a connection of its own, because a KDC may
    close the connection after its reply.
    """

    def __init__(self, address: str, source: str, seconds: float, port: int = PORT) -> None:
        self.address, self.source, self.port = address, source, port
        self.until = time.monotonic() + seconds

    def ask(self, message: bytes) -> bytes:
        """Returns the reply to one message; raises NoAnswer: TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, or MALFORMED for
        a reply of no plausible length.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise NoAnswer(Gap.TIMED_OUT, f"{self.address} took all the time there was")
        with Stream(self.address, self.port, self.source, left) as stream:
            stream.send(len(message).to_bytes(4, "big") + message)
            size = int.from_bytes(stream.receive(4), "big")
            if not 0 < size <= MOST_BYTES:
                raise NoAnswer(Gap.MALFORMED, f"{stream.where} announces a reply of {size} bytes")
            return stream.receive(size)


def bare_as_req(realm: str, address: str, source: str, seconds: float, port: int = PORT) -> Reply:
    """Returns the KRB-ERROR of a KDC for an AS-REQ without pre-authentication; no credential is used.

    `seconds` is the limit for the exchange. Raises NoAnswer: TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, or MALFORMED for
    any other message. Raises Malformed if the KRB-ERROR cannot be decoded.
    """
    message = wire.as_req(realm, NOBODY, OFFERED, wire.new_nonce(), _now())
    reply = Kdc(address, source, seconds, port).ask(message)
    if replies.kind(reply) != replies.KRB_ERROR:
        raise NoAnswer(Gap.MALFORMED, f"{address} answers a bare AS-REQ with message {replies.kind(reply)}")
    return replies.krb_error(reply)


def tgt(
    wallet: Wallet, principal: str, address: str, source: str, seconds: float, port: int = PORT
) -> Granted[AsReply]:
    """Returns the result of an AS exchange with pre-authentication: TicketFacts, the KrbError that ended it, or a
    KeyMismatch.

    The KDC determines the salt (ETYPE-INFO2, RFC 4120 5.2.7.5). If the credential has no key of an encryption type that
    the KDC accepts, none is sent. A KDC that requires no pre-authentication replies to anyone: if the key does not
    decrypt its reply, that is a KeyMismatch too. If the credential is a cache, its TGT is presented for a new one.

    `seconds` is the limit for all exchanges. Raises NoAnswer: NO_CREDENTIALS if the wallet has no usable credential or
    the cache no TGT, NOT_ALLOWED if the KDC rejected it before or the session key is weak, TIMED_OUT, REFUSED, CLOSED,
    UNREACHABLE, or MALFORMED for a reply to another request. Raises Malformed if a reply cannot be decoded.
    """
    started = time.monotonic()
    with wallet.first_use(principal, seconds / 2):
        left = seconds - (time.monotonic() - started)
        return _noted(wallet, principal, address, _tgt(wallet, principal, address, source, left, port))


def _noted(wallet: Wallet, principal: str, address: str, granted: Granted[AsReply]) -> Granted[AsReply]:
    """Records whether the KDC accepted the credential, before another request can send it."""
    if isinstance(granted.value, TicketFacts):
        wallet.accept(principal)
    elif isinstance(granted.value, KrbError) and granted.value.code in REJECTS_CREDENTIAL:
        wrong = granted.value.code == PREAUTH_FAILED
        wallet.refuse(principal, f"{granted.value.summary()} by {address}", wrong=wrong)
    return granted


def _tgt(wallet: Wallet, principal: str, address: str, source: str, seconds: float, port: int) -> Granted[AsReply]:
    credential = wallet.credential(principal)
    client, _, realm = principal.rpartition("@")
    if credential.tickets:
        return service_ticket(_cached(credential, realm), realm, f"krbtgt/{realm}", address, source, seconds, port)
    kdc, nonce, now = Kdc(address, source, seconds, port), wire.new_nonce(), _now()
    asked = Asked(client, realm, f"krbtgt/{realm}", realm, nonce, now)
    etypes = tuple(etype for etype in OFFERED if credential.password or _holds(credential, etype)) or OFFERED
    reply = kdc.ask(wire.as_req(realm, client, etypes, nonce, now))
    refusal = replies.krb_error(reply) if replies.kind(reply) == replies.KRB_ERROR else None
    if refusal is not None and refusal.code != PREAUTH_REQUIRED:
        return Granted(refusal)
    offers = replies.key_offers(reply)
    key = key_for(wallet, credential, offers)
    if key is None:
        return Granted(
            KeyMismatch(tuple(offer.etype for offer in offers), rc4_not_allowed=_lacks_rc4(credential, offers))
        )
    if refusal is not None:
        reply = kdc.ask(wire.as_req(realm, client, etypes, nonce, _now(), key))
        return _granted(reply, replies.AS_REP, key, wire.USAGE_AS_REP, asked)
    try:
        return _granted(reply, replies.AS_REP, key, wire.USAGE_AS_REP, asked)
    except replies.NotOurKey:
        return Granted(KeyMismatch(tuple(offer.etype for offer in offers), wrong_key=True))


def tgt_at_once(
    wallet: Wallet, principal: str, address: str, source: str, seconds: float, port: int = PORT
) -> Granted[AsReply]:
    """Returns the same as `tgt`, in one exchange if the credential is a keytab.

    The strongest key is sent without waiting for the KDC's encryption types, because a key needs no salt. If the KDC
    supports other types only, `tgt` follows. `seconds` and exceptions as in `tgt`. Raises NoAnswer and Malformed.
    """
    started = time.monotonic()
    with wallet.first_use(principal, seconds / 2):
        left = seconds - (time.monotonic() - started)
        return _noted(wallet, principal, address, _tgt_at_once(wallet, principal, address, source, left, port))


def _tgt_at_once(
    wallet: Wallet, principal: str, address: str, source: str, seconds: float, port: int
) -> Granted[AsReply]:
    credential = wallet.credential(principal)
    held = {entry.etype: entry.key for entry in credential.keys}
    etype = next((number for number in OFFERED if number in held), None)
    if etype is None or credential.tickets:
        return _tgt(wallet, principal, address, source, seconds, port)
    client, _, realm = principal.rpartition("@")
    kdc, nonce, now = Kdc(address, source, seconds, port), wire.new_nonce(), _now()
    key = replies.key(etype, held[etype].reveal())
    reply = kdc.ask(wire.as_req(realm, client, [number for number in OFFERED if number in held], nonce, now, key))
    if replies.kind(reply) == replies.KRB_ERROR and replies.krb_error(reply).code in (PREAUTH_REQUIRED, ETYPE_NOSUPP):
        return _tgt(wallet, principal, address, source, seconds, port)
    asked = Asked(client, realm, f"krbtgt/{realm}", realm, nonce, now)
    return _granted(reply, replies.AS_REP, key, wire.USAGE_AS_REP, asked)


def _holds(credential: Credential, etype: int) -> bool:
    return any(key.etype == etype for key in credential.keys)


def _cached(credential: Credential, realm: str) -> Ticket:
    """Returns the TGT of a credential cache. Its validity is not tested here: the KDC rejects an expired one."""
    wanted = f"krbtgt/{realm}".lower()
    for ticket in credential.tickets:
        if ticket.service.lower() == wanted:
            return ticket
    raise NoAnswer(Gap.NO_CREDENTIALS, f"the credential cache of {credential.principal} holds no TGT of {realm}")


def _lacks_rc4(credential: Credential, offers: Sequence[replies.Offer]) -> bool:
    """Returns whether the password would fit an offer of RC4 that the site does not allow."""
    return credential.password is not None and not credential.rc4 and any(offer.etype == RC4 for offer in offers)


def _granted(reply: bytes, tag: int, key: Key, usage: int, asked: Asked) -> Granted[Reply]:
    """Returns the KRB-ERROR, or the ticket of a reply that `verify` accepts for the request."""
    if replies.kind(reply) == replies.KRB_ERROR:
        return Granted(replies.krb_error(reply))
    fact, ticket = replies.grant(reply, tag, key, usage, asked.nonce)
    verify(ticket, asked)
    return Granted(fact, (ticket,))


def service_ticket(
    ticket: Ticket, realm: str, service: str, address: str, source: str, seconds: float, port: int = PORT
) -> Granted[Reply]:
    """Returns the result of a TGS exchange with a KDC of `realm`: a service ticket, a referral, or the KRB-ERROR.

    `ticket` is a TGT for that realm: the client's own, or a referral ticket. `seconds` is the limit for the exchange.
    Raises NoAnswer: NOT_ALLOWED for a session key of a weak encryption type, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE,
    or MALFORMED for a reply to another request. Raises Malformed if the reply cannot be decoded.
    """
    if ticket.session_etype not in CHECKSUM_OF:
        raise NoAnswer(Gap.NOT_ALLOWED, f"session key of encryption type {ticket.session_etype}, which is not safe")
    nonce, now = wire.new_nonce(), _now()
    message = wire.tgs_req(ticket, realm, service, OFFERED, nonce, now)
    reply = Kdc(address, source, seconds, port).ask(message)
    key = replies.key(ticket.session_etype, ticket.session_key.reveal())
    asked = Asked.with_ticket(ticket, service, realm, nonce, now)
    return _granted(reply, replies.TGS_REP, key, wire.USAGE_TGS_REP, asked)
