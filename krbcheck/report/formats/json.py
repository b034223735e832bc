"""JSON for programs (`krbcheck schema report|matrix|trace|recheck|diff|audit`).

What steers a terminal is written as an escape: nothing is lost, and `cat` does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from krbcheck.judging.judge import CheckReport
from krbcheck.report.audit import Audit
from krbcheck.report.difference import Difference
from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix
from krbcheck.report.recheck import Recheck
from krbcheck.report.report import Report
from krbcheck.report.trace import Trace

MANY = 200
"""Verdicts that are encoded at a time."""


def report(report: Report, screen: Screen) -> Iterator[bytes]:
    """The bytes that `encode` gives for the whole of it, some verdicts at a time: hundreds of tenants have many."""
    before, _, after = encode(msgspec.structs.replace(report, checks=())).partition(b'"checks": []')
    yield before + b'"checks": ['
    for number, check in enumerate(report.checks):
        yield b",\n  " if number else b"\n  "
        yield from _check(check)
    yield (b"\n ]" if report.checks else b"]") + after


def _check(check: CheckReport) -> Iterator[bytes]:
    head = encode(msgspec.structs.replace(check, verdicts=())).rstrip(b"\n")
    before, _, after = _indented(head, 2).partition(b'"verdicts": []')
    yield before + b'"verdicts": ['
    for start in range(0, len(check.verdicts), MANY):
        listed = encode(check.verdicts[start : start + MANY]).removeprefix(b"[").removesuffix(b"\n]\n")
        yield (b"," if start else b"") + _indented(listed, 3)
    yield (b"\n   ]" if check.verdicts else b"]") + after


def _indented(lines: bytes, depth: int) -> bytes:
    return lines.replace(b"\n", b"\n" + b" " * depth)


def trace(trace: Trace, screen: Screen) -> Iterator[bytes]:
    yield encode(trace)


def recheck(recheck: Recheck, screen: Screen) -> Iterator[bytes]:
    yield encode(recheck)


def diff(diff: Difference, screen: Screen) -> Iterator[bytes]:
    yield encode(diff)


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    """The bytes that `encode` gives for the whole of it, a row at a time."""
    before, _, after = encode(msgspec.structs.replace(matrix, rows=())).partition(b'"rows": []')
    yield before + b'"rows": ['
    for number, row in enumerate(matrix.rows):
        yield (b",\n  " if number else b"\n  ") + encode(row).rstrip(b"\n").replace(b"\n", b"\n  ")
    yield (b"\n ]" if matrix.rows else b"]") + after


def audit(audit: Audit) -> Iterator[bytes]:
    """The audit of a pack, each pair in one line: hundreds of tenants have more than a hundred thousand."""
    before, _, after = encode(msgspec.structs.replace(audit, pairs=())).partition(b'"pairs": []')
    yield before + b'"pairs": ['
    for start in range(0, len(audit.pairs), MANY):
        lines = (_harmless(msgspec.json.encode(pair).decode()) for pair in audit.pairs[start : start + MANY])
        yield (b",\n  " if start else b"\n  ") + ",\n  ".join(lines).encode()
    yield (b"\n ]" if audit.pairs else b"]") + after


def encode(made: msgspec.Struct | Sequence[msgspec.Struct]) -> bytes:
    """One line for each value, in UTF-8."""
    text = msgspec.json.format(msgspec.json.encode(made), indent=1).decode()
    return ("\n".join(_harmless(line) for line in text.split("\n")) + "\n").encode()


def _harmless(line: str) -> str:
    return line if line.isprintable() else "".join(name if name.isprintable() else _escape(name) for name in line)


def _escape(character: str) -> str:
    """As JSON writes it: in UTF-16, two escapes beyond the first plane."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2))
