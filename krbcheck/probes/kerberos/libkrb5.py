"""Gets a service ticket with libkrb5 and the krb5.conf of this host, as any program on this host does."""

from __future__ import annotations

import itertools
from typing import Any

from krbcheck.credentials.wallet import Credential, Wallet
from krbcheck.facts.kerberos import LibkrbTicket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import replies
from krbcheck.windows import der

_numbers = itertools.count()
"""The numbers of MEMORY caches: they belong to the process, so each call needs a name of its own."""


def _gssapi() -> Any:
    """Returns the Python module that calls libkrb5; raises NoAnswer (NOT_HERE) if it is not installed."""
    try:
        import gssapi
    except ImportError as missing:
        detail = f"libkrb5 was not tested: the Python module gssapi is not installed on this host ({missing})"
        raise NoAnswer(Gap.NOT_HERE, detail) from missing
    return gssapi


def credentials(credential: Credential) -> Any:
    """Returns gssapi's credentials of a principal, in a cache of its own. The environment is not changed.

    Raises NoAnswer: NOT_HERE if gssapi is not installed, NO_CREDENTIALS if there is no password, keytab or cache.
    Raises gssapi's GSSError if a KDC rejects the credential.
    """
    gssapi = _gssapi()
    name = gssapi.Name(credential.principal, gssapi.NameType.kerberos_principal)
    cache = f"MEMORY:krbcheck-{next(_numbers)}"
    match credential.source.kind:
        case "keytab":
            store: dict[bytes | str, bytes | str] = {"client_keytab": credential.source.location, "ccache": cache}
            return gssapi.Credentials(name=name, usage="initiate", store=store)
        case "ccache":
            # The library writes new tickets into its own cache; that of the user is only read.
            held = gssapi.Credentials(name=name, usage="initiate", store={"ccache": credential.source.location})
            held.store({"ccache": cache}, usage="initiate", overwrite=True)
            return gssapi.Credentials(name=name, usage="initiate", store={"ccache": cache})
        case _ if credential.password is not None:
            got = gssapi.raw.acquire_cred_with_password(name, credential.password.reveal(), usage="initiate")
            return got.creds
        case _:
            raise NoAnswer(Gap.NO_CREDENTIALS, f"no password or keytab of {credential.principal}")


def service_ticket(wallet: Wallet, principal: str, service: str) -> LibkrbTicket:
    """Returns whether libkrb5 gets a ticket for the SPN `class/host`, with its error if not. Nothing is sent to the
    service.

    libkrb5 has no time limit (it waits up to 30 seconds for a KDC that does not respond): the scheduler's deadline ends
    it.

    Raises NoAnswer: NOT_HERE if gssapi is not installed, NO_CREDENTIALS or NOT_ALLOWED as `Wallet.credential`,
    MALFORMED if the token contains no AP-REQ. Raises Malformed if the AP-REQ cannot be decoded.
    """
    credential = wallet.credential(principal)
    gssapi = _gssapi()
    try:
        target = gssapi.Name(service.replace("/", "@", 1), gssapi.NameType.hostbased_service)
        context = gssapi.SecurityContext(
            name=target, creds=credentials(credential), mech=gssapi.MechType.kerberos, usage="initiate"
        )
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
