"""HRESULT values of the File Server Remote VSS protocol (MS-FSRVP 2.2.4), as Windows and Samba return them."""

from __future__ import annotations

from collections.abc import Mapping

E_ACCESSDENIED = 0x80070005
E_INVALIDARG = 0x80070057
FSRVP_E_OBJECT_NOT_FOUND = 0x80042308
FSRVP_E_NOT_SUPPORTED = 0x8004230C

NAMES: Mapping[int, str] = {
    0x00000102: "FSRVP_E_WAIT_TIMEOUT",
    E_ACCESSDENIED: "E_ACCESSDENIED",
    E_INVALIDARG: "E_INVALIDARG",
    0x80042301: "FSRVP_E_BAD_STATE",
    FSRVP_E_OBJECT_NOT_FOUND: "FSRVP_E_OBJECT_NOT_FOUND",
    FSRVP_E_NOT_SUPPORTED: "FSRVP_E_NOT_SUPPORTED",
    0x8004230D: "FSRVP_E_OBJECT_ALREADY_EXISTS",
    0x80042316: "FSRVP_E_SHADOW_COPY_SET_IN_PROGRESS",
    0x8004231B: "FSRVP_E_UNSUPPORTED_CONTEXT",
    0x80042500: "FSSAGENT_E_TIMEOUT",
    0x80042501: "FSRVP_E_SHADOWCOPYSET_ID_MISMATCH",
    0xFFFFFFFF: "FSRVP_E_WAIT_FAILED",
}


def hresult_name(error: int) -> str:
    """Returns the name and the number, such as `E_ACCESSDENIED (0x80070005)`."""
    return f"{NAMES[error]} (0x{error:08X})" if error in NAMES else f"0x{error:08X}"
