"""Where reports go: which form into which file, and how they are written."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TextIO, TypeVar

from krbcheck.cli.exits import FailOn, Status
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.options import Format
from krbcheck.cli.results import Collected, report_of, status_of
from krbcheck.judging.check import Check
from krbcheck.report.report import Report
from krbcheck.site.reading import one_line
from krbcheck.site.stated import Site

F = TypeVar("F", bound=StrEnum)


@dataclass(frozen=True)
class Sink(Generic[F]):
    """One form of the report; to stdout where there is no path."""

    format: F
    path: Path | None = None


@dataclass(frozen=True)
class Order:
    """What `run` and `judge` were told to make of the facts."""

    site: Site
    checks: Sequence[Check[Any]]
    tenants: Sequence[str]
    sinks: Sequence[Sink[Format]]
    save: Path | None
    fail_on: FailOn
    quiet: bool


def sinks(formats: Sequence[Format], outputs: Sequence[Path], arguments: Sequence[str]) -> list[Sink[Format]]:
    return sinks_of(Format.TERMINAL, formats, outputs, arguments)


def sinks_of(usual: F, formats: Sequence[F], outputs: Sequence[Path], arguments: Sequence[str]) -> list[Sink[F]]:
    """An --output belongs to the --format before it; `arguments` as typed tell which that is."""
    if not formats and not outputs:
        return [Sink(usual)]
    if len(formats) == len(outputs) == 1:
        return [Sink(formats[0], writable(outputs[0]))]
    found: list[Sink[F]] = []
    forms, paths = iter(formats), iter(outputs)
    for word in _words(arguments):
        if word == "--format":
            found.append(Sink(next(forms)))
        elif not found or found[-1].path is not None:
            path = next(paths)
            shown, form = one_line(str(path)), path.suffix.lstrip(".").lower()
            meant = form if form in (one.value for one in type(usual)) else usual.value
            raise Mistake(f"--output {shown} has no --format before it; type --format {meant} --output {shown}")
        else:
            found[-1] = Sink(found[-1].format, next(paths))
    if sum(one.path is None for one in found) > 1:
        raise Mistake("two reports would go to stdout; name a file with --output behind the second --format")
    for one in found:
        if one.path is not None:
            writable(one.path)
    return found


def _words(arguments: Sequence[str]) -> list[str]:
    """The options --format and --output in their order; long options may be joined by = ."""
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return [one.partition("=")[0] for one in before if one.partition("=")[0] in ("--format", "--output")]


def writable(path: Path) -> Path:
    """Looked at before anything is asked, not after."""
    shown = one_line(str(path))
    if path.is_dir():
        raise Mistake(f"{shown}: is a directory; name a file")
    if not path.parent.is_dir():
        raise Mistake(f"{shown}: there is no folder {one_line(str(path.parent))}; name a file in one that is there")
    if not os.access(path if path.exists() and not path.is_file() else path.parent, os.W_OK):
        raise Mistake(f"{shown}: cannot be written here; name a file in a folder that you may write to")
    return path


def write(path: Path, *chunks: bytes) -> None:
    write_all(path, chunks)


def write_all(path: Path, chunks: Iterable[bytes]) -> None:
    from krbcheck.recording.saving import save

    try:
        save(path, chunks)
    except OSError as bad:
        raise Mistake(f"{one_line(str(path))}: cannot be written: {bad.strerror}; name another file") from None


def deliver(order: Order, found: Collected) -> Status:
    """Judges what was collected, and puts the reports and the facts where they were ordered."""
    report = report_of(order.site, order.checks, found, order.tenants)
    try:
        emit(report, order.sinks, quiet=order.quiet)
    finally:
        if order.save is not None:
            write(order.save, found.encoded())
    return status_of(report, order.fail_on)


def emit(report: Report, wanted: Sequence[Sink[Format]], *, quiet: bool) -> None:
    """To stdout first: a file that cannot be written takes nothing away."""
    for sink in sorted(wanted, key=lambda one: one.path is not None):
        if sink.path is not None:
            write(sink.path, rendered(report, sink.format))
        elif sys.stdout is not None:
            _to_stdout(report, sink.format, quiet=quiet)


def rendered(report: Report, form: Format) -> bytes:
    if form is Format.JSON:
        from krbcheck.report.formats.json import encode

        return encode(report)
    from krbcheck.report.formats.terminal import render

    text = io.StringIO()
    render(report, text, {})
    return text.getvalue().encode(errors="replace")


def _to_stdout(report: Report, form: Format, *, quiet: bool) -> None:
    from krbcheck.report.formats.terminal import render

    with standard_output() as stdout:
        if form is Format.JSON:
            stdout.write(rendered(report, form).decode())
        else:
            render(report, stdout, os.environ, quiet=quiet)


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """For one report. Its characters may be unknown there, and nobody may be reading any more."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
