"""Encryption types are added to the old ones; a new trust password names its risk."""

from __future__ import annotations

import pytest

from krbcheck.windows.key_steps import encryption_types, reset_trust_password, types_of
from krbcheck.windows.remedy import Platform, StepClass, selected

SAMBA = {"x.com": (Platform.SAMBA, "vendorName")}


@pytest.mark.parametrize(("old", "was", "now"), [(None, "0", "24"), (4, "4", "28"), (28, "28", "28"), (0, "0", "24")])
def test_aes_is_added_and_nothing_is_removed(old: int | None, was: str, now: str) -> None:
    assert types_of(old) == {"was": was, "now": now}


@pytest.mark.parametrize("known", [{}, SAMBA])
def test_the_old_types_are_shown_and_restored_by_the_undo(known: dict[str, tuple[Platform, str]]) -> None:
    look, change = selected(encryption_types("NAS$", "x.com", "4", "28"), known)
    assert "krbcheck read: 4" in look.says
    assert "28" in change.command
    assert "4" in change.undo


@pytest.mark.parametrize("known", [{}, SAMBA])
def test_a_new_trust_password_interrupts_and_says_so(known: dict[str, tuple[Platform, str]]) -> None:
    steps = selected(reset_trust_password("x.com", "y.com"), known)
    assert {step.step_class for step in steps} == {StepClass.INTERRUPTS}
    assert all(step.caution for step in steps)
