"""Records are found by their subject."""

from __future__ import annotations

from krbcheck.facts.grouping import grouped


def test_records_of_a_key_keep_their_order() -> None:
    records = ["bob-2", "alice-9", "bob-1", "alice-3"]
    assert grouped(records, lambda record: record.partition("-")[0]) == {
        "bob": ["bob-2", "bob-1"],
        "alice": ["alice-9", "alice-3"],
    }


def test_an_iterator_is_read_once() -> None:
    assert grouped(iter([1, 2, 3]), lambda number: number % 2) == {1: [1, 3], 0: [2]}
    assert grouped((), str) == {}
