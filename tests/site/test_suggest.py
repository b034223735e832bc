"""Words that a user typed: quoted without harm, and the known word that is nearest."""

from __future__ import annotations

import pytest

from krbcheck.site.suggest import allowed_of, nearest, quoted


def test_typed_text_is_quoted_on_one_line_without_controls() -> None:
    assert quoted("a\nb\x1b[2J") == "'a\ufffdb\ufffd[2J'"


def test_long_text_is_cut_at_80_characters() -> None:
    assert quoted("x" * 80) == f"'{'x' * 80}'"
    assert quoted("x" * 81) == f"'{'x' * 80}…'"


@pytest.mark.parametrize(
    ("typed", "known"),
    [("alise", "alice"), ("ALICE", "alice"), ("vmstor", "VMStore"), ("zzz", ""), ("", "")],
)
def test_the_nearest_known_word_is_found_in_any_letter_case(typed: str, known: str) -> None:
    assert nearest(typed, ["alice", "bob", "VMStore"]) == known


def test_a_mistake_lists_all_that_is_allowed() -> None:
    assert allowed_of("chnage", ["full", "change"]) == "did you mean 'change'? allowed: full, change"
    assert allowed_of("zzz", ["full", "change"]) == "allowed: full, change"
