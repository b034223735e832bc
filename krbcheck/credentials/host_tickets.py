"""Reads the tickets that the host of a principal has: their names and times, from its credential cache or its klist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from krbcheck.credentials import ccache
from krbcheck.credentials.binary import BadFile
from krbcheck.facts.groups import CacheContent
from krbcheck.facts.kerberos import TicketFacts
from krbcheck.windows import klist
from krbcheck.windows.klist import ListedTicket
from krbcheck.windows.malformed import Malformed

MOST_BYTES = 1 << 20
"""The largest output of klist that is read."""


def of_cache(principal: str, data: bytes) -> CacheContent:
    """Returns the content of a credential cache. Raises BadFile if it has no ticket of the principal."""
    owner, held = ccache.tickets(data)
    if owner.casefold() != principal.casefold():
        raise BadFile(f"it contains no ticket of {principal}; it contains tickets of {owner[:80]}")
    if not held:
        raise BadFile("it contains no ticket; copy it while the host uses the storage")
    return CacheContent(tuple(ticket.facts() for ticket in held))


def of_klist(principal: str, path: str, zone: str) -> list[ListedTicket]:
    """Returns the principal's tickets in the saved output of klist. Raises BadFile if there is none."""
    where = UTC if zone == "UTC" else ZoneInfo(zone)
    reason, others = "it is not text", set[str]()
    for text in klist.texts(_read(path)):
        try:
            listed = klist.tickets(text, where)
        except Malformed as bad:
            reason = str(bad)
            continue
        clients = {f"{ticket.client}@{ticket.client_realm}" for ticket in listed}
        if own := [ticket for ticket in listed if _client(ticket) == principal.casefold()]:
            return own
        others |= clients
        reason = f"it contains no ticket of {principal}"
    shown = ", ".join(name[:80] for name in sorted(others)[:3])
    raise BadFile(f"{reason}; it contains tickets of {shown}" if shown else f"{reason}; {_how(principal)}")


def content(tickets: Sequence[ListedTicket]) -> CacheContent:
    """Returns the tickets with the time of the logon that each dates from.

    klist shows the start of a ticket, and not the logon (authtime) whose groups it contains: that is the start of the
    last TGT before it that an AS exchange issued. A ticket before each of those is undated.
    """
    logons = sorted(ticket.start for ticket in tickets if ticket.is_initial_tgt)
    found, undated = [], []
    for ticket in tickets:
        before = [logon for logon in logons if logon <= ticket.start]
        if not before:
            undated.append(ticket.service)
        found.append(
            TicketFacts(
                ticket.client,
                ticket.client_realm,
                ticket.service,
                ticket.realm,
                ticket.etype,
                ticket.session_etype,
                None,
                ticket.flags,
                before[-1] if before else ticket.start,
                ticket.end,
            )
        )
    return CacheContent(tuple(found), tuple(dict.fromkeys(undated)))


def _client(ticket: ListedTicket) -> str:
    return f"{ticket.client}@{ticket.client_realm}".casefold()


def _how(principal: str) -> str:
    command = "klist -li 0x3e7" if principal.partition("@")[0].endswith("$") else "klist"
    return f"save the output of {command} while the host uses the storage"


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as bad:
        raise BadFile(f"it cannot be read: {getattr(bad, 'strerror', None) or 'not a valid file name'}") from None
    if len(data) > MOST_BYTES:
        raise BadFile(f"it is larger than {MOST_BYTES} bytes")
    return data
