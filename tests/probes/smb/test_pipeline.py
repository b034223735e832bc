"""Requests in flight over one connection: replies in any order, damaged, or without credits."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.pipeline import MOST_BYTES, MOST_PARTS, UNSOLICITED, Pipeline, Request
from krbcheck.probes.smb.protection import Protection


class Rubber:
    """A stream on which any bytes come back."""

    where, seconds = "10.0.0.1 port 445", 1.0

    def __init__(self, data: bytes) -> None:
        self.data, self.sent = data, b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def receive_some(self, most: int) -> bytes:
        part, self.data = self.data[:most], self.data[most:]
        if not part:
            raise NoAnswer(Gap.CLOSED, "closed the connection")
        return part


class Turns(Rubber):
    """A stream on which one message comes back at a time."""

    def receive_some(self, most: int) -> bytes:
        return super().receive_some(4 + int.from_bytes(self.data[:4], "big"))


def pipeline(data: bytes) -> Pipeline:
    stream: Any = Rubber(data)
    return Pipeline(stream, 1, 7, 8, Protection(None, None, seals=False), 32)


def response(number: int, status: int = 0, command: int = 3) -> bytes:
    head = b"\xfeSMB" + struct.pack(
        "<HHIHHIIQIIQ16s", 64, 1, status, command, 1, 1, 0, number, 0, number & 0xFFFFFFFF, 1, b""
    )
    return (64 + 4).to_bytes(4, "big") + head + b"body"


THREE = [[Request(3, b"x")]] * 3


@pytest.mark.parametrize("parts", [MOST_PARTS + 1, MOST_BYTES // 64])
def test_a_compound_without_end_is_no_answer(parts: int) -> None:
    part = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 1, 0, 3, 1, 1, 64, 99, 0, 1, 1, b"")
    with pytest.raises(NoAnswer, match="not SMB"):
        list(pipeline((parts * 64).to_bytes(4, "big") + part * parts).exchange(THREE))


def test_answers_out_of_order_find_their_questions() -> None:
    answers = list(pipeline(response(9) + response(7) + response(8)).exchange(THREE))
    assert [(answer.chain, answer.tree) for answer in answers] == [(2, 9), (0, 7), (1, 8)]


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


def test_requests_of_a_chain_are_one_compound() -> None:
    """Related from the second on; padded to eight octets, except the last (MS-SMB2 3.2.4.1.4)."""
    line = pipeline(response(7) + response(8, command=6))
    list(line.exchange([[Request(3, b"x"), Request(6, b"yy")]]))
    stream: Any = line.stream
    whole = stream.sent[4:]
    first, second = whole[:72], whole[72:]
    assert int.from_bytes(stream.sent[:4], "big") == len(whole) == 72 + 66
    assert (first[20:24], second[20:24]) == ((72).to_bytes(4, "little"), bytes(4))
    assert (first[16:20], second[16:20]) == (bytes(4), (4).to_bytes(4, "little"))
    assert (first[64:], second[64:]) == (b"x" + bytes(7), b"yy")
    assert [int.from_bytes(part[24:32], "little") for part in (first, second)] == [7, 8]


def test_a_server_without_large_requests_grants_one_credit_with_each_answer() -> None:
    """CreditResponse is reserved in SMB 2.0.2 (MS-SMB2 3.2.5.1.4), else an answer without credits gives none."""
    credited = bytearray(b"".join(response(number) for number in (7, 8, 9)))
    for start in range(0, len(credited), 72):
        credited[start + 4 + 14 : start + 4 + 16] = bytes(2)
    stream: Any = Turns(bytes(credited))
    line = Pipeline(stream, 1, 7, 1, Protection(None, None, seals=False), 32)
    line.least = 1
    assert len(list(line.exchange(THREE))) == 3
    line = pipeline(bytes(credited))
    line.credits = 1
    with pytest.raises(NoAnswer, match="no credit"):
        list(line.exchange(THREE))


def test_a_response_to_another_command_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="not SMB") as none:
        list(pipeline(response(7, command=6)).exchange([[Request(3, b"x")]]))
    assert none.value.gap is Gap.MALFORMED


def test_an_interim_response_is_none() -> None:
    """STATUS_PENDING grants its credits, and the final response follows (MS-SMB2 3.2.5.1.5)."""
    pending = 0x103
    stream: Any = Turns(response(7, pending) + response(7) + response(8) + response(9))
    line = Pipeline(stream, 1, 7, 1, Protection(None, None, seals=False), 32)
    assert [answer.status for answer in line.exchange(THREE)] == [0, 0, 0]


class Counting(Turns):
    """A stream that keeps how many requests were sent before each message came back."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.before: list[int] = []

    def receive_some(self, most: int) -> bytes:
        self.before.append(self.sent.count(b"\xfeSMB"))
        return super().receive_some(most)


def counted(credits: int, most: int, *sizes: int) -> list[int]:
    """The requests that were sent before each answer, of chains of these sizes; all are answered."""
    stream: Any = Counting(b"".join(response(7 + number) for number in range(sum(sizes))))
    line = Pipeline(stream, 1, 7, credits, Protection(None, None, seals=False), most)
    answers = list(line.exchange([[Request(3, b"x")] * size for size in sizes]))
    assert len(answers) == sum(sizes)
    sent: list[int] = stream.before
    return sent


def test_as_many_requests_wait_as_are_wanted_and_no_more() -> None:
    assert counted(8, 2, 1, 1, 1) == [2, 3, 3]
    assert counted(8, 3, 2, 1, 1) == [3, 4, 4, 4]


def test_no_more_requests_wait_than_there_are_credits_for() -> None:
    """Each answer grants one."""
    assert counted(2, 32, 1, 1, 1) == [2, 3, 3]
    assert counted(2, 32, 2) == [2, 2]


def test_a_chain_that_is_longer_than_the_limit_is_sent_alone() -> None:
    assert counted(8, 1, 2, 1) == [2, 2, 3]


@pytest.mark.parametrize(("credits", "expected"), [(1, False), (2, True), (3, True)])
def test_a_chain_needs_a_credit_for_each_request(credits: int, expected: bool) -> None:
    line = pipeline(b"")
    line.credits = credits
    assert line.affords(2) is expected


def test_a_request_for_an_encrypted_share_is_signed_where_nothing_can_be_sealed() -> None:
    """A dialect without encryption: the server rejects the request, but nobody can change it."""
    stream: Any = Rubber(response(7))
    unsealed = Protection(lambda message, number, side: b"s" * 16, None, seals=True)
    with pytest.raises(NoAnswer, match="not signed"):
        list(Pipeline(stream, 1, 7, 8, unsealed, 32).exchange([[Request(3, b"x", sealed=True)]]))
    assert stream.sent[4:8] == b"\xfeSMB"
    assert stream.sent[4 + 48 : 4 + 64] == b"s" * 16


def damaged(**fields: Any) -> bytes:
    """A response with other content at the offsets of its header."""
    whole = bytearray(response(7))
    for at, data in fields.values():
        whole[4 + at : 4 + at + len(data)] = data
    return bytes(whole)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(damaged(protocol=(0, b"\xffSMB")), id="smb-1"),
        pytest.param(damaged(flags=(16, bytes(4))), id="a-request"),
        pytest.param(damaged(following=(20, (8).to_bytes(4, "little"))), id="next-within-the-header"),
        pytest.param(damaged(following=(20, (63).to_bytes(4, "little"))), id="next-before-its-end"),
    ],
)
def test_what_is_no_response_is_malformed(data: bytes) -> None:
    with pytest.raises(NoAnswer, match="not SMB") as none:
        list(pipeline(data).exchange([[Request(3, b"x")]]))
    assert none.value.gap is Gap.MALFORMED


@pytest.mark.parametrize("size", [64, MOST_BYTES])
def test_a_response_of_any_possible_length_is_read(size: int) -> None:
    head = response(7)[4 : 4 + 64]
    (answer,) = pipeline(size.to_bytes(4, "big") + head + bytes(size - 64)).exchange([[Request(3, b"x")]])
    assert len(answer.body) == size - 64


@pytest.mark.parametrize("size", [63, MOST_BYTES + 1])
def test_a_response_of_another_length_is_malformed(size: int) -> None:
    with pytest.raises(NoAnswer, match="not SMB"):
        list(pipeline(size.to_bytes(4, "big") + response(7)[4:]).exchange([[Request(3, b"x")]]))


def test_a_notice_that_was_not_asked_for_is_passed_over() -> None:
    """MessageId 0xFFFFFFFFFFFFFFFF: an oplock break (MS-SMB2 2.2.23)."""
    (answer,) = pipeline(response(UNSOLICITED) + response(7)).exchange([[Request(3, b"x")]])
    assert (answer.chain, answer.tree) == (0, 7)
