"""Steps of remedies: filled with values, and selected by platform."""

from __future__ import annotations

import pytest

from krbcheck.windows.remedy import Platform, Remedy, StepClass, changes, fill, looks, selected, variants, verified

BOTH = variants("{domain}", windows=[looks("setspn -Q {spn}")], samba=[looks("samba-tool spn list '{spn}'")])
KNOWN = {"x.com": (Platform.SAMBA, "vendorName"), "nas": (Platform.VMSTORE, "vmstore_api")}


def commands(remedy: Remedy) -> list[str]:
    return [step.command for step in remedy]


def test_a_value_remains_data_in_commands_and_is_whole_in_prose() -> None:
    (step,) = fill([looks("net view {path}", says="Open {path}")], {"path": "a; b"})
    assert (step.command, step.says) == ("net view a? b", "Open a; b")


@pytest.mark.parametrize(("domain", "command"), [("X.com", "samba-tool spn list 'a/b'"), ("y.com", "setspn -Q a/b")])
def test_the_platform_selects_the_variant_and_windows_where_it_is_not_known(domain: str, command: str) -> None:
    (step,) = selected(fill(BOTH, {"domain": domain, "spn": "a/b"}), KNOWN)
    assert step.command == command
    assert step.known_by == ("vendorName" if domain == "X.com" else "the platform of y.com is not known")


def test_a_platform_without_a_variant_gets_that_for_windows() -> None:
    assert commands(selected(variants("nas", windows=[looks("a")], samba=[looks("b")]), KNOWN)) == ["a"]


def test_steps_that_are_no_variants_stay_where_they_are() -> None:
    remedy = (
        looks("first"),
        *variants("x.com", windows=[looks("w1")], samba=[looks("s1"), looks("s2")]),
        looks("last"),
    )
    assert commands(selected(remedy, KNOWN)) == ["first", "s1", "s2", "last"]


def test_variants_for_two_objects_are_selected_for_each() -> None:
    remedy = (
        *variants("x.com", windows=[looks("w1")], samba=[looks("s1")]),
        *variants("nas", windows=[looks("w2")], vmstore=[looks("v2")]),
        *variants("nas", windows=[looks("w3")], vmstore=[looks("v3")]),
    )
    assert commands(selected(remedy, KNOWN)) == ["s1", "v2", "v3"]


def test_what_changes_something_is_verified_by_the_check_unless_it_says_how() -> None:
    remedy = (looks("a"), changes("b"), changes("c", verify="d", interrupts=True))
    assert [step.verify for step in verified(remedy, "my site.yaml", "spn.exists")] == [
        "",
        "krbcheck run 'my site.yaml' --only spn.exists",
        "d",
    ]
    assert remedy[2].step_class is StepClass.INTERRUPTS
