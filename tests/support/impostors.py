"""A server on loopback that answers as a storage and holds no key: it accepts every ticket and every request."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from impacket.krb5 import asn1
from pyasn1.codec.der import encoder
from pyasn1.type.univ import noValue

from krbcheck.probes.kerberos import spnego
from tests.support.storage import AES256, Storage, hint, resp

FORGED = b"[General]\r\nVersion=65539\r\n"
WHOLE = 0x001F01FF
CONTEXTS = (
    (1, struct.pack("<HHH32s", 1, 32, 1, bytes(32))),
    (2, struct.pack("<HH", 1, 2)),
    (8, struct.pack("<HH", 1, 1)),
)
"""SHA-512, AES-128-GCM and AES-CMAC (MS-SMB2 2.2.4.1)."""


@dataclass
class Impostor(Storage):
    """`dialect` is 2.1 or 3.1.1. `ap_rep` is what stands in place of the AP-REP: nothing, or one that a key of its own
    makes. Every file reads as `forged`; TREE_CONNECT ends with `tree_status`.
    """

    dialect: int = 0x0210
    ap_rep: str = ""
    tree_status: int = 0
    forged: bytes = FORGED

    def command_0(self, part: bytes) -> tuple[int, bytes, int]:
        if self.dialect != 0x0311:
            return super().command_0(part)
        token = hint()
        token += bytes(-len(token) % 8)
        fixed = struct.pack("<HHHH16sIIIIQQHHI", 65, 1, 0x0311, len(CONTEXTS), b"G" * 16, 0x7, *([1 << 20] * 3),
                            0, 0, 128, len(token), 128 + len(token))  # fmt: skip
        packed = [struct.pack("<HHI", kind, len(data), 0) + data for kind, data in CONTEXTS]
        return 0, fixed + token + b"".join(entry + bytes(-len(entry) % 8) for entry in packed), 0

    def step(self, token: bytes) -> tuple[int, bytes]:
        return 0, resp(0, spnego.KERBEROS, made_up_ap_rep() if self.ap_rep else b"")

    def command_3(self, part: bytes) -> tuple[int, bytes, int]:
        body = struct.pack("<HBBIII", 16, 1, 0, 0x800, 0, WHOLE)
        return self.tree_status, b"" if self.tree_status else body, 1

    def command_5(self, part: bytes) -> tuple[int, bytes, int]:
        fixed = (89, 0, 0, 1, b"", 0, len(self.forged), 0x80, 0, b"F" * 16, 0, 0)
        return 0, struct.pack("<HBBI32sQQII16sII", *fixed), 1

    def command_8(self, part: bytes) -> tuple[int, bytes, int]:
        return 0, struct.pack("<HBBIII", 17, 80, 0, len(self.forged), 0, 0) + self.forged, 1


def made_up_ap_rep() -> bytes:
    """An AP-REP whose cipher text is nobody's."""
    reply = asn1.AP_REP()
    reply["pvno"], reply["msg-type"] = 5, 15
    reply["enc-part"] = noValue
    reply["enc-part"]["etype"], reply["enc-part"]["cipher"] = AES256, bytes(64)
    return spnego.framed(spnego.KERBEROS, b"\x02\x00", encoder.encode(reply))
