"""The body of a NEGOTIATE, field by field, and against smbprotocol's."""

from __future__ import annotations

import struct
from typing import Any
from uuid import UUID

import pytest
from smbprotocol import connection as library

from krbcheck.facts.smb_features import DIALECTS
from krbcheck.probes.smb.offers import CIPHERS, NO_CIPHER, SIGNATURES, offer

NAME = "vmstore-alice.tintri.com"
CAPABILITIES = 0x45


def test_it_is_what_smbprotocol_sends() -> None:
    """Apart from the GUID and the salt, which are random."""
    body = offer(DIALECTS, 2, CAPABILITIES, name=NAME)
    made = library.SMB3NegotiateRequest()
    made["dialects"] = list(DIALECTS)
    made["security_mode"], made["capabilities"] = 2, CAPABILITIES
    made["client_guid"] = UUID(bytes=body[12:28])
    salt_at = body.index(struct.pack("<HHH", 1, 32, 1)) + 6
    contents: list[tuple[int, Any, dict[str, Any]]] = [
        (1, library.SMB2PreauthIntegrityCapabilities(), {"hash_algorithms": [1], "salt": body[salt_at : salt_at + 32]}),
        (2, library.SMB2EncryptionCapabilities(), {"ciphers": list(CIPHERS)}),
        (5, library.SMB2NetnameNegotiateContextId(), {"net_name": NAME}),
        (8, library.SMB2SigningCapabilities(), {"signing_algorithms": list(SIGNATURES)}),
    ]
    contexts = []
    for kind, content, fields in contents:
        context = library.SMB2NegotiateContextRequest()
        context["context_type"], context["data"] = kind, content
        for name, value in fields.items():
            context["data"][name] = value
        contexts.append(context)
    contexts[-1]["padding"].size = 0
    contexts[-1]["padding"] = b""
    made["negotiate_context_list"] = contexts
    assert body == made.pack()


def test_guids_and_salts_are_not_used_twice() -> None:
    first, second = offer(DIALECTS, 1, 0), offer(DIALECTS, 1, 0)
    assert first[12:28] != second[12:28]
    assert first[-80:] != second[-80:]


@pytest.mark.parametrize(
    ("dialect", "guid", "capabilities", "contexts"),
    [
        (0x0202, False, 0, 0),
        (0x0210, True, 0, 0),
        (0x0300, True, 0x45, 0),
        (0x0302, True, 0x45, 0),
        (0x0311, True, 0x45, 3),
    ],
)
def test_a_dialect_states_what_it_has(dialect: int, guid: bool, capabilities: int, contexts: int) -> None:
    """MS-SMB2 3.2.4.2.2.2: no GUID before 2.1, no capabilities before 3.0, no contexts before 3.1.1."""
    size, count, mode, _, stated, client, start, listed, _ = struct.unpack_from(
        "<HHHHI16sIHH", offer([dialect], 1, 0x45)
    )
    assert (size, count, mode, stated, client != bytes(16)) == (36, 1, 1, capabilities, guid)
    assert (listed, start) == (contexts, 104 if contexts else 0)


def test_each_context_starts_at_a_multiple_of_eight() -> None:
    body = offer(DIALECTS, 1, 0, name="nas1", ciphers=[NO_CIPHER])
    start, left = struct.unpack_from("<IH", body, 28)
    found = []
    while left:
        assert start % 8 == 0
        kind, size = struct.unpack_from("<HH", body, start - 64)
        found.append((kind, body[start - 64 + 8 :][:size]))
        start, left = start + 8 + size + -size % 8, left - 1
    assert [kind for kind, _ in found] == [1, 2, 5, 8]
    assert found[1][1] == struct.pack("<HH", 1, 0)
    assert found[2][1] == "nas1".encode("utf-16-le")
