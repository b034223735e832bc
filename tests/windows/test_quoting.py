"""What servers call things is data in a remedy too: it neither ends a command nor begins another."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.judging.check import Problem
from krbcheck.judging.verdict import Severity
from krbcheck.windows.quoting import Filled, filled
from krbcheck.windows.remedy import changes, fill, looks, variants

EVIL = [
    "x'; Remove-Item C:\\ -Recurse; '",
    "x; Stop-Computer",
    "$(Stop-Computer)",
    "(Stop-Computer)",
    "x | iex",
    "x & shutdown /r",
    "x`nStop-Computer",
    "x\nStop-Computer",
    "x > C:\\boot.ini",
    "\u2019; Stop-Computer; \u2018",
    '" & shutdown "',
    "%COMSPEC%",
]
PROBLEM = Problem(
    "bad",
    Severity.ERROR,
    says="{who} is in {group}",
    remedy=(looks("Remove-ADGroupMember -Identity '{group}' -Members '{who}'; then setspn -D cifs/x {who}"),),
)


def unquoted(remedy: str) -> str:
    """What a shell takes for more than a name: all that is not within single quotes, doubled ones read as one."""
    assert remedy.count("'") % 2 == 0
    return "".join(remedy.split("'")[::2])


@pytest.mark.parametrize("name", EVIL)
def test_a_name_ends_no_command_and_begins_none(name: str) -> None:
    found = PROBLEM("subject", expected="", found="", who=name, group=name)
    outside = unquoted(found.remedy[0].command)
    assert outside.count(";") == 1, "the one between the two commands"
    assert "%C" not in outside
    assert not set(outside) & set('|&<>`"()\n\u2018\u2019')


@given(st.text(max_size=40), st.text(max_size=40))
def test_within_quotes_a_name_stays_within_them(name: str, other: str) -> None:
    remedy = filled("-Identity '{one}' -Members '{other}' -Force", {"one": name, "other": other})
    assert unquoted(remedy).split() == ["-Identity", "-Members", "-Force"]
    assert not any(letter in remedy for letter in "\u2018\u2019\u201a\u201b\r\n")


@given(st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp"]), max_size=40))
def test_a_posix_shell_gets_a_quoted_name_as_it_is(name: str) -> None:
    command = filled("smbcacls '//{name}/{name}' / now", {"name": name}, posix=True)
    assert shlex.split(command) == ["smbcacls", f"//{name}/{name}", "/", "now"]


def test_the_steps_for_samba_are_quoted_for_a_posix_shell() -> None:
    remedy = variants("nas", windows=[looks("Get-SmbShare '{share}'")], samba=[looks("sharesec '{share}' --view")])
    windows, samba = fill(remedy, {"share": "Bob's VMs"})
    assert windows.command == "Get-SmbShare 'Bob''s VMs'"
    assert shlex.split(samba.command) == ["sharesec", "Bob's VMs", "--view"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("VMSTORE$", "VMSTORE$"),
        ("$(Stop-Computer)", "`$(Stop-Computer)"),
        ("$env:x", "`$env:x"),
        ('a"b`c', 'a`"b``c'),
        ("O'Brien", "O''Brien"),
    ],
)
def test_within_double_quotes_nothing_is_expanded(name: str, shown: str) -> None:
    command = filled("Get-ADObject -Filter \"sAMAccountName -eq '{name}'\" -Server {name}", {"name": name})
    assert command.startswith(f"Get-ADObject -Filter \"sAMAccountName -eq '{shown}'\" -Server ")


def test_a_command_that_is_too_long_for_a_line_is_not_cut() -> None:
    (step,) = fill(
        (changes("sharesec x --setsddl='{new}'", says="The list.", undo="undo '{was}'"),),
        {"new": "A" * 9000, "was": "A"},
    )
    assert (step.command, step.undo) == ("", "undo 'A'")
    assert step.says.startswith("The command with all names is too long for a line")
    assert step.says.endswith("The list.")


@pytest.mark.parametrize("name", ["VMLEVEL\\Bob Hosts", "R&D (old); all", '10% "off" | more', "VMSTORE$"])
def test_a_quoted_name_stays_as_it_is(name: str) -> None:
    assert filled("-User '{name}'", {"name": name}) == f"-User '{name}'"


def test_an_apostrophe_is_doubled_within_quotes() -> None:
    assert filled("-User 'VMLEVEL\\{name}'", {"name": "Bob's Hosts"}) == "-User 'VMLEVEL\\Bob''s Hosts'"


@pytest.mark.parametrize("name", ["VMSTORE$", "cifs/vmstore-alice.tintri.com", "S-1-5-21-1-2-3-512", "{7D9C4B1E}"])
def test_a_usual_name_stays_as_it_is_without_quotes(name: str) -> None:
    assert filled("setspn -D {name}", {"name": name}) == f"setspn -D {name}"


def test_an_apostrophe_of_our_words_opens_no_quotes() -> None:
    assert filled("the storage's {name}", {"name": "x'y"}) == "the storage's x?y"


def test_a_part_that_is_a_remedy_is_not_changed_again() -> None:
    part = filled("setspn -D {spn} '{who}'", {"spn": "cifs/x", "who": "Bob's"})
    assert filled("{part}; then {name}", {"part": part, "name": "a;b"}) == "setspn -D cifs/x 'Bob''s'; then a?b"
    found = Problem("bad", Severity.ERROR, says="", remedy=(looks("{part}"),))("s", expected="", found="", part=part)
    assert found.remedy[0].command == part
    assert type(found.values["part"]) is str
    assert isinstance(part, Filled)
