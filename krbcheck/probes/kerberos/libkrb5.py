"""Gets a service ticket with libkrb5 and the krb5.conf of this host, as any program on this host does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from krbcheck.credentials import ccache
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import LibkrbTicket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import replies
from krbcheck.windows import der


def _gssapi() -> Any:
    """Returns the Python module that calls libkrb5; raises NoAnswer (NOT_HERE) if it is not installed."""
    try:
        import gssapi
    except ImportError as missing:
        needed = "the Python module gssapi is not installed on this host"
        detail = f"libkrb5 was not tested: {needed} ({missing}); pip install 'krbcheck[libkrb5]'"
        raise NoAnswer(Gap.NOT_HERE, detail) from missing
    return gssapi


@contextmanager
def cache_of(tgt: Ticket) -> Iterator[str]:
    """The name of a credential cache with the TGT, which is in memory only; libkrb5 adds its tickets to it."""
    file = os.memfd_create("krbcheck")
    try:
        os.write(file, ccache.written(tgt))
        yield f"FILE:/proc/self/fd/{file}"
    finally:
        os.close(file)


def service_ticket(wallet: Wallet, principal: str, service: str) -> LibkrbTicket:
    """Returns whether libkrb5 gets a ticket for the SPN `class/host`, with its error if not. Nothing is sent to the
    service.

    The library gets krbcheck's TGT, not the password or keytab: its own AS exchange would use each encryption type that
    krb5.conf allows, also RC4, and would send a credential once more. The environment is not changed.

    libkrb5 has no time limit (it waits up to 30 seconds for a KDC that does not respond): the scheduler's deadline ends
    it.

    Raises NoAnswer: NOT_HERE if gssapi is not installed, NO_CREDENTIALS or NOT_ALLOWED as `Wallet.credential`,
    NEEDS_OTHER if there is no TGT, MALFORMED if the token contains no AP-REQ. Raises Malformed if the AP-REQ cannot be
    decoded.
    """
    wallet.credential(principal)
    gssapi = _gssapi()
    tgt = wallet.ticket(principal, f"krbtgt/{principal.rpartition('@')[2].upper()}")
    if tgt is None:
        raise NoAnswer(Gap.NEEDS_OTHER, f"no TGT of {principal}")
    with cache_of(tgt) as cache:
        try:
            name = gssapi.Name(tgt.client, gssapi.NameType.kerberos_principal)
            held = gssapi.Credentials(name=name, usage="initiate", store={"ccache": cache})
            target = gssapi.Name(service.replace("/", "@", 1), gssapi.NameType.hostbased_service)
            context = gssapi.SecurityContext(name=target, creds=held, mech=gssapi.MechType.kerberos, usage="initiate")
            token = context.step()
        except gssapi.raw.misc.GSSError as refused:
            return LibkrbTicket(False, code=refused.min_code & 0xFFFFFFFF, message=_message(refused))
    return LibkrbTicket(True, realm=ticket_realm(bytes(token or b"")))


def _message(refused: Any) -> str:
    """Returns the text of libkrb5's minor status, without that of the major status."""
    said = refused.get_all_statuses(refused.min_code, False) or refused.get_all_statuses(refused.maj_code, True)
    return " ".join(str(entry) for entry in said)[:500]


def ticket_realm(token: bytes) -> str:
    """Returns the realm of the ticket in an initial context token (RFC 4121 4.1); raises NoAnswer (MALFORMED) if it
    contains no AP-REQ, and Malformed.
    """
    start = token.find(b"\x01\x00\x6e")
    if start < 0:
        raise NoAnswer(Gap.MALFORMED, "libkrb5's token holds no AP-REQ")
    ap_req = replies.message(token[start + 2 :], replies.AP_REQ)
    return der.read_text(replies.message(ap_req[3], replies.TICKET)[1])
