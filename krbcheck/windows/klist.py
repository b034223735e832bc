"""Reads the saved output of Windows' klist by its structure, so that the language of Windows has no effect.

Each ticket begins with `#n>`. Its lines with `name @ REALM` are the client, then the server; its dates are the start,
then the end, then the time until which it can be renewed. klist writes dates as month/day/year in every language, and
in the time zone of the host. A date with periods is read as day.month.year, one that begins with the year as year,
month, day. Labels are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import pairwise

from krbcheck.windows.malformed import Malformed

MOST_TICKETS = 10_000
MOST_LINE = 600
ENTRY = re.compile(r"^\s*#\d{1,5}>", re.MULTILINE)
COUNT = re.compile(r"[:：][ \t\xa0]*\((\d{1,5})\)\s*$", re.MULTILINE)
PRINCIPAL = re.compile(r"^[^:：]*[:：]\s*(\S(?:.*\S)?) @ (\S+)\s*$")
DATE = re.compile(r"(?<![\d.])(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})\s+(\d{1,2}):(\d\d):(\d\d)(?!\d)")
FLAGS = re.compile(r"\b0x([0-9a-fA-F]{1,8})\s*->")
ENCRYPTION = {
    "AES-256-CTS-HMAC-SHA1-96": 18,
    "AES-128-CTS-HMAC-SHA1-96": 17,
    "AES-256-CTS-HMAC-SHA384-192": 20,
    "AES-128-CTS-HMAC-SHA256-128": 19,
    "RSADSI RC4-HMAC(NT)": 23,
    "DES-CBC-MD5": 3,
    "DES-CBC-CRC": 1,
}
"""The encryption types as klist names them, with their numbers (RFC 3961, RFC 8009)."""
INITIAL = 0x00400000
"""The flag of a ticket that the AS exchange issued (RFC 4120 5.3): it starts when its client logs on."""
ENCODINGS = ("utf-8", "cp1252", "cp850", "cp932")
"""UTF-8, and the code pages of Windows and its console in Western Europe and Japan."""


@dataclass(frozen=True)
class ListedTicket:
    """A ticket that klist shows. Times are UTC. An encryption type that klist does not name as above is 0."""

    client: str
    client_realm: str
    service: str
    realm: str
    etype: int
    session_etype: int
    flags: int
    start: datetime
    end: datetime

    @property
    def is_initial_tgt(self) -> bool:
        """Whether it is a TGT from an AS exchange: its groups are those of its start."""
        return self.service.lower().startswith("krbtgt/") and bool(self.flags & INITIAL)


def texts(data: bytes) -> Iterator[str]:
    """Yields the file as text: in the encoding of its byte order mark, else in each encoding that fits."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if data.startswith(mark):
            yield data[len(mark) :].decode(encoding, errors="replace")
            return
    if b"\0" in data[:64]:
        yield data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", errors="replace")
        return
    for encoding in ENCODINGS:
        try:
            yield data.decode(encoding)
        except UnicodeDecodeError:
            continue


def tickets(text: str, zone: tzinfo) -> list[ListedTicket]:
    """Returns the tickets in the output of klist on a host in this time zone.

    Raises Malformed if the text is not such output, or is cut off.
    """
    begins = [match.start() for match in ENTRY.finditer(text)]
    if len(begins) > MOST_TICKETS:
        raise Malformed(f"it lists more than {MOST_TICKETS} tickets")
    found = [_ticket(text[begin:end], zone) for begin, end in pairwise([*begins, len(text)])]
    stated = [int(count[1]) for count in COUNT.finditer(text)]
    if not begins and not stated:
        raise Malformed("it is not the output of klist")
    if stated and sum(stated) != len(found):
        raise Malformed(f"it states {sum(stated)} tickets and lists {len(found)}")
    return found


def _ticket(block: str, zone: tzinfo) -> ListedTicket:
    lines = [line[:MOST_LINE] for line in block.splitlines()]
    names = [match for line in lines if (match := PRINCIPAL.match(line))]
    dates = [match for line in lines if (match := DATE.search(line))]
    if len(names) < 2 or len(dates) < 2:
        number = block.strip()[: block.strip().find(">")]
        raise Malformed(f"its ticket {number} has no client, server, start and end")
    flags = FLAGS.search(block)
    kinds = [number for line in lines for name, number in ENCRYPTION.items() if line.rstrip().endswith(name)]
    return ListedTicket(
        names[0][1],
        names[0][2],
        names[1][1],
        names[1][2],
        kinds[0] if kinds else 0,
        kinds[1] if len(kinds) > 1 else 0,
        int(flags[1], 16) if flags else 0,
        _time(dates[0], zone),
        _time(dates[1], zone),
    )


def _time(date: re.Match[str], zone: tzinfo) -> datetime:
    """Returns the time in UTC. In the hour that a clock repeats, the earlier one is meant."""
    first, second, third = (int(date[part]) for part in (1, 3, 4))
    if first > 31:
        year, month, day = first, second, third
    elif date[2] == ".":
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    try:
        local = datetime(year, month, day, int(date[5]), int(date[6]), int(date[7]), tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("it contains a date that is not month/day/year, as klist writes it") from None
