"""Text of servers in reports: one line, without controls, bounded."""

from __future__ import annotations

import pytest

from krbcheck.report.text import cut, plain


@pytest.mark.parametrize("harm", ["\x1b", "\n", "\r", "\x00", "\x9b", "\u202e", "\u2066", "\U000e0041", "\u2028"])
def test_what_steers_a_terminal_or_hides_is_replaced(harm: str) -> None:
    assert plain(f"a{harm}b") == "a\ufffdb"


def test_letters_of_any_script_stay() -> None:
    assert plain("größe 日本 → ok") == "größe 日本 → ok"


def test_what_is_longer_than_the_limit_ends_with_its_length() -> None:
    assert cut("x" * 30, 30) == "x" * 30
    assert cut("x" * 31, 30) == f"{'x' * 13}… (31 characters)"
    assert len(plain("x" * 100_000, 30)) == 30
