"""Whatever servers call things, no form of a report steers a terminal, runs in a browser or fakes a line."""

from __future__ import annotations

import io
import random
import re
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
import pytest

from fixtures.scenarios import facts_of, site_of
from krbcheck.cli.matrix_scope import derived
from krbcheck.facts.observation import Facts
from krbcheck.judging import judge, registry
from krbcheck.report.formats import csv, html, json
from krbcheck.report.formats.json import encode
from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix
from krbcheck.report.matrix import assemble as assemble_matrix
from krbcheck.report.matrix_page import render as render_matrix
from krbcheck.report.report import Report, assemble
from krbcheck.report.report_page import render
from krbcheck.site.stated import Site
from tests.support.pages import assert_harmless, read_page

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x1b]52;c;b3duZWQ=\x07",
    "\u202egnp.exe\u2066",
    "\x9b31m",
    "\nERROR     spn.owner/faked",
    "\r\nALL GOOD",
    "</td><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u2028\u2029\ufeff",
    "{0.__class__}%s{{7*7}}",
)
WORDS = re.compile(r"^(?!S-1-)[A-Za-z][\w .$@/\\-]*$")
"""Text that servers choose: no address, number, date, SID or GUID."""
STEERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def recorded(scenario: str) -> tuple[Site, dict[type[Facts], Facts]]:
    return site_of(scenario), facts_of(scenario)


def poisoned(value: Any, dice: random.Random) -> Any:
    """The same with every tenth text longer by something hostile."""
    if isinstance(value, msgspec.Struct):
        changed = {
            struct_field: poisoned(getattr(value, struct_field), dice) for struct_field in value.__struct_fields__
        }
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(poisoned(entry, dice) for entry in value)
    if isinstance(value, str) and not isinstance(value, Enum) and WORDS.match(value) and dice.random() < 0.1:
        return value + dice.choice(HOSTILE)
    return value


@pytest.fixture(params=["healthy", "spn-missing", "access-foreign-nested-group", "backup-rights-to-hosts"])
def scenario(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=range(3))
def facts(scenario: str, request: pytest.FixtureRequest) -> dict[type[Facts], Facts]:
    dice = random.Random(request.param)
    return {kind: poisoned(family, dice) for kind, family in recorded(scenario)[1].items()}


@pytest.fixture
def report(scenario: str, facts: dict[type[Facts], Facts]) -> Report:
    site = recorded(scenario)[0]
    checks = judge.judge(site, facts, registry.load().values())
    assert [check.crash for check in checks if check.crash] == []
    return assemble(site, checks, facts, started=AT, seconds=1.0, interrupted=False)


@pytest.fixture
def matrix(scenario: str, facts: dict[type[Facts], Facts]) -> Matrix:
    site = recorded(scenario)[0]
    tenants = [tenant.name for tenant in site.tenants]
    access, unstated = derived(site, facts)
    return assemble_matrix(
        site, facts, tenants=tenants, started=AT, seconds=1.0, interrupted=False, computed=access, unstated=unstated
    )


def shown(render: Any, made: object) -> str:
    stream = io.StringIO()
    render(made, stream, {}, width=100)
    return stream.getvalue()


def test_the_report_steers_no_terminal_and_fakes_no_line(report: Report) -> None:
    said = shown(render, report)
    assert not STEERS.search(said)
    assert not re.search(r"^(ERROR     spn.owner/faked|ALL GOOD)", said, re.MULTILINE)
    assert not STEERS.search(encode(report).decode())


def test_the_matrix_steers_no_terminal_and_fakes_no_line(matrix: Matrix) -> None:
    said = shown(render_matrix, matrix)
    assert not STEERS.search(said)
    assert not re.search(r"^(ERROR     spn.owner/faked|ALL GOOD)", said, re.MULTILINE)
    assert not STEERS.search(b"".join(json.matrix(matrix, Screen())).decode())
    lines = b"".join(csv.matrix(matrix, Screen())).decode().split("\r\n")
    assert len(lines) == 2 + matrix.totals.cells, "a head, a line a cell, and the last line's end"
    assert not any(STEERS.search(line) for line in lines)


def test_the_pages_run_nothing(report: Report, matrix: Matrix) -> None:
    for page in (html.report(report, Screen()), html.matrix(matrix, Screen())):
        assert_harmless(read_page(page))


def test_something_was_poisoned(facts: dict[type[Facts], Facts]) -> None:
    text = b"".join(msgspec.json.encode(fact) for fact in facts.values()).decode()
    assert "owned" in text
    assert "<script>" in text
