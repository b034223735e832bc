"""The groups that a KDC gives a principal now, read in a ticket of the principal to itself. No right is needed."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.kerberos import KrbError
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import messages as wire
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.exchanges import PORT, Kdc
from krbcheck.probes.kerberos.keys import CHECKSUM_OF, OFFERED
from krbcheck.probes.kerberos.matching import Asked, verify
from krbcheck.windows import pac
from krbcheck.windows.pac import Pac

ENC_TICKET_PART = 3
USAGE_TICKET = 2
"""Of a ticket's own part (RFC 4120 7.5.1)."""


def own_groups(tgt: Ticket, realm: str, address: str, source: str, seconds: float, port: int = PORT) -> KrbError | Pac:
    """A TGS exchange for the TGT's own client; what the KDC says, or the PAC of the ticket that it gives."""
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
    """The PAC within a Ticket that the TGT's session key opens."""
    from impacket.krb5 import crypto

    sealed = replies.sealed(replies.message(ticket, replies.TICKET)[3])
    key = replies.key(tgt.session_etype, tgt.session_key.reveal())
    try:
        plain = crypto.decrypt(key, USAGE_TICKET, sealed.cipher)
    except (ValueError, crypto.InvalidChecksum) as bad:
        raise NoAnswer(Gap.MALFORMED, "the ticket to oneself does not open with the TGT's session key") from bad
    part = replies.message(plain, ENC_TICKET_PART)
    found = pac.authorization_pac(part[10]) if 10 in part else None
    if found is None:
        raise NoAnswer(Gap.MALFORMED, "the ticket to oneself holds no PAC")
    return found
