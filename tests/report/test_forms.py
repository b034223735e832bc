"""A format is one file, found by its name, and serves the kinds of report that it has a function for."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from krbcheck.report import formats
from krbcheck.report.formats import names
from krbcheck.report.forms import Kind, Screen, kind_of, rendered, serves, serving
from krbcheck.report.report import Report

SHOUT = """
def report(report, screen):
    yield report.site.upper().encode()
"""


@pytest.fixture
def shout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "shout.py").write_text(SHOUT)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    yield "shout"
    sys.modules.pop(f"{formats.__name__}.shout", None)


def test_a_new_format_is_one_file(shout: str, good_report: Report) -> None:
    assert shout in names()
    assert shout in serving(Kind.REPORT)
    assert not serves(shout, Kind.TRACE)
    assert b"".join(rendered(good_report, shout, Screen())) == good_report.site.upper().encode()


def test_the_usual_format_comes_first() -> None:
    assert names()[0] == "terminal"
    assert names()[1:] == sorted(names()[1:])
    assert {"csv", "html", "json"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_format_serves_some_kind_and_all_in_the_same_form(name: str) -> None:
    module = import_module(f"{formats.__name__}.{name}")
    served = [kind for kind in Kind if serves(name, kind)]
    assert served
    for kind in served:
        parameters = inspect.signature(getattr(module, kind)).parameters
        assert list(parameters) == [kind.value, "screen"]


def test_each_kind_has_text_and_json() -> None:
    assert all({"terminal", "json"} <= set(serving(kind)) for kind in Kind)


NUMBERS_ONLY = {"prometheus"}
"""Formats without subjects: they count by check."""


@pytest.mark.parametrize("name", serving(Kind.REPORT))
def test_a_report_is_rendered_in_each_format(name: str, bad_report: Report) -> None:
    assert kind_of(bad_report) is Kind.REPORT
    whole = b"".join(rendered(bad_report, name, Screen())).decode()
    assert "spn.unique/duplicate" in whole
    shown = "ticket.tgt" if name in NUMBERS_ONLY else "alice-hv01$@VMLEVEL.COM at vmdc2"
    assert shown in whole.replace("`", "")


def test_only_text_for_people_is_shortened_by_quiet(good_report: Report) -> None:
    quiet = Screen(quiet=True)
    assert b"".join(rendered(good_report, "terminal", quiet)) == b""
    assert b"".join(rendered(good_report, "json", quiet)) == b"".join(rendered(good_report, "json", Screen()))


def test_colour_and_encoding_are_the_screens(bad_report: Report) -> None:
    looked_at = Screen(is_terminal=True, width=80, environ={"TERM": "xterm-256color"})
    assert b"\x1b[" in b"".join(rendered(bad_report, "terminal", looked_at))
    plain = b"".join(rendered(bad_report, "terminal", Screen(encoding="ascii")))
    assert b"\x1b" not in plain
    assert plain.isascii()
