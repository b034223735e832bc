"""Replies to TREE_CONNECT."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from krbcheck.probes.smb.pipeline import Answer
from krbcheck.probes.smb.trees import _maximal_access, is_redirect

BAD_NETWORK_NAME, DENIED = 0xC00000CC, 0xC0000022
FULL = 0x001F01FF


def test_a_share_on_another_node_is_no_missing_share(vectors: Path) -> None:
    reply = (vectors / "smb-bytes" / "scapy-smb2-treeconnect-resp.bin").read_bytes()[4:]
    status = int.from_bytes(reply[8:12], "little")
    assert status == 0xC00000CC
    assert is_redirect(status, reply[64:])
    assert not is_redirect(status, struct.pack("<HHIB", 9, 0, 0, 0))


def redirect(kind: bytes = b"SRdr", contexts: int = 1) -> bytes:
    """An ERROR response with one error context (MS-SMB2 2.2.2.1)."""
    return struct.pack("<HBBII4s", 9, contexts, 0, 48, 40, kind) + bytes(40)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(BAD_NETWORK_NAME, redirect(), True, id="redirect"),
        pytest.param(DENIED, redirect(), False, id="another-status"),
        pytest.param(BAD_NETWORK_NAME, redirect(b"Link"), False, id="another-context"),
        pytest.param(BAD_NETWORK_NAME, redirect(contexts=0), False, id="no-context"),
        pytest.param(BAD_NETWORK_NAME, redirect()[:16], True, id="shortest"),
        pytest.param(BAD_NETWORK_NAME, redirect()[:15], False, id="cut"),
    ],
)
def test_a_share_is_on_another_node_if_the_response_says_so(status: int, body: bytes, expected: bool) -> None:
    assert is_redirect(status, body) is expected


def context(name: bytes, data: bytes, *, last: bool) -> bytes:
    """A create context (MS-SMB2 2.2.14.2)."""
    made = struct.pack("<HHHHI", 16, len(name), 0, 24, len(data)) + name + bytes(-len(name) % 8) + data
    return struct.pack("<I", 0 if last else 4 + len(made)) + made


def opened(*contexts: bytes, status: int = 0) -> Answer:
    """A response to CREATE whose contexts follow the fixed part at once."""
    whole = b"".join(contexts)
    return Answer(0, 0, status, 1, bytes(80) + struct.pack("<II", 152, len(whole)) + whole)


def granted(access: int, status: int = 0) -> bytes:
    return struct.pack("<II", status, access)


def test_the_maximal_access_is_found_among_other_contexts() -> None:
    lease = context(b"RqLs", bytes(32), last=False)
    assert _maximal_access(opened(lease, context(b"MxAc", granted(FULL), last=True))) == FULL
    assert _maximal_access(opened(context(b"MxAc", granted(FULL), last=False), lease)) == FULL


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(opened(context(b"MxAc", granted(FULL), last=True), status=DENIED), id="not-opened"),
        pytest.param(opened(context(b"MxAc", granted(FULL, DENIED), last=True)), id="not-computed"),
        pytest.param(opened(context(b"MxAc", granted(FULL)[:7], last=True)), id="cut"),
        pytest.param(opened(context(b"RqLs", bytes(32), last=True)), id="another-context"),
        pytest.param(opened(), id="no-context"),
        pytest.param(Answer(0, 0, 0, 1, bytes(88)), id="no-contexts-at-all"),
    ],
)
def test_without_the_context_no_access_is_stated(answer: Answer) -> None:
    assert _maximal_access(answer) is None
