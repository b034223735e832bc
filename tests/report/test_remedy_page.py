"""The steps of a remedy on a terminal."""

from __future__ import annotations

import io

from krbcheck.report.page import Page
from krbcheck.report.remedy_page import put_remedy
from krbcheck.windows.remedy import Platform, Remedy, changes, looks, selected, variants

LONG = "Set-GPRegistryValue -Guid 31B2F340-016D-11D2-945F-00C04FB984F9 -Key 'HKLM\\Software' -ValueName " + "x" * 90


def shown(remedy: Remedy) -> list[str]:
    stream = io.StringIO()
    put_remedy(Page(stream, {}, 80), remedy, 2)
    return stream.getvalue().splitlines()


def test_every_command_is_a_line_of_its_own() -> None:
    lines = shown((looks("setspn -Q a/b"), changes(LONG, undo="setspn -D a/b c", undo_says="first", verify="klist")))
    assert {LONG, "setspn -Q a/b", "undo: setspn -D a/b c", "verify: klist"} <= {line.strip() for line in lines}


def test_one_step_has_no_number_and_several_have() -> None:
    entry = looks("a", says="Read this")
    assert shown((entry,)) == ["  Fix:", "    Read this", "    reads only", "    a"]
    assert shown((entry, entry))[1] == "    1. Read this"


def test_what_interrupts_service_names_its_risk() -> None:
    step = changes("net ads join", interrupts=True, caution="sessions end", undo_says="restore the account")
    assert shown((step,)) == [
        "  Fix:",
        "    interrupts service",
        "    net ads join",
        "    risk: sessions end",
        "    undo: restore the account",
    ]


def test_how_the_platform_is_known_comes_last() -> None:
    remedy = selected(variants("x.com", samba=[looks("a")]), {"x.com": (Platform.SAMBA, "vendorName")})
    assert shown(remedy)[-1] == "    (x.com: vendorName)"


def test_nothing_is_shown_without_steps() -> None:
    assert shown(()) == []
