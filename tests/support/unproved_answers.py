"""Which answers of the healthy lab come without proof that their sender has a key of the named server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from krbcheck.facts.kerberos import KrbError
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SessionKind, SmbSession
from tests.support.evidence import at, observations
from tests.support.said import AllFacts

NAMES = "DNS answers are not signed"
NEGOTIATED = "NEGOTIATE is answered before there is a key"
PORTS = "a TCP connection shows that something accepts it"
OF_THIS_HOST = "what libkrb5 and the caches of this host contain is no answer of a server over the network"
UNPROVED: Mapping[tuple[str, str], str] = {
    ("ControllerPorts", "ports"): PORTS,
    ("CredentialCaches", "caches"): OF_THIS_HOST,
    ("KdcReplies", "replies"): "a KRB-ERROR has no key",
    ("LibkrbTickets", "attempts"): OF_THIS_HOST,
    ("LocatorAnswers", "hosts"): NAMES,
    ("LocatorAnswers", "services"): NAMES,
    ("NameAnswers", "forward"): NAMES,
    ("NameAnswers", "reverse"): NAMES,
    ("NetworkInterfaces", "answers"): "Samba has one interface for each tenant and rejects the query",
    ("PortAnswers", "managements"): PORTS,
    ("PortAnswers", "ports"): PORTS,
    ("SmbDialects", "answers"): NEGOTIATED,
    ("SmbSpeeches", "ones"): NEGOTIATED,
    ("SmbSpeeches", "speeches"): NEGOTIATED,
    ("SpnHosts", "hosts"): NAMES,
}
"""By family and list, with the reason. In all other lists, only a KRB-ERROR and a session without a ticket is so."""


def wrongly_marked(facts: AllFacts) -> Iterator[str]:
    """The observations whose mark differs from the table."""
    for kind, family in facts.items():
        for path, seen in observations(family):
            field = str(path[0])
            if isinstance(seen, Observed) and seen.authenticated is not _is_proved(
                kind.__name__, field, seen, at(family, path[:2])
            ):
                yield f"{kind.__name__}.{field} of {seen.of}: {seen.asked}: authenticated is {seen.authenticated}"


def _is_proved(family: str, field: str, seen: Observed[Any], record: object) -> bool:
    without_ticket = isinstance(record, SmbSession) and record.kind is not SessionKind.KERBEROS
    return (family, field) not in UNPROVED and not isinstance(seen.value, KrbError) and not without_ticket
