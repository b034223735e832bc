"""Makes the bodies of requests for files, folders and pipes (MS-SMB2 2.2). All opens are of what exists, shared with
everyone; `write_probe` makes its own.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from krbcheck.probes.smb.pipeline import Request
    from krbcheck.probes.smb.trees import Opened

CREATE, CLOSE, READ, IOCTL, QUERY_INFO = 5, 6, 8, 11, 16
HEADER_BYTES, CREATE_BYTES, QUERY_BYTES, IOCTL_BYTES = 64, 56, 40, 56
"""The header, and the bytes of requests before their buffers."""
SHARE_ALL, OPEN, IMPERSONATION = 7, 1, 2
DIRECTORY, NOT_A_FOLDER, BACKUP_INTENT = 0x1, 0x40, 0x4000
"""CreateOptions (MS-SMB2 2.2.13)."""
SAME_FILE = b"\xff" * 16
"""In a related request: the file that the previous request opened (MS-SMB2 3.2.4.1.4)."""
SECURITY = 3
"""SMB2_0_INFO_SECURITY (MS-SMB2 2.2.37)."""
IS_FSCTL = 1


def create(name: str, access: int, options: int = 0) -> tuple[int, bytes]:
    """Returns a request that opens a file (MS-SMB2 2.2.13); the empty name is the share's root."""
    path = name.encode("utf-16-le")
    rest = (SHARE_ALL, OPEN, options, HEADER_BYTES + CREATE_BYTES, len(path), 0, 0)
    fixed = struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, IMPERSONATION, 0, 0, access, 0, *rest)
    return CREATE, fixed + (path or bytes(2))


def close() -> tuple[int, bytes]:
    """Returns a request that closes the file of the compound (MS-SMB2 2.2.15)."""
    return CLOSE, struct.pack("<HHI16s", 24, 0, 0, SAME_FILE)


def read(size: int, offset: int = 0, file: bytes = SAME_FILE) -> tuple[int, bytes]:
    """Returns a request for `size` bytes at `offset` (MS-SMB2 2.2.19)."""
    return READ, struct.pack("<HBBIQ16sIIIHH", 49, 0, 0, size, offset, file, 0, 0, 0, 0, 0) + bytes(1)


def query_security(parts: int, size: int) -> tuple[int, bytes]:
    """Returns a request for `parts` of the security descriptor (SECURITY_INFORMATION), of at most `size` bytes
    (MS-SMB2 2.2.37).
    """
    return QUERY_INFO, struct.pack("<HBBIHHIII16s", 41, SECURITY, 0, size, 0, 0, 0, parts, 0, SAME_FILE)


def control(code: int, file: bytes, data: bytes, size: int) -> tuple[int, bytes]:
    """Returns an FSCTL with `data`, whose answer has at most `size` bytes (MS-SMB2 2.2.31)."""
    at = HEADER_BYTES + IOCTL_BYTES
    return IOCTL, struct.pack("<HHI16sIIIIIIII", 57, 0, code, file, at, len(data), 0, at, 0, size, IS_FSCTL, 0) + data


def chain(tree: Opened, *bodies: tuple[int, bytes]) -> list[Request]:
    """Returns the requests of one compound, sealed if the share requires it."""
    from krbcheck.probes.smb.pipeline import Request

    return [Request(command, body, tree.tree, tree.sealed) for command, body in bodies]
