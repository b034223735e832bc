"""The content of a forest search order: what Windows reads, what was meant, and the errors in its format."""

from __future__ import annotations

import pytest

from krbcheck.views.search_order.effect import State, Value
from krbcheck.views.search_order.lists import SearchOrder, same, search_order
from krbcheck.windows.policy_file import REG_DWORD, REG_SZ

REG_MULTI_SZ = 7
ON = Value(1, REG_DWORD)


def order(text: str | None, use: Value = ON, kind: int = REG_SZ) -> SearchOrder:
    return search_order(State(use, Value(text, kind) if text is not None else Value(None)))


def test_forests_are_separated_by_semicolons_and_compared_without_letter_case() -> None:
    found = order("Tintri.com;FABRIC.com.")
    assert found.names == found.meant == found.in_force == ("tintri.com", "fabric.com")
    assert found.faults == ()
    assert found.text == "Tintri.com;FABRIC.com."


def test_another_separator_makes_one_name_of_two() -> None:
    found = order("tintri.com, fabric.com")
    assert found.names == ("tintri.com, fabric.com",)
    assert found.meant == ("tintri.com", "fabric.com")


@pytest.mark.parametrize(
    ("found", "faults"),
    [
        (order("tintri.com,fabric.com"), ["a comma is used instead of a semicolon"]),
        (order("tintri.com fabric.com"), ["a blank is used instead of a semicolon"]),
        (order("tintri.com; fabric.com"), ["a name has blanks before or after it"]),
        (order("tintri.com;;fabric.com"), ["an entry is empty"]),
        (order("TINTRI"), ["tintri is a NetBIOS name, not a DNS name"]),
        (order("tintri.com;Tintri.COM"), ["tintri.com is listed more than once"]),
        (order(""), ["the list is empty"]),
        (order(None), ["the list is empty"]),
        (order("tintri.com", Value(0, REG_DWORD)), ["UseForestSearch is not 1 although there is a list"]),
        (order("tintri.com", kind=REG_MULTI_SZ), ["ForestSearchList is not a REG_SZ (type 7)"]),
        (order(None, Value(None)), []),
    ],
)
def test_an_error_in_the_format_is_named(found: SearchOrder, faults: list[str]) -> None:
    assert list(found.faults) == faults


def test_a_list_is_in_force_only_with_a_dword_of_one() -> None:
    assert order("tintri.com", Value(0, REG_DWORD)).in_force == ()
    as_text = order("tintri.com", Value("1", REG_SZ))
    assert as_text.in_force == ()
    assert f"UseForestSearch is not a REG_DWORD (type {REG_SZ})" in as_text.faults


@pytest.mark.parametrize(
    ("text", "stated", "equal"),
    [
        ("tintri.com;fabric.com", ("tintri.com", "fabric.com"), True),
        ("tintri.com, fabric.com", ("tintri.com", "fabric.com"), True),
        ("TINTRI;fabric.com", ("tintri.com", "fabric.com"), True),
        ("vmlevel.com;tintri.com", ("tintri.com",), True),
        ("tintri.com", ("vmlevel.com", "tintri.com"), True),
        ("fabric.com;tintri.com", ("tintri.com", "fabric.com"), False),
        ("tintri.com", ("tintri.com", "fabric.com"), False),
        ("tintri.com;other.com", ("tintri.com",), False),
    ],
)
def test_the_order_counts_and_the_own_forest_does_not(text: str, stated: tuple[str, ...], equal: bool) -> None:
    assert same(order(text), stated, "vmlevel.com") is equal
