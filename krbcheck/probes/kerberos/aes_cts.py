"""Encrypts with AES-CTS and HMAC-SHA1-96 (RFC 3962), one call of the cipher for each message.

impacket encrypts each block in Python and folds the constants for each message, which is a hundred times slower for a
sealed directory page of 100 KiB.
"""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from typing import Any

BLOCK, MAC = 16, 12
ENCRYPTS, SIGNS, CHECKS = 0xAA, 0x55, 0x99
"""The last byte of the constants with which the keys of a usage are derived (RFC 3961 5.3)."""


class WrongChecksum(ValueError):
    """The message was not made with this key, or was changed."""


@lru_cache(64)
def _folded(usage: int, which: int) -> bytes:
    """Returns the constant of a usage, n-folded to a block (RFC 3961 5.1)."""
    from impacket.krb5 import crypto

    return bytes(crypto._nfold(usage.to_bytes(4, "big") + bytes([which]), BLOCK))


def _derived(key: bytes, usage: int, *kinds: int) -> list[bytes]:
    """Returns DK (RFC 3961 5.1) of each kind; random-to-key of AES is the identity (RFC 3962 6).

    The blocks of DK are those of CBC: each is the encryption of the block before it, because all others are zero.
    """
    zeros = bytes(len(key) - BLOCK)
    return [_cipher(key, "cbc").encryptor().update(_folded(usage, kind) + zeros) for kind in kinds]


def _cipher(key: bytes, mode: str) -> Any:
    """Returns AES in the mode `ecb`, or `cbc` with an initialization vector of zeros."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK)) if mode == "cbc" else modes.ECB())


def checksum(key: Any, usage: int, data: bytes) -> bytes:
    """Returns the keyed checksum, 12 bytes, of a message that is not sealed (RFC 3961 5.4)."""
    (derived,) = _derived(bytes(key.contents), usage, CHECKS)
    return hmac.digest(derived, data, "sha1")[:MAC]


class SealingKey:
    """A key for one usage, with its two derived keys."""

    def __init__(self, key: Any, usage: int) -> None:
        self._cipher_key, self._mac_key = _derived(bytes(key.contents), usage, ENCRYPTS, SIGNS)

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
