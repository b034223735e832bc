"""Every event has a source, a meaning, and checks that exist."""

from __future__ import annotations

import pytest

from krbcheck.judging.registry import load
from krbcheck.windows.events import EVENTS

ENTRIES = [(number, *entry) for number, entries in EVENTS.items() for entry in entries]


@pytest.mark.parametrize(
    ("number", "log"), [(30803, "SMBClient"), (4769, "Security"), (19100, "VMMS"), (205, "KDCSVC")]
)
def test_an_event_names_its_log(number: int, log: str) -> None:
    assert [entry for entry, _, _ in EVENTS[number] if log in entry]


def test_every_event_has_a_source() -> None:
    assert [number for number, _, source, _ in ENTRIES if not source.startswith("https://")] == []


def test_every_event_leads_to_checks_that_exist() -> None:
    assert {check for *_, known in ENTRIES for check in known.first} <= set(load())
    assert all(known.first and known.name and not known.means.endswith(".") for *_, known in ENTRIES)
