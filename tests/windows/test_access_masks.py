"""Access masks in the words of the permissions dialog."""

from __future__ import annotations

import pytest

from krbcheck.windows.access_masks import (
    ACCESS_SYSTEM_SECURITY,
    CHANGE,
    FULL,
    LIST_ROOT,
    READ,
    WRITE,
    access_word,
    access_words,
)


@pytest.mark.parametrize(
    ("mask", "word"),
    [
        (FULL, "full"),
        (CHANGE, "change"),
        (WRITE, "read and write"),
        (READ, "read"),
        (FULL & ~0x40, "change"),
        (CHANGE & ~0x10000, "read and write"),
        (LIST_ROOT, "less than read"),
        (0, "less than read"),
    ],
)
def test_a_mask_is_the_most_that_it_grants_in_full(mask: int, word: str) -> None:
    assert access_word(mask) == word


def test_the_mask_follows_in_hex_and_backup_rights_are_named() -> None:
    assert access_words(READ) == "read (0x001200A9)"
    assert access_words(FULL | ACCESS_SYSTEM_SECURITY) == "full, with backup or restore rights (0x011F01FF)"
