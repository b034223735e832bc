"""A compound of more parts than anybody asked for ends at once, whatever the message's length."""

from __future__ import annotations

import socket

import pytest

from krbcheck.probes.smb.connection import MOST_BYTES, MOST_PARTS, Wire
from krbcheck.probes.tcp.stream import Stream

PART = b"\xfeSMB" + (64).to_bytes(2, "little") + bytes(14) + (64).to_bytes(4, "little") + bytes(40)
"""A header alone (MS-SMB2 2.2.1.2): NextCommand, at 20, is its own length."""


@pytest.mark.parametrize("parts", [MOST_PARTS + 1, MOST_BYTES // len(PART)])
def test_a_compound_without_end_is_refused(parts: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with Stream("127.0.0.1", port, "", 5) as stream, pytest.raises(ValueError, match=str(MOST_PARTS)):
            Wire(stream, "nas")._take(PART * parts)
