"""The report as JSON. What steers a terminal is written as an escape: nothing is lost, and `cat` does no harm."""

from __future__ import annotations

import re

import msgspec

from krbcheck.report.report import Report

STEERING = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def encode(report: Report) -> bytes:
    text = msgspec.json.format(msgspec.json.encode(report), indent=1).decode()
    return (STEERING.sub(_escape, text) + "\n").encode()


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2))
