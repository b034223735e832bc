"""Encodes the Kerberos messages that probes send (RFC 4120, MS-KILE). Nothing is sent here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from krbcheck.credentials.wallet import Ticket
from krbcheck.probes.kerberos.aes_cts import Key
from krbcheck.probes.kerberos.keys import CHECKSUM_OF, checksum, seal
from krbcheck.windows import der

AS_REQ, TGS_REQ = 10, 12
NT_PRINCIPAL, NT_SRV_INST = 1, 2
PA_TGS_REQ, PA_ENC_TIMESTAMP, PA_PAC_REQUEST = 1, 2, 128
USAGE_TIMESTAMP, USAGE_AS_REP, USAGE_BODY_CHECKSUM, USAGE_AUTHENTICATOR, USAGE_TGS_REP = 1, 3, 6, 7, 8
FORWARDABLE, RENEWABLE, CANONICALIZE, RENEWABLE_OK, ENC_TKT_IN_SKEY = (1 << (31 - bit) for bit in (1, 8, 15, 27, 28))
LIFETIME = timedelta(days=1)
"""The `till` of requests, from now. A KDC reduces it to its own limit."""
OPTIONS = FORWARDABLE | RENEWABLE | CANONICALIZE | RENEWABLE_OK
"""The kdc-options of a Windows host: 0x40810010 (RFC 4120 5.4.1; canonicalize RFC 6806 11)."""


def name(kind: int, parts: Sequence[str]) -> bytes:
    """Returns a PrincipalName (RFC 4120 5.2.2)."""
    return der.sequence(
        der.context(0, der.integer(kind)), der.context(1, der.sequence(*(der.text(part) for part in parts)))
    )


def encrypted(etype: int, cipher: bytes) -> bytes:
    """Returns an EncryptedData without a key version (RFC 4120 5.2.9)."""
    return der.sequence(der.context(0, der.integer(etype)), der.context(2, der.octets(cipher)))


def padata(kind: int, value: bytes) -> bytes:
    """Returns a PA-DATA (RFC 4120 5.2.7)."""
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
    """Returns a KDC-REQ-BODY (RFC 4120 5.4.1) that ends LIFETIME after `now`; `client` is empty in a TGS-REQ.

    With `second`, a TGT, the service is the client of that TGT, whose session key is to encrypt the ticket
    (user-to-user).
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
    """Returns a random nonce of 31 bits (RFC 4120 5.4.1)."""
    return secrets.randbelow(1 << 31)


def request(kind: int, body: bytes, *pa: bytes) -> bytes:
    """Returns a KDC-REQ (RFC 4120 5.4.1)."""
    return der.application(
        kind,
        der.sequence(
            der.context(1, der.integer(5)),
            der.context(2, der.integer(kind)),
            der.context(3, der.sequence(*pa)),
            der.context(4, body),
        ),
    )


def as_req(realm: str, client: str, etypes: Sequence[int], nonce: int, now: datetime, key: Key | None = None) -> bytes:
    """Returns an AS-REQ for `krbtgt/REALM`, with an encrypted timestamp if `key` is not None (RFC 4120 5.2.7.2)."""
    proofs = []
    if key is not None:
        stamp = der.sequence(der.context(0, der.moment(now)), der.context(1, der.integer(now.microsecond)))
        sealed = encrypted(key.enctype, seal(key, USAGE_TIMESTAMP, stamp))
        proofs.append(padata(PA_ENC_TIMESTAMP, sealed))
    proofs.append(padata(PA_PAC_REQUEST, der.sequence(der.context(0, der.boolean(True)))))
    return request(AS_REQ, request_body(realm, client, f"krbtgt/{realm}", etypes, nonce, now), *proofs)


def ap_req(ticket: Ticket, body: bytes, now: datetime) -> bytes:
    """Returns the AP-REQ in a TGS-REQ (RFC 4120 5.5.1).

    Its authenticator has a keyed checksum over the request body (key usage 6); Heimdal's KDC rejects a request without
    it.
    """
    key = Key(ticket.session_etype, ticket.session_key.reveal())
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
    """Returns a TGS-REQ to a KDC of `realm` for an SPN of two or three parts or `krbtgt/REALM`."""
    body = request_body(realm, "", service, etypes, nonce, now, options_with(ticket))
    return request(TGS_REQ, body, padata(PA_TGS_REQ, ap_req(ticket, body, now)))


def options_with(ticket: Ticket) -> int:
    """Returns OPTIONS without forwardable and renewable where the ticket lacks the flag (RFC 4120 3.3.3).

    A KDC rejects a request for a forwardable or renewable ticket with a ticket that is not. The flags of a ticket have
    the numbers of the options.
    """
    lacking = (FORWARDABLE | RENEWABLE) & ~ticket.flags
    return OPTIONS & ~lacking


def own_tgs_req(tgt: Ticket, realm: str, etypes: Sequence[int], nonce: int, now: datetime) -> bytes:
    """Returns a TGS-REQ for a ticket to the client itself, encrypted with its TGT's session key (RFC 4120 3.3.3,
    user-to-user).
    """
    account = tgt.client.rpartition("@")[0]
    body = request_body(realm, "", account, etypes, nonce, now, options_with(tgt), tgt.der.reveal())
    return request(TGS_REQ, body, padata(PA_TGS_REQ, ap_req(tgt, body, now)))
