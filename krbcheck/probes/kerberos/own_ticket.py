"""Reads the groups that a KDC puts into tickets of a principal, from a ticket of the principal to itself. No right is
needed.
"""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.kerberos import KrbError
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import messages as wire
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.exchanges import PORT, Kdc
from krbcheck.probes.kerberos.keys import CHECKSUM_OF, OFFERED, unseal
from krbcheck.probes.kerberos.matching import Asked, verify
from krbcheck.windows import pac
from krbcheck.windows.pac import Pac

ENC_TICKET_PART = 3
USAGE_TICKET = 2
"""The key usage of the encrypted part of a ticket (RFC 4120 7.5.1)."""


def own_groups(tgt: Ticket, realm: str, address: str, source: str, seconds: float, port: int = PORT) -> KrbError | Pac:
    """Returns the PAC of a ticket for the client of `tgt` to itself, or the KRB-ERROR of the KDC.

    `seconds` is the limit for the TGS exchange. Raises NoAnswer: NOT_ALLOWED for a session key of a weak encryption
    type, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, or MALFORMED for a reply to another request or a ticket without a
    PAC. Raises Malformed if the reply or the PAC cannot be decoded.
    """
    if tgt.session_etype not in CHECKSUM_OF:
        raise NoAnswer(Gap.NOT_ALLOWED, f"session key of encryption type {tgt.session_etype}, which is not safe")
    nonce, now = wire.new_nonce(), datetime.now(UTC)  # noqa: TID251 - a request has its time
    message = wire.own_tgs_req(tgt, realm, OFFERED, nonce, now)
    reply = Kdc(address, source, seconds, port).ask(message)
    if replies.kind(reply) == replies.KRB_ERROR:
        return replies.krb_error(reply)
    key = replies.key(tgt.session_etype, tgt.session_key.reveal())
    _, ticket = replies.grant(reply, replies.TGS_REP, key, wire.USAGE_TGS_REP, nonce)
    account = tgt.client.rpartition("@")[0]
    verify(ticket, Asked.with_ticket(tgt, account, realm, nonce, now, referable=False))
    return pac.groups(sealed_pac(ticket.der.reveal(), tgt))


def sealed_pac(ticket: bytes, tgt: Ticket) -> bytes:
    """Returns the PAC of a ticket that the TGT's session key decrypts; raises NoAnswer (MALFORMED) if it does not or
    there is no PAC, and Malformed.
    """
    sealed = replies.sealed(replies.message(ticket, replies.TICKET)[3])
    key = replies.key(tgt.session_etype, tgt.session_key.reveal())
    try:
        plain = unseal(key, USAGE_TICKET, sealed.cipher)
    except ValueError as bad:
        raise NoAnswer(Gap.MALFORMED, "the ticket to oneself does not open with the TGT's session key") from bad
    part = replies.message(plain, ENC_TICKET_PART)
    found = pac.authorization_pac(part[10]) if 10 in part else None
    if found is None:
        raise NoAnswer(Gap.MALFORMED, "the ticket to oneself holds no PAC")
    return found
