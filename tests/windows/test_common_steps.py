"""The steps that several remedies share: each change has its undo and its verification."""

from __future__ import annotations

import pytest

from krbcheck.windows.common_steps import (
    clear_expiration,
    enable_account,
    purge_tickets,
    register_spn,
    replicate,
    unlock_account,
    unregister_spn,
    with_caution,
)
from krbcheck.windows.remedy import Platform, Remedy, StepClass, changes, looks, selected

SAMBA = {"x.com": (Platform.SAMBA, "vendorName"), "dc1": (Platform.SAMBA, "vendorName")}


def commands(remedy: Remedy, *, samba: bool = False) -> list[str]:
    return [step.command for step in selected(remedy, SAMBA if samba else {})]


def test_registering_and_unregistering_an_spn_revert_each_other() -> None:
    for samba in (False, True):
        known = SAMBA if samba else {}
        (add,) = selected(register_spn("cifs/a", "NAS$", "x.com"), known)
        (delete,) = selected(unregister_spn("cifs/a", "NAS$", "x.com"), known)
        assert (add.command, add.undo) == (delete.undo, delete.command)


def test_a_samba_controller_gets_its_own_commands() -> None:
    assert commands(enable_account("h$", "x.com"), samba=True) == ["samba-tool user enable 'h$'"]
    assert commands(unlock_account("h$", "x.com"), samba=True) == ["samba-tool user unlock 'h$'"]
    assert commands(clear_expiration("h$", "x.com"), samba=True)[-1] == "samba-tool user setexpiry 'h$' --noexpiry"
    assert commands(replicate("dc1"), samba=True) == ["samba-tool drs showrepl"]
    assert commands(replicate("dc1")) == ["repadmin /showrepl dc1", "repadmin /syncall dc1 /A /e"]


def test_the_old_expiration_is_looked_at_first() -> None:
    look, change = selected(clear_expiration("h$", "x.com"), {})
    assert (look.step_class, change.step_class) == (StepClass.LOOKS, StepClass.CHANGES)
    assert "accountExpires" in look.command


def test_purging_tickets_interrupts_nothing() -> None:
    assert purge_tickets("hv01").step_class is StepClass.CHANGES


@pytest.mark.parametrize(("step", "expected"), [(looks("a"), StepClass.LOOKS), (changes("a"), StepClass.INTERRUPTS)])
def test_a_caution_is_put_on_what_changes_something(step: object, expected: StepClass) -> None:
    (made,) = with_caution((step,), "sessions end")  # type: ignore[arg-type]
    assert (made.step_class, made.caution) == (expected, "" if expected is StepClass.LOOKS else "sessions end")
