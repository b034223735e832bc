"""What became of causes, for a person at a terminal: what is fixed, what stays, and what could not be determined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from krbcheck.judging.recheck import State
from krbcheck.judging.verdict import Finding
from krbcheck.report.cause_page import COLUMN, DIM, MAX_LINE, MAX_SUBJECT, MOST_REASONS, MOST_SUBJECTS, STYLES
from krbcheck.report.page import Page, Span
from krbcheck.report.recheck import Followed, Recheck, RecheckedCause
from krbcheck.report.text import cut

LABELS: Mapping[State, tuple[str, str]] = {
    State.FIXED: ("FIXED", "bold green"),
    State.STAYS: ("STAYS", "bold red"),
    State.UNKNOWN: ("UNKNOWN", "bold magenta"),
}
WORDS: Mapping[State, str] = {State.FIXED: "fixed", State.STAYS: "not fixed", State.UNKNOWN: "not determined"}
ORDER = (State.STAYS, State.UNKNOWN, State.FIXED)
MOST_GROUPS = 20


def render(
    recheck: Recheck, stream: TextIO, environ: Mapping[str, str], *, quiet: bool = False, width: int = 0
) -> None:
    """`quiet` leaves the first line, and nothing where all is fixed."""
    page = Page(stream, environ, width)
    if not quiet or not is_good(recheck):
        page.put(*_headline(recheck))
    if quiet:
        return
    times = f"{recheck.started:%Y-%m-%d %H:%M:%S} UTC · {recheck.seconds:.1f} s · {recheck.questions} queries"
    page.put((f"{recheck.site} · {times} · causes of the report of {recheck.report:%Y-%m-%d %H:%M:%S} UTC", DIM))
    for state in ORDER:
        groups = _groups(recheck.of(state))
        for causes in groups[:MOST_GROUPS]:
            _put_causes(page, state, causes)
        if len(groups) > MOST_GROUPS:
            page.put((f"… and {len(groups) - MOST_GROUPS} more", DIM))
    for finding in recheck.new[:MOST_GROUPS]:
        _put_new(page, finding)
    for crash in recheck.crashes[:MOST_REASONS]:
        page.put(cut(f"{crash.where}: {crash.detail}", MAX_LINE), label=("CRASHED", "bold red"), column=COLUMN)
    page.gap()
    page.put((f"Checked again: {', '.join(recheck.checks) or 'nothing'}", DIM))
    if len(recheck.checks) < recheck.known:
        page.put((f"The other {recheck.known - len(recheck.checks)} checks: krbcheck run {recheck.site}", DIM))


def is_good(recheck: Recheck) -> bool:
    """Whether everything that was rechecked is fixed, and nothing is new."""
    states = {cause.state for cause in recheck.causes}
    return not (states - {State.FIXED} or recheck.new or recheck.open_results or recheck.crashes or recheck.interrupted)


def _headline(recheck: Recheck) -> list[Span]:
    if not recheck.causes:
        return [("interrupted · " if recheck.interrupted else "", "bold red"), "The report names no cause to recheck"]
    parts: list[Span] = [
        (f"{number} {WORDS[state]}", LABELS[state][1])
        for state in (State.FIXED, State.STAYS, State.UNKNOWN)
        if (number := len(recheck.of(state)))
    ]
    if recheck.new:
        parts.append((f"{len(recheck.new)} new", "bold red"))
    if left := len(recheck.open_results):
        parts.append((f"{left} {'result' if left == 1 else 'results'} that followed not yet fine", "bold yellow"))
    if recheck.interrupted:
        parts.insert(0, ("interrupted", "bold red"))
    if recheck.crashes:
        parts.append(("krbcheck crashed", "bold red"))
    return [span for number, part in enumerate(parts) for span in ([" · "] if number else []) + [part]]


def _groups(causes: Sequence[RecheckedCause]) -> list[list[RecheckedCause]]:
    """The causes with one code, state and message of today."""
    found: dict[tuple[str, str], list[RecheckedCause]] = {}
    for cause in causes:
        found.setdefault((cause.code, cause.says if cause.state is State.UNKNOWN else ""), []).append(cause)
    return list(found.values())


def _put_causes(page: Page, state: State, causes: Sequence[RecheckedCause]) -> None:
    tenants = sorted({cause.tenant for cause in causes} - {""})
    page.gap()
    owners = f" · {', '.join(tenants)}" if tenants else ""
    page.put((causes[0].code, "bold"), (owners, DIM), label=LABELS[state], column=COLUMN)
    for cause in causes[:MOST_SUBJECTS]:
        says = f"{cause.subject}: now fine; it was: {cause.was}" if state is State.FIXED else cause.says
        if state is State.UNKNOWN:
            says = f"{cause.subject}: {cause.says}"
        page.put(
            cut(says, MAX_LINE), indent=2, label="-" if len(causes) > 1 else "", column=2 if len(causes) > 1 else 0
        )
    if len(causes) > MOST_SUBJECTS:
        page.put((f"… and {len(causes) - MOST_SUBJECTS} more, in the JSON report", DIM), indent=2)
    lines = list(dict.fromkeys(reason.line for cause in causes for reason in cause.because))
    for number, line in enumerate(lines[:MOST_REASONS]):
        page.put((cut(line, MAX_LINE), DIM), indent=2, label=("" if number else "because", DIM), column=COLUMN)
    _put_followed(page, {each.id: each for cause in causes for each in cause.follows}.values())
    if state is State.STAYS:
        page.put((f"Fix: krbcheck fix REPORT --plan --cause {causes[0].id}", DIM), indent=2)


def _put_followed(page: Page, follows: Iterable[Followed]) -> None:
    """How many of the results that followed are fine now, and those that are not."""
    those = list(follows)
    if not those:
        return
    still = [each for each in those if each.state is not State.FIXED]
    page.put(f"{len(those) - len(still)} of {len(those)} results that followed are fine now", indent=2)
    for each in still[:MOST_SUBJECTS]:
        said = f" {cut(each.subject, MAX_SUBJECT)}: {WORDS[each.state]}{f', {each.says}' if each.says else ''}"
        page.put((each.code, DIM), cut(said, MAX_LINE), indent=4, label="-", column=2)
    if len(still) > MOST_SUBJECTS:
        page.put((f"… and {len(still) - MOST_SUBJECTS} more, in the JSON report", DIM), indent=4)


def _put_new(page: Page, finding: Finding) -> None:
    page.gap()
    page.put(
        (finding.code, "bold"),
        (f" · {finding.tenant}" if finding.tenant else "", DIM),
        label=("NEW", STYLES[finding.severity]),
        column=COLUMN,
    )
    page.put(cut(finding.says, MAX_LINE), indent=2)
