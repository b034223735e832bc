"""What a remedy is: steps with their command, host, class, undo and verification, in variants for each platform.

A step is a template until it is filled: each of its texts is a `str.format` template over the values of a finding.
Commands are filled so that a value remains data (`quoting.filled`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from krbcheck.windows.quoting import filled

MAX_TEXT = 2_000
"""Characters of the prose of a step."""


MAX_COMMAND = 8_000
"""Characters of a command: cmd reads 8191 of a line, and a command that is cut is another command."""
TOO_LONG = "The command with all names is too long for a line: make the change with the console, or in parts."


class StepClass(StrEnum):
    """The risk of a step: it only reads, changes a setting, or interrupts the service of hosts or users."""

    LOOKS = "looks"
    CHANGES = "changes"
    INTERRUPTS = "interrupts"


RISKS: Mapping[StepClass, str] = {
    StepClass.LOOKS: "reads only",
    StepClass.CHANGES: "changes",
    StepClass.INTERRUPTS: "interrupts service",
}


class Platform(StrEnum):
    WINDOWS = "Windows"
    SAMBA = "Samba"
    VMSTORE = "VMstore"


class RemedyStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a remedy.

    `command` pastes as it is, into PowerShell, or into a POSIX shell where `platform` is Samba. `says` is the path
    through a console, an instruction, or what a command is for. `host` is where the step runs, a role or a name.
    `needs` is the module or the right that it requires, `undo` the command that reverts it (`undo_says` where that is
    not a command), `verify` the command that shows its effect and `shows` the expected output.
    `platform` is set if the step is a variant for the platform of `of`, a domain or a storage; `known_by` is the
    evidence of that platform.
    """

    command: str = ""
    says: str = ""
    host: str = ""
    step_class: StepClass = msgspec.field(default=StepClass.LOOKS, name="class")
    needs: str = ""
    undo: str = ""
    undo_says: str = ""
    verify: str = ""
    shows: str = ""
    caution: str = ""
    platform: Platform | None = None
    of: str = ""
    known_by: str = ""


Remedy = tuple[RemedyStep, ...]
COMMANDS = ("command", "undo", "verify")
PROSE = ("says", "host", "needs", "undo_says", "shows", "caution", "of")


def fill(remedy: Iterable[RemedyStep], values: Mapping[str, str]) -> Remedy:
    """Returns the steps with `values` in their texts. Raises KeyError for a field without a value."""
    return tuple(_filled(step, values) for step in remedy)


def _filled(step: RemedyStep, values: Mapping[str, str]) -> RemedyStep:
    posix = step.platform is Platform.SAMBA
    commands = {name: str(filled(text, values, posix=posix)) for name in COMMANDS if (text := getattr(step, name))}
    prose = {name: text.format_map(values)[:MAX_TEXT] for name in PROSE if (text := getattr(step, name))}
    for name, says in (("command", "says"), ("undo", "undo_says")):
        if len(commands.get(name, "")) > MAX_COMMAND:
            commands[name] = ""
            prose[says] = f"{TOO_LONG} {prose.get(says, '')}".strip()
    return msgspec.structs.replace(step, **commands, **prose)


def looks(
    command: str = "", *, says: str = "", on: str = "", needs: str = "", shows: str = "", caution: str = ""
) -> RemedyStep:
    """A step that only reads."""
    return RemedyStep(command=command, says=says, host=on, needs=needs, shows=shows, caution=caution)


def changes(
    command: str = "",
    *,
    says: str = "",
    on: str = "",
    needs: str = "",
    undo: str = "",
    undo_says: str = "",
    verify: str = "",
    shows: str = "",
    caution: str = "",
    interrupts: bool = False,
) -> RemedyStep:
    """A step that changes something, or interrupts service (then `caution` names the risk).

    Without `verify` the check that found the problem verifies it.
    """
    return RemedyStep(
        command=command,
        says=says,
        host=on,
        step_class=StepClass.INTERRUPTS if interrupts else StepClass.CHANGES,
        needs=needs,
        undo=undo,
        undo_says=undo_says,
        verify=verify,
        shows=shows,
        caution=caution,
    )


def variants(
    of: str,
    *,
    windows: Sequence[RemedyStep] = (),
    samba: Sequence[RemedyStep] = (),
    vmstore: Sequence[RemedyStep] = (),
) -> Remedy:
    """The same steps for several platforms; the platform of `of`, a domain, storage or controller, selects."""
    each = {Platform.WINDOWS: windows, Platform.SAMBA: samba, Platform.VMSTORE: vmstore}
    return tuple(
        msgspec.structs.replace(step, platform=platform, of=of) for platform, steps in each.items() for step in steps
    )


def selected(remedy: Sequence[RemedyStep], known: Mapping[str, tuple[Platform, str]]) -> Remedy:
    """The steps without the variants of other platforms. `known` has the platform of each domain, storage and
    controller with the evidence; where it is not known, or has no variant, the steps for Windows are selected.
    """
    return tuple(step for group in _groups(remedy) for step in _select(group, known))


def _groups(remedy: Sequence[RemedyStep]) -> Iterator[list[RemedyStep]]:
    """Consecutive variants for one object; a step that is no variant is a group of its own."""
    group: list[RemedyStep] = []
    for step in remedy:
        again = bool(group) and step.platform in {entry.platform for entry in group[:-1]} - {group[-1].platform}
        if group and (step.platform is None or group[-1].platform is None or step.of != group[-1].of or again):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _select(group: list[RemedyStep], known: Mapping[str, tuple[Platform, str]]) -> Iterator[RemedyStep]:
    if group[0].platform is None:
        yield from group
        return
    platform, evidence = known.get(group[0].of.lower(), (None, f"the platform of {group[0].of} is not known"))
    offered = {step.platform for step in group}
    if platform not in offered:
        platform = Platform.WINDOWS if Platform.WINDOWS in offered else group[0].platform
    yield from (msgspec.structs.replace(step, known_by=evidence) for step in group if step.platform is platform)


def verified(remedy: Sequence[RemedyStep], site: str, check_id: str) -> Remedy:
    """The steps, each that changes something with a verification: the check itself where the step has none."""
    again = str(filled("krbcheck run '{site}' --only {check}", {"site": site, "check": check_id}, posix=True))
    return tuple(
        msgspec.structs.replace(step, verify=again)
        if step.step_class is not StepClass.LOOKS and not step.verify
        else step
        for step in remedy
    )
