"""Makes the body of a NEGOTIATE (MS-SMB2 2.2.3): the dialects, capabilities and algorithms that a client offers."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

SMB_2_1, SMB_3, SMB_3_1_1 = 0x0210, 0x0300, 0x0311
HEADER_BYTES, FIXED_BYTES = 64, 36
PREAUTH, ENCRYPTION, NETNAME, SIGNING = 1, 2, 5, 8
"""Negotiate contexts (MS-SMB2 2.2.3.1)."""
SHA_512 = 1
SALT_BYTES = 32
CIPHERS = (2, 1, 4, 3)
"""AES-128-GCM, AES-128-CCM, AES-256-GCM, AES-256-CCM (MS-SMB2 2.2.3.1.2)."""
NO_CIPHER = 0
"""No cipher has this number (MS-SMB2 2.2.3.1.2): 3.1.1 that offers it alone cannot encrypt."""
SIGNATURES = (2, 1, 0)
"""AES-GMAC, AES-CMAC, HMAC-SHA256 (MS-SMB2 2.2.3.1.7)."""


def offer(
    dialects: Sequence[int], security_mode: int, capabilities: int, *, name: str = "", ciphers: Sequence[int] = CIPHERS
) -> bytes:
    """Returns the body. `dialects` are in ascending order; `name` is the server name that hosts use, empty for none.

    Dialects before 3.0 state no capabilities, 2.0.2 no GUID, and only 3.1.1 has contexts.
    """
    newest = dialects[-1]
    guid = os.urandom(16) if newest >= SMB_2_1 else bytes(16)
    listed = struct.pack(f"<{len(dialects)}H", *dialects)
    listed += bytes(-(FIXED_BYTES + len(listed)) % 8)
    contexts = _contexts(name, ciphers) if newest >= SMB_3_1_1 else []
    start = HEADER_BYTES + FIXED_BYTES + len(listed) if contexts else 0
    stated = capabilities if newest >= SMB_3 else 0
    fixed = (36, len(dialects), security_mode, 0, stated, guid, start, len(contexts), 0)
    padded = [context + bytes(-len(context) % 8) for context in contexts[:-1]]
    return struct.pack("<HHHHI16sIHH", *fixed) + listed + b"".join([*padded, *contexts[-1:]])


def _contexts(name: str, ciphers: Sequence[int]) -> list[bytes]:
    contents = [
        (PREAUTH, struct.pack("<HHH", 1, SALT_BYTES, SHA_512) + os.urandom(SALT_BYTES)),
        (ENCRYPTION, struct.pack(f"<{len(ciphers) + 1}H", len(ciphers), *ciphers)),
        (SIGNING, struct.pack(f"<{len(SIGNATURES) + 1}H", len(SIGNATURES), *SIGNATURES)),
    ]
    if name:
        contents.insert(2, (NETNAME, name.encode("utf-16-le")))
    return [struct.pack("<HHI", kind, len(content), 0) + content for kind, content in contents]
