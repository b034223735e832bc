"""Bodies of requests, against those of smbprotocol."""

from __future__ import annotations

import struct
from typing import Any

from smbprotocol import ioctl as control_library
from smbprotocol import open as library

from krbcheck.probes.smb import requests
from krbcheck.probes.smb.trees import Opened

FILE = bytes(range(16))


def filled(structure: Any, **fields: object) -> bytes:
    for name, value in fields.items():
        structure[name] = value
    packed: bytes = structure.pack()
    return packed


def test_an_open_of_a_file() -> None:
    expected = filled(
        library.SMB2CreateRequest(), impersonation_level=2, desired_access=0x120081, share_access=7,
        create_disposition=1, create_options=0x40, buffer_path=r"folder\file".encode("utf-16-le"),
    )  # fmt: skip
    assert requests.create(r"folder\file", 0x120081, requests.NOT_A_FOLDER) == (5, expected)


def test_an_open_of_a_root_has_no_name() -> None:
    """The buffer has at least one byte all the same (MS-SMB2 2.2.13)."""
    expected = filled(
        library.SMB2CreateRequest(), impersonation_level=2, desired_access=1, share_access=7,
        create_disposition=1, create_options=0x4001, buffer_path=b"\0\0",
    )  # fmt: skip
    assert requests.create("", 1, requests.DIRECTORY | requests.BACKUP_INTENT) == (5, expected)


def test_a_close_of_the_file_of_the_compound() -> None:
    assert requests.close() == (6, filled(library.SMB2CloseRequest(), file_id=b"\xff" * 16))


def test_a_read() -> None:
    expected = filled(library.SMB2ReadRequest(), length=65536, offset=5 << 32, file_id=FILE)
    assert requests.read(65536, 5 << 32, FILE) == (8, expected)


def test_a_query_of_a_security_descriptor() -> None:
    expected = filled(
        library.SMB2QueryInfoRequest(), info_type=3, output_buffer_length=65536, additional_information=7,
        file_id=b"\xff" * 16,
    )  # fmt: skip
    assert requests.query_security(7, 65536) == (16, expected)


def test_a_control_code_with_data() -> None:
    expected = filled(
        control_library.SMB2IOCTLRequest(), ctl_code=0x11C017, file_id=FILE, max_output_response=4096, flags=1,
        buffer=b"rpc",
    )  # fmt: skip
    assert requests.control(0x11C017, FILE, b"rpc", 4096) == (11, expected)


def test_requests_on_an_encrypted_share_are_sealed() -> None:
    clear, sealed = Opened("a", 0, tree=3), Opened("b", 0, tree=4, flags=0x8000)
    assert [request.sealed for request in requests.chain(sealed, requests.close(), requests.close())] == [True, True]
    (request,) = requests.chain(clear, requests.close())
    assert (request.command, request.tree, request.sealed) == (6, 3, False)
    assert struct.unpack_from("<H", request.body) == (24,)
