"""What a number or a name that Windows shows can mean, and which checks to run first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from krbcheck.windows.events import EVENTS
from krbcheck.windows.first_checks import of_krb, of_status
from krbcheck.windows.kerberos_errors import KRB_CODES
from krbcheck.windows.ntstatus import NTSTATUS
from krbcheck.windows.remedy import Remedy
from krbcheck.windows.symptoms import HRESULTS, WIN32, errors

MIT_BASE = -1765328384
"""The first error number of libkrb5 (ERROR_TABLE_BASE_krb5)."""


class Meaning(NamedTuple):
    """A title, its kind with the source, the meaning without a full stop, the checks to run first, and the fix."""

    title: str
    kind: str
    means: str
    first: tuple[str, ...]
    fix: Remedy = ()


def meanings(typed: str) -> list[Meaning]:
    """Everything that a number (decimal, hexadecimal, negative) or a name can mean; `event 30803` only the event."""
    words = typed.split()
    if len(words) > 1 and words[0].lower() in ("event", "eventid", "id"):
        number = _number(words[-1])
        return list(_events(number)) if number is not None else []
    name = "_".join(words)
    number = _number(name)
    folded = name.upper().removeprefix("KRB5").removeprefix("NT_")
    return [*_kerberos(number, folded), *_statuses(number, folded), *_windows(number, folded), *_events(number)]


def _kerberos(number: int | None, folded: str) -> Iterator[Meaning]:
    for code, known in KRB_CODES.items():
        if number in (code, MIT_BASE + code, MIT_BASE + code + 2**32) or folded in _short_names(known.name):
            title = f"{known.name} ({code}, 0x{code:X})"
            yield Meaning(title, "Kerberos error, RFC 4120 7.5.9", known.means, of_krb(code), known.fix)


def _statuses(number: int | None, folded: str) -> Iterator[Meaning]:
    for status, known in NTSTATUS.items():
        if number in (status, status - 2**32) or folded in _short_names(known.name):
            title = f"{known.name} (0x{status:08X})"
            yield Meaning(title, "NTSTATUS, MS-ERREF 2.3.1", known.means, of_status(status), known.fix)


def _windows(number: int | None, folded: str) -> Iterator[Meaning]:
    named = [code for table in (WIN32, HRESULTS) for code, known in table.items() if folded == known.name]
    for code in named if number is None else [number]:
        for title, kind, known in errors(code):
            yield Meaning(title, kind, known.means, known.first)


def _events(number: int | None) -> Iterator[Meaning]:
    for log, source, event in EVENTS.get(number, ()) if number is not None else ():
        yield Meaning(f"Event {number}: {event.name}", f"{log}; {source}", event.means, event.first)


def _number(name: str) -> int | None:
    try:
        return int(name, 16) if name.lower().startswith("0x") else int(name)
    except ValueError:
        return None


def _short_names(name: str) -> tuple[str, ...]:
    """Returns a name with and without its prefix: KDC_ERR_POLICY, ERR_POLICY, POLICY."""
    return name, *(
        name.removeprefix(text) for text in ("KDC_ERR_", "KRB_AP_ERR_", "KRB_ERR_", "STATUS_", "KDC_", "KRB_")
    )
