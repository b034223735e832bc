"""A remedy for readers: what stands beside the command of each step."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.windows.remedy import RISKS, Remedy, RemedyStep


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


def in_one_line(remedy: Remedy) -> str:
    """Returns the commands and instructions of all steps, for a cell of a table."""
    return "; ".join(step.command or step.says for step in remedy)
