"""Encrypts with AES-CTS and HMAC-SHA1-96 (RFC 3962), one call of the cipher for each message.

impacket encrypts each block in Python and folds the constants for each message, which is a hundred times slower for a
sealed directory page of 100 KiB; and its module needs 0.1 s of processor time to load.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from math import lcm
from typing import Any

# Before any thread starts: two threads that import this package for the first time at once can see half of it.
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK, MAC = 16, 12
ENCRYPTS, SIGNS, CHECKS = 0xAA, 0x55, 0x99
"""The last byte of the constants with which the keys of a usage are derived (RFC 3961 5.3)."""


TURN = 13
"""The bits by which n-fold rotates each copy."""


@dataclass(frozen=True)
class Key:
    """A Kerberos key (RFC 3961): the number of its encryption type, and its bytes, which are not shown."""

    enctype: int
    contents: bytes = field(repr=False)


class WrongChecksum(ValueError):
    """The message was not made with this key, or was changed."""


@lru_cache(64)
def _folded(usage: int, which: int) -> bytes:
    """Returns the constant of a usage, n-folded to a block (RFC 3961 5.1)."""
    return n_fold(usage.to_bytes(4, "big") + bytes([which]), BLOCK)


def n_fold(data: bytes, size: int) -> bytes:
    """Returns `data` stretched or folded to `size` bytes (RFC 3961 5.1): copies, each rotated by 13 bits more, are
    added in ones' complement.
    """
    length, bits, most = lcm(len(data), size), 8 * len(data), (1 << 8 * size) - 1
    number, copies = int.from_bytes(data, "big"), b""
    for copy in range(length // len(data)):
        turn = TURN * copy % bits
        turned = (number >> turn | number << bits - turn) & (1 << bits) - 1
        copies += turned.to_bytes(len(data), "big")
    total = sum(int.from_bytes(copies[at : at + size], "big") for at in range(0, length, size))
    while total > most:
        total = (total & most) + (total >> 8 * size)
    return total.to_bytes(size, "big")


def derive(key: bytes, folded: bytes) -> bytes:
    """Returns DK (RFC 3961 5.1) for a constant of one block; random-to-key of AES is the identity (RFC 3962 6).

    The blocks of DK are those of CBC: each is the encryption of the block before it, because all others are zero.
    """
    made: bytes = _cipher(key, "cbc").encryptor().update(folded + bytes(len(key) - BLOCK))
    return made


def _cipher(key: bytes, mode: str) -> Any:
    """Returns AES in the mode `ecb`, or `cbc` with an initialization vector of zeros."""
    return Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK)) if mode == "cbc" else modes.ECB())


def checksum(key: Key, usage: int, data: bytes) -> bytes:
    """Returns the keyed checksum, 12 bytes, of a message that is not sealed (RFC 3961 5.4)."""
    return hmac.digest(derive(key.contents, _folded(usage, CHECKS)), data, "sha1")[:MAC]


class SealingKey:
    """A key for one usage, with its two derived keys."""

    def __init__(self, key: Key, usage: int) -> None:
        self._cipher_key = derive(key.contents, _folded(usage, ENCRYPTS))
        self._mac_key = derive(key.contents, _folded(usage, SIGNS))

    def seal(self, plain: bytes) -> bytes:
        """Returns the encrypted bytes: a random confounder of 16 bytes first, a checksum of 12 bytes last."""
        data = secrets.token_bytes(BLOCK) + plain
        return self._encrypted(data) + self._mac(data)

    def unseal(self, sealed: bytes) -> bytes:
        """Returns the plain bytes; raises WrongChecksum if the key did not seal them or they were changed."""
        if len(sealed) < BLOCK + MAC:
            raise WrongChecksum("too short")
        data = self._decrypted(sealed[:-MAC])
        if not hmac.compare_digest(self._mac(data), sealed[-MAC:]):
            raise WrongChecksum("checksum differs")
        return data[BLOCK:]

    def _mac(self, data: bytes) -> bytes:
        return hmac.digest(self._mac_key, data, "sha1")[:MAC]

    def _encrypted(self, data: bytes) -> bytes:
        """Returns CBC with the last two blocks swapped and the last one truncated to the length of the text (RFC 3962
        5).
        """
        last = len(data) % BLOCK or BLOCK
        whole: bytes = _cipher(self._cipher_key, "cbc").encryptor().update(data + bytes(BLOCK - last))
        if len(data) <= BLOCK:
            return whole
        return whole[: -2 * BLOCK] + whole[-BLOCK:] + whole[-2 * BLOCK : -BLOCK][:last]

    def _decrypted(self, data: bytes) -> bytes:
        if len(data) <= BLOCK:
            single: bytes = _cipher(self._cipher_key, "ecb").decryptor().update(data.ljust(BLOCK, b"\0"))
            return single
        last = len(data) % BLOCK or BLOCK
        head, swapped, tail = data[: -BLOCK - last], data[-BLOCK - last : -last], data[-last:]
        turned: bytes = _cipher(self._cipher_key, "ecb").decryptor().update(swapped)
        plain: bytes = _cipher(self._cipher_key, "cbc").decryptor().update(head + tail + turned[last:])
        return plain + bytes(number ^ other for number, other in zip(turned[:last], tail, strict=True))
