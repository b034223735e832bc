"""The access check of MS-DTYP 2.5.3.2: order, owner, generic rights, lists that are empty or not there."""

from __future__ import annotations

import pytest

from krbcheck.windows.access_check import ALL, OWNER_RIGHTS, READ_CONTROL, WRITE_DAC, mapped, maximum
from krbcheck.windows.descriptor import Ace, Descriptor

A, B, OWNER = "S-1-5-21-1-1-1-1000", "S-1-5-21-1-1-1-1001", "S-1-5-21-1-1-1-500"
READ, WRITE = 0x120089, 0x120116


def allow(sid: str, mask: int, flags: int = 0, right: str = "", conditional: bool = False) -> Ace:
    return Ace(True, mask, sid, right, conditional, flags)


def deny(sid: str, mask: int, flags: int = 0, right: str = "", conditional: bool = False) -> Ace:
    return Ace(False, mask, sid, right, conditional, flags)


@pytest.mark.parametrize(
    ("entries", "mask"),
    [
        pytest.param((), 0, id="an-empty-list-lets-nobody-in"),
        pytest.param(None, ALL, id="no-list-lets-everyone-in"),
        pytest.param((allow(A, READ), allow(B, WRITE)), READ, id="entries-for-others-do-not-count"),
        pytest.param((allow(A, READ), allow(A, WRITE)), READ | WRITE, id="allows-add-up"),
        pytest.param((deny(A, WRITE), allow(A, READ | WRITE)), READ & ~WRITE, id="deny-before-allow"),
        pytest.param((allow(A, READ | WRITE), deny(A, WRITE)), READ | WRITE, id="allow-before-deny"),
        pytest.param((deny(B, WRITE), allow(A, WRITE)), WRITE, id="a-deny-for-others-does-not-count"),
        pytest.param((allow(A, READ, 0x08),), 0, id="inherit-only-does-not-count"),
        pytest.param((allow(A, READ, 0x13),), READ, id="inherited-counts"),
        pytest.param((allow(A, 0x10000000),), ALL, id="generic-all"),
        pytest.param((deny(A, 0x40000000), allow(A, 0x10000000)), ALL & ~WRITE, id="generic-write-denied"),
        pytest.param((allow(A, READ, right="x"), deny(A, 0x1, right="x"), allow(A, 0x3)), 0x2, id="object-entries"),
        pytest.param((allow(A, READ, conditional=True), deny(A, 0x1, conditional=True)), 0, id="conditional-entries"),
        pytest.param((allow(OWNER_RIGHTS, ALL),), 0, id="owner-rights-are-the-owners"),
        pytest.param((allow(A, 0x01000000 | READ),), READ, id="rights-that-are-none-of-files"),
    ],
)
def test_what_a_list_grants(entries: tuple[Ace, ...] | None, mask: int) -> None:
    assert maximum(Descriptor(OWNER, dacl=entries), {A}).mask == mask


@pytest.mark.parametrize(
    ("entries", "mask"),
    [
        pytest.param((), READ_CONTROL | WRITE_DAC, id="reads-and-writes-the-list"),
        pytest.param((deny(OWNER, ALL), allow(OWNER, ALL)), READ_CONTROL | WRITE_DAC, id="even-if-denied"),
        pytest.param((allow(OWNER_RIGHTS, READ),), READ, id="owner-rights-take-their-place"),
        pytest.param((deny(OWNER_RIGHTS, ALL),), 0, id="owner-rights-that-deny"),
        pytest.param((allow(OWNER_RIGHTS, READ, 0x08),), READ_CONTROL | WRITE_DAC, id="not-if-for-children-alone"),
    ],
)
def test_what_an_owner_may(entries: tuple[Ace, ...], mask: int) -> None:
    assert maximum(Descriptor(OWNER, dacl=entries), {OWNER}).mask == mask


IF_READ, IF_NOT = allow(A, READ, conditional=True), deny(A, READ, conditional=True)


@pytest.mark.parametrize(
    ("entries", "doubtful"),
    [
        pytest.param((IF_READ,), READ, id="it-may-grant"),
        pytest.param((IF_NOT, allow(A, READ | WRITE)), READ, id="it-may-deny-what-a-later-one-grants"),
        pytest.param((IF_NOT,), 0, id="it-may-deny-what-nobody-grants"),
        pytest.param((IF_READ, allow(A, READ)), 0, id="a-later-one-grants-the-same"),
        pytest.param((allow(A, 0x1), IF_READ), READ & ~0x1, id="an-earlier-one-has-decided"),
        pytest.param((deny(A, READ), IF_READ), 0, id="an-earlier-one-has-denied"),
        pytest.param((IF_NOT, IF_READ), READ, id="two-conditions"),
        pytest.param((allow(B, READ, conditional=True),), 0, id="it-is-for-others"),
        pytest.param((allow(A, READ, 0x08, conditional=True),), 0, id="it-is-for-children-alone"),
        pytest.param((allow(OWNER_RIGHTS, READ, conditional=True),), 0, id="it-is-the-owners"),
        pytest.param((allow(A, 0x10000000, conditional=True),), ALL, id="generic-all"),
        pytest.param(None, 0, id="no-list"),
    ],
)
def test_what_hangs_on_a_condition(entries: tuple[Ace, ...] | None, doubtful: int) -> None:
    assert maximum(Descriptor(OWNER, dacl=entries), {A}).doubtful == doubtful


@pytest.mark.parametrize(
    ("generic", "means"),
    [(0x80000000, 0x120089), (0x40000000, 0x120116), (0x20000000, 0x1200A0), (0x10000000, 0x1F01FF), (0x3, 0x3)],
)
def test_generic_rights_mean_rights_of_files(generic: int, means: int) -> None:
    assert mapped(generic) == means


def test_a_share_that_grants_no_data_does_not_open() -> None:
    assert not maximum(Descriptor(dacl=(allow(A, 0x1F01FC),)), {A}).opens
    assert maximum(Descriptor(dacl=(allow(A, 0x1),)), {A}).opens


def test_the_entries_that_decided_are_named() -> None:
    took, gave = deny(A, WRITE), allow(A, READ | WRITE)
    granted = maximum(Descriptor(dacl=(took, gave, allow(A, READ))), {A})
    assert (granted.denied, granted.allowed, granted.owner) == ((took,), (gave,), False)
