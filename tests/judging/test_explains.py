"""How a declaration is written."""

from __future__ import annotations

from krbcheck.judging.explains import Explains, explains


def test_a_label_may_have_another_name_in_the_target() -> None:
    assert explains("a.x", "a.x/bad", same="service home=domain") == Explains(
        ("a.x", "a.x/bad"), (("service", "service"), ("home", "domain"))
    )


def test_conditions_are_words_without_letter_case() -> None:
    declared = explains("a.x", same="service", where={"error": "7 14"}, when={"reason": "Clock"})
    assert declared.where == {"error": frozenset({"7", "14"})}
    assert declared.when == {"reason": frozenset({"clock"})}
