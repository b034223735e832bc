"""A trace for a terminal: one line with the hop that fails, then a tree for each KDC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from krbcheck.report.page import Page, Span
from krbcheck.report.remedy_page import put_remedy
from krbcheck.report.trace import Came, Library, Outcome, Step, Trace, TracedAttempt, TracedKdc, Why

DIM, BOLD = "dim", "bold"
STYLES = {
    Outcome.TICKET: "bold green",
    Outcome.BY_LUCK: "bold yellow",
    Outcome.NO_TICKET: "bold red",
    Outcome.UNKNOWN: "bold magenta",
}
CAME = {Came.TICKET: "green", Came.REFERRAL: "cyan", Came.ERROR: "red", Came.SILENCE: "magenta"}
BRANCH, LAST, DOWN, NOTHING = "├─ ", "└─ ", "│  ", "   "
COLUMN = 11


def render(trace: Trace, stream: TextIO, environ: Mapping[str, str], *, quiet: bool = False, width: int = 0) -> None:
    """Prints the trace. With `quiet`, only the line with the hop that fails, and nothing if no hop fails."""
    page = Page(stream, environ, width)
    if quiet:
        if trace.breaks:
            page.copyable(trace.breaks, "", 0)
        return
    page.put((f"{trace.principal} for {trace.service}", BOLD))
    label = (trace.outcome.replace("-", " ").upper(), STYLES[trace.outcome])
    page.put(trace.breaks or "works: every KDC leads to the ticket", label=label, column=COLUMN)
    if trace.symptom:
        page.put(("therefore: ", DIM), trace.symptom, indent=COLUMN)
    if not any(policy.about in trace.breaks for policy in trace.policy):
        for policy in trace.policy:
            page.put((f"{policy.about}: {policy.says}", DIM), indent=COLUMN)
    put_remedy(page, trace.remedy, indent=COLUMN)
    for cause in trace.also:
        page.put(cause.says, indent=COLUMN)
        put_remedy(page, cause.remedy, indent=COLUMN)
    where = f"from {trace.source} ({trace.vantage})" if trace.source else f"from {trace.vantage}"
    order = ", ".join(trace.search_order) or "none"
    page.put((f"{trace.site} · queried {where} · {trace.seconds:.1f} s · search order of the site: {order}", DIM))
    for kdc in trace.kdcs:
        _kdc(page, kdc)
    _keys(page, trace)
    _library(page, trace)
    if trace.outcome is Outcome.TICKET:
        page.gap()
        page.put((f"{trace.principal} gets a ticket for {trace.service}: works", STYLES[trace.outcome]))
    else:
        _meanings(page, trace)


def _kdc(page: Page, kdc: TracedKdc) -> None:
    page.gap()
    page.put((kdc.kdc, BOLD), (f" ({kdc.address})" if kdc.address else "", DIM))
    _step(page, kdc.tgt, LAST if not kdc.attempts else BRANCH, "TGT")
    for number, attempt in enumerate(kdc.attempts):
        _attempt(page, attempt, last=number == len(kdc.attempts) - 1)


def _attempt(page: Page, attempt: TracedAttempt, *, last: bool) -> None:
    head = f"{attempt.forest}: {attempt.why}" if attempt.forest else str(attempt.why)
    page.put(
        (head, DIM if attempt.why is Why.UNSTATED else ""), label=(LAST if last else BRANCH, DIM), column=len(LAST)
    )
    below = NOTHING if last else DOWN
    for number, step in enumerate(attempt.steps):
        at_end = number == len(attempt.steps) - 1 and not attempt.loop
        _step(page, step, below + (LAST if at_end else BRANCH))
    if attempt.loop:
        mark = below + LAST
        page.put(("the referrals lead in a circle", "red"), label=(mark, DIM), column=len(mark))


def _step(page: Page, step: Step, mark: str, name: str = "") -> None:
    """Prints a hop: the KDC, the requested service, the reply and its time, and then the details of the reply."""
    kdc = step.kdc.partition(".")[0] or "no KDC"
    said: list[Span] = [f"{step.realm} {kdc}: {name or step.asked}", (" → ", DIM), (step.says, CAME[step.came])]
    led = f", {step.because}" if step.because else ""
    page.put(*said, (f" ({step.seconds * 1000:.0f} ms{led})", DIM), label=(mark, DIM), column=len(mark))


def _meanings(page: Page, trace: Trace) -> None:
    """What each error means here, once."""
    steps = [
        step
        for kdc in trace.kdcs
        for step in (kdc.tgt, *(entry for attempt in kdc.attempts for entry in attempt.steps))
    ]
    meanings = {step.code: step.means for step in steps if step.means and step.code is not None}
    if meanings:
        page.gap()
    for code, means in meanings.items():
        page.put((means, DIM), label=(str(code), BOLD), column=COLUMN)


def _keys(page: Page, trace: Trace) -> None:
    """The accounts of the SPN by their key versions, whose key the tickets have, and the storage's answer."""
    if not trace.keys.summary:
        return
    page.gap()
    page.put(("whose key", BOLD), (" (msDS-KeyVersionNumber beside the tickets' versions)", DIM))
    for number, line in enumerate(trace.keys.summary):
        page.put(line, label=(LAST if number == len(trace.keys.summary) - 1 else BRANCH, DIM), column=len(LAST))


def _library(page: Page, trace: Trace) -> None:
    if trace.library is None:
        return
    page.gap()
    library: Library = trace.library
    page.put(
        ("libkrb5 on this host", BOLD),
        (f" (for Linux tools, not for Windows hosts), {library.seconds * 1000:.0f} ms: ", DIM),
        (library.says, "green" if library.ok else "red"),
    )
    if library.ok and trace.outcome is Outcome.NO_TICKET:
        page.put(("It guesses the realm from the host name, and so hides what Windows hosts meet.", "yellow"))
    elif not library.ok and trace.outcome is Outcome.TICKET:
        page.put(("Windows hosts get it: look at this host's /etc/krb5.conf and resolver.", "yellow"))
