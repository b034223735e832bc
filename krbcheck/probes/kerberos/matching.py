"""Verifies that the reply of a KDC answers the request (RFC 4120 3.1.5, 3.3.4). Nothing is sent.

A request is not encrypted, and an AS-REQ is not signed. A ticket for another name, of another realm or with other times
shows that the request was changed on the network, or that the reply belongs to another request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.messages import LIFETIME
from krbcheck.windows import der

TOLERANCE = timedelta(hours=1)
"""How far the clock of a KDC may differ from the local clock: domains may be configured for more than five minutes."""


class Asked(NamedTuple):
    """The content of a request: `service` and `client` without realms, `realm` of the KDC, `at` the time of the
    request.

    `authtime` is that of the ticket-granting ticket in a TGS-REQ, None in an AS-REQ. `referable` unless the service is
    the client itself.
    """

    client: str
    client_realm: str
    service: str
    realm: str
    nonce: int
    at: datetime
    authtime: datetime | None = None
    referable: bool = True

    @classmethod
    def with_ticket(
        cls, tgt: Ticket, service: str, realm: str, nonce: int, at: datetime, *, referable: bool = True
    ) -> Asked:
        """Returns the content of a TGS-REQ that presents `tgt`."""
        client, _, of_name = tgt.client.rpartition("@")
        return cls(client, tgt.client_realm or of_name, service, realm, nonce, at, tgt.authtime, referable)


def verify(ticket: Ticket, asked: Asked) -> None:
    """Raises NoAnswer (MALFORMED) if the reply does not answer the request, and Malformed if its ticket cannot be
    decoded.

    Letter case of names and realms is ignored, since Active Directory returns its own (RFC 6806 6).
    """
    plain = replies.message(ticket.der.reveal(), replies.TICKET)
    if (der.read_text(plain[1]), replies.name(plain[2])) != (ticket.realm, ticket.service):
        raise NoAnswer(Gap.MALFORMED, "the ticket in the KDC's reply is for another service than its encrypted part")
    client, _, _ = ticket.client.rpartition("@")
    _same("client name", client, asked.client)
    _same("client realm", ticket.client_realm, asked.client_realm)
    _same("realm", ticket.realm, asked.realm)
    if not _is_referral(ticket, asked):
        _same("service", ticket.service, asked.service)
    if says := _implausible(ticket, asked):
        raise NoAnswer(Gap.MALFORMED, f"the KDC's reply has times that no KDC gives: {says}")


def _same(what: str, found: str, expected: str) -> None:
    if found.casefold() != expected.casefold():
        raise NoAnswer(
            Gap.MALFORMED, f"the KDC's reply is to another request: its {what} is {found[:200]}, not {expected}"
        )


def _is_referral(ticket: Ticket, asked: Asked) -> bool:
    """Returns whether the reply to a TGS-REQ is a ticket-granting ticket of another realm (RFC 4120 3.3.3.1, RFC 6806
    8).
    """
    kind, _, other = ticket.service.partition("/")
    away = kind.casefold() == "krbtgt" and other != "" and other.casefold() != asked.realm.casefold()
    return away and asked.authtime is not None and asked.referable


def _implausible(ticket: Ticket, asked: Asked) -> str:
    """Returns which times are wrong; empty if none is."""
    if asked.authtime is not None and ticket.authtime != asked.authtime:
        return f"authtime {ticket.authtime} is not that of the ticket-granting ticket ({asked.authtime})"
    if asked.authtime is None and abs(ticket.authtime - asked.at) > TOLERANCE:
        return f"authtime {ticket.authtime} in a reply to a request of {asked.at}"
    if ticket.starttime - asked.at > TOLERANCE:
        return f"starttime {ticket.starttime} in a reply to a request of {asked.at}"
    if ticket.endtime <= ticket.starttime or asked.at - ticket.endtime > TOLERANCE:
        return f"the ticket ends at {ticket.endtime}"
    if ticket.endtime - asked.at > LIFETIME + TOLERANCE:
        return f"endtime {ticket.endtime} is after the requested end"
    return ""
