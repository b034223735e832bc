"""The table of report formats. A format is one file in `krbcheck/report/formats/`; its name is the format's name.

The file has a function for each kind of report that it serves:

    def report(report: Report, screen: Screen) -> Iterable[bytes]: ...   # krbcheck run, krbcheck judge
    def matrix(matrix: Matrix, screen: Screen) -> Iterable[bytes]: ...   # krbcheck matrix
    def trace(trace: Trace, screen: Screen) -> Iterable[bytes]: ...      # krbcheck trace
    def recheck(recheck: Recheck, screen: Screen) -> Iterable[bytes]: ...  # krbcheck recheck
    def diff(diff: Difference, screen: Screen) -> Iterable[bytes]: ...     # krbcheck diff

The bytes come in pieces, so that a large report is not held a second time.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType

from krbcheck.report import formats
from krbcheck.report.difference import Difference
from krbcheck.report.formats import names
from krbcheck.report.matrix import Matrix
from krbcheck.report.recheck import Recheck
from krbcheck.report.report import Report
from krbcheck.report.trace import Trace

Made = Report | Matrix | Trace | Recheck | Difference


class Kind(StrEnum):
    """A kind of report: the name of the function that renders it."""

    REPORT = "report"
    MATRIX = "matrix"
    TRACE = "trace"
    RECHECK = "recheck"
    DIFF = "diff"


@dataclass(frozen=True)
class Screen:
    """What a report is rendered for: a file, unless it `is_terminal`. `width` 0 is the usual one of a file.

    `quiet` leaves the verdict line for people, and nothing where no problem was found; forms for programs ignore it.
    `unfold` lists what follows from each cause.
    """

    is_terminal: bool = False
    width: int = 0
    environ: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False
    unfold: bool = False
    encoding: str = "utf-8"


class Canvas(io.StringIO):
    """Text that is written as a terminal shows it, if the screen is one."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self.screen = screen

    def isatty(self) -> bool:
        return self.screen.is_terminal

    def encoded(self) -> bytes:
        return self.getvalue().encode(self.screen.encoding, errors="replace")


def serving(kind: Kind) -> list[str]:
    """The formats that serve a kind of report."""
    return [name for name in names() if hasattr(_module(name), kind)]


def serves(name: str, kind: Kind) -> bool:
    """Whether the format `name`, one of `names()`, serves a kind of report."""
    return hasattr(_module(name), kind)


def rendered(made: Made, name: str, screen: Screen) -> Iterable[bytes]:
    """`made` in the format `name`, which serves its kind, in pieces."""
    render = getattr(_module(name), kind_of(made))
    pieces: Iterable[bytes] = render(made, screen)
    return pieces


def kind_of(made: Made) -> Kind:
    match made:
        case Report():
            return Kind.REPORT
        case Matrix():
            return Kind.MATRIX
        case Trace():
            return Kind.TRACE
        case Recheck():
            return Kind.RECHECK
        case Difference():
            return Kind.DIFF


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{formats.__name__}.{name}")
