"""Replies to TREE_CONNECT."""

from __future__ import annotations

import struct
from pathlib import Path

from krbcheck.probes.smb.trees import is_redirect


def test_a_share_on_another_node_is_no_missing_share(vectors: Path) -> None:
    reply = (vectors / "smb-bytes" / "scapy-smb2-treeconnect-resp.bin").read_bytes()[4:]
    status = int.from_bytes(reply[8:12], "little")
    assert status == 0xC00000CC
    assert is_redirect(status, reply[64:])
    assert not is_redirect(status, struct.pack("<HHIB", 9, 0, 0, 0))
