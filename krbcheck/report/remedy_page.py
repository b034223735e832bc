"""The steps of a remedy on a terminal: each command on a line of its own, so that it is copied as it is."""

from __future__ import annotations

from krbcheck.report.page import Page
from krbcheck.report.remedies import details, evidence, heading
from krbcheck.report.text import cut
from krbcheck.windows.remedy import Remedy, RemedyStep, StepClass

DIM, BOLD, RISK = "dim", "bold", "bold red"
MAX_LINE = 700


def put_remedy(page: Page, remedy: Remedy, indent: int) -> None:
    """The steps in their order; how the platform is known comes last."""
    if not remedy:
        return
    page.put(("Fix:", DIM), indent=indent)
    for number, step in enumerate(remedy, 1):
        _step(page, step, number if len(remedy) > 1 else 0, indent + 2)
    for line in evidence(remedy):
        page.put((cut(f"({line})", MAX_LINE), DIM), indent=indent + 2)


def _step(page: Page, step: RemedyStep, number: int, indent: int) -> None:
    label = f"{number}. " if number else ""
    if step.says:
        page.put((cut(step.says, MAX_LINE), BOLD), indent=indent, label=label, column=len(label))
    style = RISK if step.step_class is StepClass.INTERRUPTS else DIM
    page.put((cut(heading(step), MAX_LINE), style), indent=indent, label="" if step.says else label, column=len(label))
    inside = indent + len(label)
    if step.command:
        page.copyable(step.command, BOLD, indent=inside)
    for name, text, is_command in details(step):
        if is_command:
            page.copyable(f"{name}: {text}", "", indent=inside)
        else:
            page.put((cut(f"{name}: {text}" if name else text, MAX_LINE), DIM), indent=inside)
