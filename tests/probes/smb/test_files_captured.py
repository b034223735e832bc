"""Policy files of the lab again: Samba's answers under keys of this run, whole and damaged on the way."""

from __future__ import annotations

from base64 import b64decode

from tests.support.smb_captured import CREATE, READ, TREE_CONNECT
from tests.support.smb_refusals import Serve, cut_is_malformed, nothing_is_believed, nothing_is_replayed, whole

NOT_FOUND = 0xC0000034


def test_a_file_is_read_and_a_missing_one_is_an_answer(serve: Serve) -> None:
    (status, size, data), missing = whole(serve, "policy-files")
    assert (status, size, b64decode(data)) == (0, 20, b"[General]\r\nVersion=0")
    assert missing == [NOT_FOUND, 0, ""]


def test_a_damaged_response_ends_it_without_a_result(serve: Serve) -> None:
    nothing_is_believed(serve, "policy-files")


def test_an_earlier_response_answers_nothing(serve: Serve) -> None:
    nothing_is_replayed(serve, "policy-files")


def test_a_signed_response_that_is_cut_is_malformed(serve: Serve) -> None:
    cut_is_malformed(serve, "policy-files", TREE_CONNECT, CREATE, READ)
