"""Where reports go: which form into which file, and how they are written."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.progress import progress
from krbcheck.cli.results import Collected, report_of, status_of
from krbcheck.judging.check import Check
from krbcheck.judging.focusing import Wanted
from krbcheck.report.formats import USUAL, by_suffix, names
from krbcheck.report.forms import Kind, Made, Screen, rendered, serves, serving
from krbcheck.report.page import terminal_width
from krbcheck.report.question import Question, answered
from krbcheck.site.reading import one_line
from krbcheck.site.stated import Site
from krbcheck.site.waivers import Waiver

OF = {
    Kind.REPORT: "krbcheck run and judge",
    Kind.MATRIX: "krbcheck matrix",
    Kind.TRACE: "krbcheck trace",
    Kind.RECHECK: "krbcheck recheck",
    Kind.DIFF: "krbcheck diff",
}

READ_BY_OTHERS = frozenset(("prometheus",))
"""The formats whose files another user reads: node_exporter publishes their content."""


@dataclass(frozen=True)
class Sink:
    """One form of the report; to stdout where there is no path."""

    format: str
    path: Path | None = None


@dataclass(frozen=True)
class Order:
    """What the command line of `run` or `judge` requests: checks, tenants, reports, a recording. For a symptom,
    `wanted` are the objects that the report has results about.
    """

    site: Site
    checks: Sequence[Check[Any]]
    tenants: Sequence[str]
    sinks: Sequence[Sink]
    save: Path | None
    fail_on: FailOn
    quiet: bool
    unfold: bool = False
    wanted: Wanted | None = None
    question: Question | None = None
    waivers: Sequence[Waiver] = ()


def sinks(kind: Kind, formats: Sequence[str], outputs: Sequence[Path], arguments: Sequence[str]) -> list[Sink]:
    """Returns the formats of one kind of report, each with its file. Raises Mistake, before the first query.

    An --output belongs to the --format before it; `arguments` is the command line in its order. An --output without a
    --format has the format that its suffix names; a single one without such a suffix is text.
    """
    if len(outputs) == 1 and len(formats) <= 1:
        found = [Sink(formats[0] if formats else by_suffix(outputs[0].suffix) or USUAL, outputs[0])]
    else:
        found = _paired(formats, outputs, arguments) or [Sink(USUAL)]
    if sum(sink.path is None for sink in found) > 1:
        raise Mistake("two reports go to stdout; specify a file with --output after the second --format")
    for sink in found:
        _served(kind, sink.format)
        if sink.path is not None:
            writable(sink.path)
    return found


def _paired(formats: Sequence[str], outputs: Sequence[Path], arguments: Sequence[str]) -> list[Sink]:
    found: list[Sink] = []
    forms, paths = iter(formats), iter(outputs)
    for word in _words(arguments):
        if word == "--format":
            found.append(Sink(next(forms)))
        elif not found or found[-1].path is not None:
            path = next(paths)
            form = by_suffix(path.suffix)
            if not form:
                shown = one_line(str(path))
                raise Mistake(f"--output {shown} has no --format before it; type --format {USUAL} --output {shown}")
            found.append(Sink(form, path))
        else:
            found[-1] = Sink(found[-1].format, next(paths))
    return found


def _served(kind: Kind, form: str) -> None:
    if form not in names():
        raise Mistake(f"--format: {one_line(form)!r} is not one of {', '.join(map(repr, names()))}")
    if not serves(form, kind):
        raise Mistake(f"--format {form} is not available for {OF[kind]}; allowed: {', '.join(serving(kind))}")


def _words(arguments: Sequence[str]) -> list[str]:
    """The options --format and --output in their order; long options may be joined by = ."""
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return [name.partition("=")[0] for name in before if name.partition("=")[0] in ("--format", "--output")]


def writable(path: Path) -> Path:
    """Returns the path if a file can be written there. Raises Mistake, before the first query."""
    shown = one_line(str(path))
    if path.is_dir():
        raise Mistake(f"{shown}: is a directory; specify a file")
    if not path.parent.is_dir():
        raise Mistake(
            f"{shown}: folder {one_line(str(path.parent))} does not exist; specify a file in an existing folder"
        )
    if not os.access(path if path.exists() and not path.is_file() else path.parent, os.W_OK):
        raise Mistake(f"{shown}: permission denied; specify a file in a folder with write permission")
    return path


def write(path: Path, *chunks: bytes) -> None:
    write_all(path, chunks)


def write_all(path: Path, chunks: Iterable[bytes], form: str = "") -> None:
    """Writes a report in this form, or another file. Raises Mistake."""
    from krbcheck.recording.saving import OWNER_ONLY, PUBLISHED, save

    try:
        save(path, chunks, PUBLISHED if form in READ_BY_OTHERS else OWNER_ONLY)
    except OSError as bad:
        raise Mistake(f"{one_line(str(path))}: cannot be written: {bad.strerror}; specify another file") from None


def deliver(order: Order, found: Collected) -> Status:
    """Judges the collected facts and writes the requested reports and the recording. Returns the exit status."""
    shown = progress(quiet=order.quiet)
    shown.stage(f"{len(order.checks)} checks are applied to the answers")
    try:
        report = report_of(order.site, order.checks, found, order.tenants, order.wanted, order.waivers)
    finally:
        shown.close()
    if order.question is not None:
        report = msgspec.structs.replace(report, question=answered(order.question, report))
    try:
        emit(report, order.sinks, quiet=order.quiet, unfold=order.unfold)
    finally:
        if order.save is not None:
            write(order.save, found.encoded())
    return status_of(report, order.fail_on)


def emit(made: Made, wanted: Sequence[Sink], *, quiet: bool, unfold: bool = False) -> None:
    """Writes the reports, stdout first, so that a file that cannot be written does not prevent it.

    `quiet` shortens stdout only; files contain everything."""
    for sink in sorted(wanted, key=lambda entry: entry.path is not None):
        if sink.path is not None:
            write_all(sink.path, rendered(made, sink.format, Screen(unfold=unfold)), sink.format)
        elif sys.stdout is not None:
            with standard_output() as stdout:
                stdout.flush()
                stdout.buffer.writelines(rendered(made, sink.format, _screen(stdout, quiet=quiet, unfold=unfold)))


def _screen(stdout: TextIO, *, quiet: bool, unfold: bool) -> Screen:
    return Screen(stdout.isatty(), terminal_width(stdout), os.environ, quiet, unfold, stdout.encoding or "utf-8")


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Yields stdout for one report. Characters that its encoding lacks are replaced; a closed pipe is not an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
