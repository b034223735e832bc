"""What somebody on the path, or a broken storage, makes of a response: for `SmbReplay.spoil` and `damage`."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.support.smb_captured import HEADER, SIGNED
from tests.support.smb_keys import SmbKeys
from tests.support.smb_replay import SESSION, SmbReplay, Spoil

ACCESS_DENIED = (0xC0000022).to_bytes(4, "little")
OTHER_SESSION = (SESSION + 1).to_bytes(8, "little")


def signed(peer: SmbReplay, part: bytes) -> bytes:
    assert peer.keys is not None
    return part[:48] + peer.keys.signature(part, from_server=True) + part[HEADER:]


def strangers(peer: SmbReplay) -> SmbKeys:
    """The keys of another session with the same storage."""
    return SmbKeys(*peer.choice, bytes(32), bytes(64))


def unsigned(_: SmbReplay, part: bytes) -> bytes:
    flags = int.from_bytes(part[16:20], "little") & ~SIGNED
    return part[:16] + flags.to_bytes(4, "little") + part[20:48] + bytes(16) + part[HEADER:]


def zero_signature(_: SmbReplay, part: bytes) -> bytes:
    return part[:48] + bytes(16) + part[HEADER:]


def by_another_key(peer: SmbReplay, part: bytes) -> bytes:
    return part[:48] + strangers(peer).signature(part, from_server=True) + part[HEADER:]


def of_another_session(peer: SmbReplay, part: bytes) -> bytes:
    return by_another_key(peer, part[:40] + OTHER_SESSION + part[48:])


def other_status(_: SmbReplay, part: bytes) -> bytes:
    """The status alone is changed, after it was signed: success becomes a refusal, a refusal success."""
    return part[:8] + (bytes(4) if any(part[8:12]) else ACCESS_DENIED) + part[12:]


def changed(_: SmbReplay, part: bytes) -> bytes:
    return part[:HEADER] + bytes((part[HEADER] ^ 1,)) + part[HEADER + 1 :]


def renumbered(peer: SmbReplay, part: bytes) -> bytes:
    """An earlier signed response under the number of this request."""
    return peer.sent[-1][:24] + part[24:32] + peer.sent[-1][32:]


def replayed(peer: SmbReplay, _: bytes) -> bytes:
    """An earlier response as it was: its request was answered already."""
    return peer.sent[-1]


def denies(peer: SmbReplay, part: bytes) -> bytes:
    """The storage itself answers ACCESS_DENIED."""
    padding = bytes(7) if any(part[20:24]) else b""
    following = (HEADER + 16).to_bytes(4, "little") if padding else bytes(4)
    head = part[:8] + ACCESS_DENIED + part[12:20] + following + part[24:HEADER]
    return signed(peer, head + struct.pack("<HHIB", 9, 0, 0, 0) + padding)


def cut(peer: SmbReplay, part: bytes) -> bytes:
    """Two octets of a body, signed by the storage; the rest of a compound follows."""
    following = bytes(4)
    if any(part[20:24]):
        following, part = (HEADER + 8).to_bytes(4, "little"), part[: HEADER + 2] + bytes(6)
    else:
        part = part[: HEADER + 2]
    return signed(peer, part[:20] + following + part[24:])


def cut_frame(_: SmbReplay, framed: bytes) -> bytes:
    return framed[:-3]


def plain(peer: SmbReplay, framed: bytes) -> bytes:
    """The message in clear text, signed with the session's key, in an encrypted session."""
    assert peer.keys is not None
    part = peer.sent[-1]
    flags = int.from_bytes(part[16:20], "little") | SIGNED
    part = signed(peer, part[:16] + flags.to_bytes(4, "little") + bytes(4) + part[24:])
    return len(part).to_bytes(4, "big") + part


def resealed(peer: SmbReplay, keys: SmbKeys, session: int) -> bytes:
    whole = keys.seal(peer.sent[-1], session, b"another nonce"[:12])
    return len(whole).to_bytes(4, "big") + whole


def sealed_by_another(peer: SmbReplay, _: bytes) -> bytes:
    return resealed(peer, strangers(peer), SESSION)


def sealed_for_another_session(peer: SmbReplay, _: bytes) -> bytes:
    assert peer.keys is not None
    return resealed(peer, peer.keys, SESSION + 1)


def changed_cipher(_: SmbReplay, framed: bytes) -> bytes:
    return framed[:-1] + bytes((framed[-1] ^ 1,))


NOT_SIGNED: Mapping[str, Spoil] = {
    "unsigned": unsigned,
    "zero-signature": zero_signature,
    "signed-by-another-key": by_another_key,
    "of-another-session": of_another_session,
    "changed-status": other_status,
    "changed-body": changed,
    "earlier-response-renumbered": renumbered,
}
SEALED_AMISS: Mapping[str, Spoil] = {
    "sealed-by-another-key": sealed_by_another,
    "sealed-for-another-session": sealed_for_another_session,
    "changed-cipher": changed_cipher,
}


def spoiled(name: str, command: int, **how: Any) -> SmbReplay:
    """The server that damages the first response to a command, or that after `spare` of them."""
    return replace(SmbReplay(name), at=command, unexpected=[], commands=[], sent=[], **how)
