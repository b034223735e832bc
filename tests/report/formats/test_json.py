"""A report as JSON: what steers a terminal is an escape, and nothing is lost."""

from __future__ import annotations

import json

import msgspec

from krbcheck.report.formats.json import encode

NASTY = "\x1b[2J \u202e \U000e0041 \u2028 \u7aef"


class Sample(msgspec.Struct):
    text: str


def test_what_steers_a_terminal_is_an_escape_and_comes_back() -> None:
    data = encode(Sample(NASTY))
    assert data.decode().replace("\n", "").isprintable()
    assert json.loads(data) == {"text": NASTY}


def test_a_character_beyond_the_first_plane_is_two_escapes() -> None:
    assert rb"\udb40\udc41" in encode(Sample("\U000e0041"))


def test_the_last_line_ends() -> None:
    assert encode(Sample("x")) == b'{\n "text": "x"\n}\n'
