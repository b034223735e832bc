"""Kerberos messages that we send, as bytes (RFC 4120, MS-KILE). No network, no decisions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.probes.kerberos.keys import CHECKSUM_OF, checksum, seal
from krbcheck.windows import der

AS_REQ, TGS_REQ = 10, 12
NT_PRINCIPAL, NT_SRV_INST = 1, 2
PA_TGS_REQ, PA_ENC_TIMESTAMP, PA_PAC_REQUEST = 1, 2, 128
USAGE_TIMESTAMP, USAGE_AS_REP, USAGE_BODY_CHECKSUM, USAGE_AUTHENTICATOR, USAGE_TGS_REP = 1, 3, 6, 7, 8
FORWARDABLE, RENEWABLE, CANONICALIZE, RENEWABLE_OK, ENC_TKT_IN_SKEY = (1 << (31 - bit) for bit in (1, 8, 15, 27, 28))
LIFETIME = timedelta(days=1)
"""The `till` of our requests, from now: a host asks for long and gets less."""
OPTIONS = FORWARDABLE | RENEWABLE | CANONICALIZE | RENEWABLE_OK
"""The kdc-options of a Windows host (RFC 4120 5.4.1; canonicalize RFC 6806 11): 0x40810010."""


def name(kind: int, parts: Sequence[str]) -> bytes:
    """A PrincipalName (RFC 4120 5.2.2)."""
    return der.sequence(
        der.context(0, der.integer(kind)), der.context(1, der.sequence(*(der.text(part) for part in parts)))
    )


def encrypted(etype: int, cipher: bytes) -> bytes:
    """EncryptedData (RFC 4120 5.2.9), without a key version."""
    return der.sequence(der.context(0, der.integer(etype)), der.context(2, der.octets(cipher)))


def padata(kind: int, value: bytes) -> bytes:
    return der.sequence(der.context(1, der.integer(kind)), der.context(2, der.octets(value)))


def request_body(
    realm: str,
    client: str,
    service: str,
    etypes: Sequence[int],
    nonce: int,
    now: datetime,
    options: int = OPTIONS,
    second: bytes = b"",
) -> bytes:
    """A KDC-REQ-BODY; `client` is empty in a TGS-REQ. Ends tomorrow: a host asks for long and gets less.

    With `second`, a TGT, the service is that TGT's client, and its session key is to seal the ticket (user-to-user).
    """
    return der.sequence(
        der.context(0, der.flags(options | ENC_TKT_IN_SKEY if second else options)),
        der.context(1, name(NT_PRINCIPAL, [client])) if client else b"",
        der.context(2, der.text(realm)),
        der.context(3, name(NT_PRINCIPAL if second else NT_SRV_INST, service.split("/"))),
        der.context(5, der.moment(now + LIFETIME)),
        der.context(7, der.integer(nonce)),
        der.context(8, der.sequence(*(der.integer(etype) for etype in etypes))),
        der.context(11, der.sequence(second)) if second else b"",
    )


def new_nonce() -> int:
    return secrets.randbelow(1 << 31)


def request(kind: int, body: bytes, *pa: bytes) -> bytes:
    """A KDC-REQ (RFC 4120 5.4.1)."""
    return der.application(
        kind,
        der.sequence(
            der.context(1, der.integer(5)),
            der.context(2, der.integer(kind)),
            der.context(3, der.sequence(*pa)),
            der.context(4, body),
        ),
    )


def as_req(realm: str, client: str, etypes: Sequence[int], nonce: int, now: datetime, key: Any = None) -> bytes:
    """An AS-REQ for `krbtgt/REALM`, with an encrypted timestamp where `key` is given (RFC 4120 5.2.7.2)."""
    proofs = []
    if key is not None:
        stamp = der.sequence(der.context(0, der.moment(now)), der.context(1, der.integer(now.microsecond)))
        sealed = encrypted(key.enctype, seal(key, USAGE_TIMESTAMP, stamp))
        proofs.append(padata(PA_ENC_TIMESTAMP, sealed))
    proofs.append(padata(PA_PAC_REQUEST, der.sequence(der.context(0, der.boolean(True)))))
    return request(AS_REQ, request_body(realm, client, f"krbtgt/{realm}", etypes, nonce, now), *proofs)


def ap_req(ticket: Ticket, body: bytes, now: datetime) -> bytes:
    """The AP-REQ inside a TGS-REQ. Its authenticator has a keyed checksum over the request body (RFC 4120 5.5.1,
    key usage 6); Heimdal's KDC refuses a request without.
    """
    from impacket.krb5 import crypto

    key = crypto.Key(ticket.session_etype, ticket.session_key.reveal())
    kind = CHECKSUM_OF[ticket.session_etype]
    check = checksum(key, USAGE_BODY_CHECKSUM, body)
    authenticator = der.application(
        2,
        der.sequence(
            der.context(0, der.integer(5)),
            der.context(1, der.text(ticket.client_realm)),
            der.context(2, name(NT_PRINCIPAL, ticket.client.rpartition("@")[0].split("/"))),
            der.context(3, der.sequence(der.context(0, der.integer(kind)), der.context(1, der.octets(check)))),
            der.context(4, der.integer(now.microsecond)),
            der.context(5, der.moment(now)),
        ),
    )
    sealed = encrypted(ticket.session_etype, seal(key, USAGE_AUTHENTICATOR, authenticator))
    return der.application(
        14,
        der.sequence(
            der.context(0, der.integer(5)),
            der.context(1, der.integer(14)),
            der.context(2, der.flags(0)),
            der.context(3, ticket.der.reveal()),
            der.context(4, sealed),
        ),
    )


def tgs_req(ticket: Ticket, realm: str, service: str, etypes: Sequence[int], nonce: int, now: datetime) -> bytes:
    """A TGS-REQ to `realm`'s KDC for a two- or three-part SPN or `krbtgt/REALM`."""
    body = request_body(realm, "", service, etypes, nonce, now, options_with(ticket))
    return request(TGS_REQ, body, padata(PA_TGS_REQ, ap_req(ticket, body, now)))


def options_with(ticket: Ticket) -> int:
    """A KDC refuses to make a ticket forwardable or renewable by one that is not (RFC 4120 3.3.3); the flags of a
    ticket have the numbers of the options.
    """
    lacking = (FORWARDABLE | RENEWABLE) & ~ticket.flags
    return OPTIONS & ~lacking


def own_tgs_req(tgt: Ticket, realm: str, etypes: Sequence[int], nonce: int, now: datetime) -> bytes:
    """A TGS-REQ for a ticket to oneself, sealed with the session key of one's TGT (RFC 4120 3.3.3, user-to-user)."""
    account = tgt.client.rpartition("@")[0]
    body = request_body(realm, "", account, etypes, nonce, now, options_with(tgt), tgt.der.reveal())
    return request(TGS_REQ, body, padata(PA_TGS_REQ, ap_req(tgt, body, now)))
