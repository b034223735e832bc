"""Requests in flight over one connection: replies in any order, damaged, or without credits."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.connection import MOST_BYTES, MOST_PARTS
from krbcheck.probes.smb.pipeline import Pipeline, Request
from krbcheck.probes.smb.protection import Protection


class Rubber:
    """A stream on which any bytes come back."""

    where, seconds = "10.0.0.1 port 445", 1.0

    def __init__(self, data: bytes) -> None:
        self.data = data

    def send(self, data: bytes) -> None: ...

    def receive_some(self, most: int) -> bytes:
        part, self.data = self.data[:most], self.data[most:]
        if not part:
            raise NoAnswer(Gap.CLOSED, "closed the connection")
        return part


def pipeline(data: bytes) -> Pipeline:
    stream: Any = Rubber(data)
    return Pipeline(stream, 1, 7, 8, Protection(None, None, seals=False), 32)


def response(number: int, status: int = 0) -> bytes:
    head = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 1, status, 3, 1, 1, 0, number, 0, number, 1, b"")
    return (64 + 4).to_bytes(4, "big") + head + b"body"


THREE = [[Request(3, b"x")]] * 3


@pytest.mark.parametrize("parts", [MOST_PARTS + 1, MOST_BYTES // 64])
def test_a_compound_without_end_is_no_answer(parts: int) -> None:
    part = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 1, 0, 3, 1, 1, 64, 99, 0, 1, 1, b"")
    with pytest.raises(NoAnswer, match="not SMB"):
        list(pipeline((parts * 64).to_bytes(4, "big") + part * parts).exchange(THREE))


def test_answers_out_of_order_find_their_questions() -> None:
    answers = list(pipeline(response(9) + response(7) + response(8)).exchange(THREE))
    assert [(one.chain, one.tree) for one in answers] == [(2, 9), (0, 7), (1, 8)]


@given(st.binary(max_size=300))
def test_rubbish_is_no_answer(data: bytes) -> None:
    with pytest.raises(NoAnswer) as none:
        list(pipeline(data).exchange(THREE))
    assert none.value.gap in (Gap.MALFORMED, Gap.CLOSED)


@given(st.integers(0, 200), st.binary(min_size=1, max_size=8))
def test_damaged_answers_never_crash(at: int, damage: bytes) -> None:
    data = bytearray(response(7) + response(8) + response(9))
    data[at : at + len(damage)] = damage
    with suppress(NoAnswer):
        list(pipeline(bytes(data)).exchange(THREE))


def test_a_server_without_credits_is_told() -> None:
    line = pipeline(b"")
    line.credits = 0
    with pytest.raises(NoAnswer, match="credit"):
        list(line.exchange(THREE))
