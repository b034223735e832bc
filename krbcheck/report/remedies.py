"""A remedy for readers: what stands beside the command of each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from krbcheck.windows.remedy import RISKS, Remedy, RemedyStep

HOST = "the host "
MOST_HOSTS = 8


def heading(step: RemedyStep) -> str:
    """Returns the class of the step, where it runs and what it needs."""
    parts = [RISKS[step.step_class], f"on {step.host}" if step.host else "", step.platform or ""]
    parts.append(f"needs {step.needs}" if step.needs else "")
    return " · ".join(part for part in parts if part)


def details(step: RemedyStep) -> Iterator[tuple[str, str, bool]]:
    """Yields what follows the command: a label, the text, and whether it is a command."""
    for label, text, is_command in (
        ("risk", step.caution, False),
        ("undo", step.undo, True),
        ("" if step.undo else "undo", step.undo_says, False),
        ("verify", step.verify, True),
        ("" if step.verify else "expect", step.shows, False),
    ):
        if text:
            yield label, text, is_command


def evidence(remedy: Remedy) -> list[str]:
    """Returns how the platforms are known for which the variants were selected."""
    return list(dict.fromkeys(f"{step.of}: {step.known_by}" for step in remedy if step.known_by))


def over_hosts(remedies: Sequence[Remedy]) -> Remedy:
    """Returns the steps of remedies that differ only in the hosts on which they run, with all hosts; empty if they
    differ in more.
    """
    each = list(dict.fromkeys(remedies))
    if len({len(remedy) for remedy in each}) != 1:
        return ()
    columns = [list(dict.fromkeys(steps)) for steps in zip(*each, strict=True)]
    alike = all(len({msgspec.structs.replace(step, host="") for step in steps}) == 1 for steps in columns)
    return tuple(msgspec.structs.replace(steps[0], host=_hosts(steps)) for steps in columns) if alike else ()


def _hosts(steps: Sequence[RemedyStep]) -> str:
    names = [step.host for step in steps]
    if len(names) == 1:
        return names[0]
    bare = [name.removeprefix(HOST) for name in names]
    shown = ", ".join(bare[:MOST_HOSTS]) + (f" and {len(bare) - MOST_HOSTS} more" if len(bare) > MOST_HOSTS else "")
    return f"the hosts {shown}" if all(name.startswith(HOST) for name in names) else shown


def in_one_line(remedy: Remedy) -> str:
    """Returns the commands and instructions of all steps, for a cell of a table."""
    return "; ".join(step.command or step.says for step in remedy)
