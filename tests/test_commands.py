"""Every command of every remedy exists and parses, and no remedy is more dangerous than its fault.

The tables in tests/support/commands name the public documentation of each cmdlet and program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from fixtures.scenarios import SCENARIOS
from krbcheck.judging.registry import load
from krbcheck.judging.verdict import Severity
from krbcheck.windows.kerberos_errors import KRB_CODES
from krbcheck.windows.ntstatus import NTSTATUS
from krbcheck.windows.quoting import Filled
from krbcheck.windows.remedy import COMMANDS, Platform, Remedy, RemedyStep, StepClass, fill
from tests.support.commands.checking import mistakes, shell_of
from tests.support.commands.cmdlets import MODULES, source
from tests.support.commands.programs import OURS, POSIX, WINDOWS
from tests.test_scenarios import findings

PROBLEMS = {f"{name}/{problem.slug}": problem for name, check in load().items() for problem in check.problems}
REMEDIES: Mapping[str, Remedy] = {
    **{
        f"{code} {number}": remedy
        for code, problem in PROBLEMS.items()
        for number, remedy in enumerate((*problem.alternatives, problem.remedy))
        if remedy
    },
    **{known.name: known.fix for known in KRB_CODES.values() if known.fix},
    **{known.name: known.fix for known in NTSTATUS.values() if known.fix},
}
TWO_ACCOUNTS = Filled("'VMLEVEL\\Alice Hosts', 'VMLEVEL\\alice-hv01$'")
VALUES: Mapping[str, str] = {
    **dict.fromkeys(("accounts", "all", "each"), TWO_ACCOUNTS),
    "icacls": Filled("/grant 'VMLEVEL\\alice-hv01$:(OI)(CI)F'"),
    "listed": Filled("'VMLEVEL\\Alice Hosts' 'VMLEVEL\\alice-hv01$'"),
    "list": Filled("setspn -T tintri.com -T fabric.com -F -X"),
    "guid": "31b2f340-016d-11d2-945f-00c04fb984f9",
    "key": "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters",
    "new": "D:(A;;0x1f01ff;;;S-1-5-21-1-2-3-512)",
    **dict.fromkeys(("was", "was_hosts", "was_storage"), "4"),
    **dict.fromkeys(("names_hosts", "names_storage"), "AES256-CTS-HMAC-SHA1-96"),
    **dict.fromkeys(("undo_hosts", "undo_storage"), "ksetup /delenctypeattr x.tintri.com"),
    **dict.fromkeys(("now", "now_hosts", "now_storage"), "28"),
    "address": "10.77.11.30",
    "port": "445",
    "account": "VMSTORE$",
    "subject": "vmstore-alice.tintri.com",
}


OF_SERVERS = (
    *("share", "group", "account", "machine", "holder", "member", "local", "top", "sam", "storage_account"),
    *("inner", "outer", "unstated"),
)
"""The fields with names that administrators choose: they may have blanks and apostrophes."""


class Samples(dict[str, str]):
    """A plausible value for every field."""

    def __missing__(self, name: str) -> str:
        return "x.tintri.com"


def wrong(step: RemedyStep) -> Iterator[str]:
    for name in COMMANDS:
        if command := getattr(step, name):
            posix = step.platform is Platform.SAMBA or shell_of(command)
            yield from (f"{name}: {mistake}" for mistake in mistakes(command, posix=posix))


@pytest.mark.parametrize("name", REMEDIES)
def test_the_commands_of_a_remedy_exist_and_parse(name: str) -> None:
    assert [mistake for step in fill(REMEDIES[name], Samples(VALUES)) for mistake in wrong(step)] == []


@pytest.mark.parametrize("name", REMEDIES)
def test_a_name_with_a_blank_and_an_apostrophe_is_quoted(name: str) -> None:
    """Without quotes its apostrophe is replaced, and each shell has a form of its own within them."""
    values = Samples({**VALUES, **dict.fromkeys(OF_SERVERS, "Bob's VMs")})
    commands = [
        (step.platform, command)
        for step in fill(REMEDIES[name], values)
        for field in COMMANDS
        if "Bob" in (command := getattr(step, field))
    ]
    assert [command for _, command in commands if "Bob?" in command] == []
    assert [command for platform, command in commands if ("Bob'\\''s" in command) != (platform is Platform.SAMBA)] == []


@cache
def rendered() -> frozenset[RemedyStep]:
    """Every step of every finding of every recorded scenario."""
    return frozenset(step for scenario in SCENARIOS for finding in findings(scenario) for step in finding.remedy)


def test_the_commands_of_the_recorded_scenarios_exist_and_parse() -> None:
    assert len(rendered()) > 100
    assert sorted({mistake for step in rendered() for mistake in wrong(step)}) == []


def test_no_field_of_a_template_is_left_in_a_recorded_remedy() -> None:
    texts = {text for step in rendered() for name in COMMANDS if (text := getattr(step, name))}
    assert [text for text in texts if re.search(r"\{\w+\}(?!\})", text) and "ForEach" not in text] == []


@pytest.mark.parametrize("name", REMEDIES)
def test_what_changes_something_can_be_reverted_or_says_that_it_cannot(name: str) -> None:
    changing = [step for step in REMEDIES[name] if step.step_class is not StepClass.LOOKS]
    assert [step.command or step.says for step in changing if not (step.undo or step.undo_says)] == []


@pytest.mark.parametrize("name", REMEDIES)
def test_what_interrupts_service_names_its_risk(name: str) -> None:
    steps = [step for step in REMEDIES[name] if step.step_class is StepClass.INTERRUPTS]
    assert [step.command or step.says for step in steps if not step.caution] == []


@pytest.mark.parametrize("name", REMEDIES)
def test_every_step_says_what_to_do_and_where(name: str) -> None:
    assert [step for step in REMEDIES[name] if not (step.command or step.says)] == []
    assert [step.command for step in REMEDIES[name] if step.step_class is not StepClass.LOOKS and not step.host] == []


@pytest.mark.parametrize("code", [code for code, entry in PROBLEMS.items() if entry.severity is not Severity.ERROR])
def test_a_state_that_works_is_not_interrupted_first(code: str) -> None:
    """A warning or a note begins with what has no risk, if anything in it interrupts service."""
    for remedy in (*PROBLEMS[code].alternatives, PROBLEMS[code].remedy):
        if any(step.step_class is StepClass.INTERRUPTS for step in remedy):
            assert remedy[0].step_class is StepClass.LOOKS


@pytest.mark.parametrize("name", REMEDIES)
def test_no_remedy_breaks_a_live_host_or_removes_a_trust(name: str) -> None:
    commands = [step.command for step in REMEDIES[name]]
    assert [command for command in commands if command.startswith("ktpass") and "-setpass" not in command] == []
    assert [command for command in commands if "/remove /" in command or "Remove-ADTrust" in command] == []
    assert [command for command in commands if "-GpoStatus" in command or "waive " in command] == []


def test_every_cmdlet_and_program_has_a_source() -> None:
    sources = [source(cmdlet) for cmdlets in MODULES.values() for cmdlet in cmdlets]
    sources += [program.source for table in (WINDOWS, POSIX) for program in table.values()]
    assert [entry for entry in sources if not entry.startswith("https://")] == []
    assert OURS.words


@pytest.mark.parametrize(
    ("command", "posix", "words"),
    [
        ("Get-ADObject -Nonsense x", False, "no parameter -nonsense"),
        ("Remove-Everything", False, "not in the table of cmdlets"),
        ("Get-SmbShare -Name 'x", False, "does not parse"),
        ("Get-SmbShare | Remove-Everything", False, "not in the table of cmdlets"),
        ("Get-SmbShare -Name (Remove-Everything)", False, "not in the table of cmdlets"),
        ("setspn -Y a b", False, "no option -y"),
        ("netdom trust a /domain:b /nonsense:c", False, "no option /nonsense"),
        ("netdom join a", False, "no subcommand"),
        ("format c:", False, "not in the table of programs"),
        ("samba-tool dns zap a", True, "no subcommand"),
        ("samba-tool dns add a --nonsense", True, "no option --nonsense"),
        ("echo 'x", True, "does not parse"),
        ("testparm -s | tee x", True, "tee is not in the table"),
    ],
)
def test_a_wrong_command_is_found(command: str, posix: bool, words: str) -> None:
    assert any(words in mistake for mistake in mistakes(command, posix=posix))
