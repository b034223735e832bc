"""The difference between two reports, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from krbcheck.report.cause_page import COLUMN, DIM, MAX_LINE, MAX_SUBJECT, MOST_SUBJECTS
from krbcheck.report.difference import Change, Difference, Side
from krbcheck.report.page import Page, Span
from krbcheck.report.text import cut

KINDS: Sequence[tuple[str, str, str, str]] = (
    ("new", "NEW", "new", "bold red"),
    ("newly_undetermined", "UNKNOWN", "newly not determined", "bold magenta"),
    ("not_tested", "NOT TESTED", "not tested again", "bold yellow"),
    ("no_longer_stated", "REMOVED", "no longer in the site file", "bold yellow"),
    ("fixed", "FIXED", "fixed", "bold green"),
    ("unchanged", "UNCHANGED", "unchanged", DIM),
)
"""The lists of a difference: the field, the label, the term for a number of them, and the style."""
MOST_GROUPS = 20
WIDE = COLUMN + 2


def render(
    diff: Difference, stream: TextIO, environ: Mapping[str, str], *, quiet: bool = False, width: int = 0
) -> None:
    """`quiet` leaves the first line, and nothing if nothing is new or newly not determined."""
    page = Page(stream, environ, width)
    if not quiet or diff.new or diff.newly_undetermined:
        page.put(*_headline(diff))
    if quiet:
        return
    page.put((f"from {_named(diff.before)} to {_named(diff.after)}", DIM))
    for remark in diff.remarks:
        page.put(cut(remark, MAX_LINE), label=("Note", "bold yellow"), column=WIDE)
    for name, label, _, style in KINDS:
        groups = grouped(getattr(diff, name))
        for changes in groups[:MOST_GROUPS]:
            _put(page, changes, (label, style), brief=name == "unchanged" or changes[0].follows)
        if len(groups) > MOST_GROUPS:
            page.put((f"… and {len(groups) - MOST_GROUPS} more codes, in the JSON difference", DIM))


def headline(diff: Difference) -> str:
    """The first line as text."""
    return "".join(span if isinstance(span, str) else span[0] for span in _headline(diff))


def grouped(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes with one code, those that follow and those that are waived apart."""
    found: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        found.setdefault((change.code, change.severity, change.follows, change.waived), []).append(change)
    return list(found.values())


def message(change: Change) -> str:
    """The message; with its subject if the message of the result does not name it, and why it was not compared."""
    said = f"{change.subject}: {change.says}" if change.severity is None else change.says
    return f"{change.why}; it was: {said}" if change.why else said


def _headline(diff: Difference) -> list[Span]:
    parts: list[Span] = [
        (f"{len(getattr(diff, name))} {words}", style) for name, _, words, style in KINDS if getattr(diff, name)
    ]
    parts = parts or [("No findings in either report", "bold green")]
    return [span for number, part in enumerate(parts) for span in ([" · "] if number else []) + [part]]


def _named(side: Side) -> str:
    return f"{side.site}, {side.started:%Y-%m-%d %H:%M:%S} UTC"


def _put(page: Page, changes: Sequence[Change], label: Span, *, brief: bool) -> None:
    first = changes[0]
    tenants = sorted({change.tenant for change in changes} - {""})
    remarks = [f" · {', '.join(tenants)}" if tenants else ""]
    remarks += [f" · {word}" for word, applies in (("follows", first.follows), ("waived", first.waived)) if applies]
    if brief:
        remarks.append(f" · {len(changes)}")
    else:
        page.gap()
    page.put((first.code, "bold"), (cut("".join(remarks), MAX_LINE), DIM), label=label, column=WIDE)
    if brief:
        return
    many = len(changes) > 1
    for change in changes[:MOST_SUBJECTS]:
        page.put(cut(message(change), MAX_LINE), indent=2, label="-" if many else "", column=2 if many else 0)
    if len(changes) > MOST_SUBJECTS:
        named = ", ".join(cut(change.subject, MAX_SUBJECT) for change in changes[MOST_SUBJECTS : 2 * MOST_SUBJECTS])
        page.put((f"… and {len(changes) - MOST_SUBJECTS} more: {named}", DIM), indent=2)
