"""JSON reports read back, those of older schemas too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from krbcheck import __version__
from krbcheck.report.report import SCHEMA, Report, with_ids


class BadReport(Exception):
    """The file is not a report of krbcheck; the text is one line with the reason."""


def read_report(data: bytes, name: str) -> Report:
    """The report in `data`, in the form of today. `name` is the file's, for messages.

    Raises BadReport with one line that names the file and what is wrong.
    """
    try:
        said = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadReport(f"{name}: cut off, or not a report: {bad}") from bad
    if not isinstance(said, dict) or "schema" not in said or "checks" not in said:
        raise BadReport(f"{name}: not a report; krbcheck run --format json writes one")
    if not isinstance(said["schema"], int) or not 1 <= said["schema"] <= SCHEMA:
        raise BadReport(
            f"{name}: written by krbcheck {said.get('krbcheck')!s:.20} in schema {said['schema']!s:.20}; "
            f"this krbcheck {__version__} reads schema 1 to {SCHEMA}: update krbcheck"
        )
    try:
        while (step := STEPS.get(said["schema"])) is not None:
            said = step(said)
        report = msgspec.convert(_with_steps(said), Report)
    except (msgspec.ValidationError, TypeError, KeyError, AttributeError) as bad:
        raise BadReport(f"{name}: damaged: {bad}") from bad
    return msgspec.structs.replace(report, checks=with_ids(report.checks))


def _with_reasons(said: Mapping[str, Any]) -> dict[str, Any]:
    """Schema 1 had reasons as lines of text, and no ids."""
    checks = [{**check, "verdicts": [_verdict(verdict) for verdict in check["verdicts"]]} for check in said["checks"]]
    return {**said, "schema": 2, "checks": checks}


def _verdict(verdict: Mapping[str, Any]) -> dict[str, Any]:
    return {**verdict, "because": [{"answer": line} for line in verdict.get("because", ())]}


def _with_steps(said: Mapping[str, Any]) -> dict[str, Any]:
    """The first reports of schema 2, and those of schema 1, had remedies as text: each becomes one step."""
    checks = [{**check, "verdicts": [_stepped(verdict) for verdict in check["verdicts"]]} for check in said["checks"]]
    return {**said, "checks": checks}


def _stepped(verdict: Mapping[str, Any]) -> dict[str, Any]:
    remedy = verdict.get("remedy")
    return {**verdict, "remedy": [{"says": remedy}]} if isinstance(remedy, str) else dict(verdict)


STEPS: Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: _with_reasons}
"""By the schema that a step starts from."""
