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
    """Returns DK (RFC 3961 5.1) of each kind; random-to-key of AES is the identity (RFC 3962 6)."""
    from Cryptodome.Cipher import AES

    cipher, made = AES.new(key, AES.MODE_ECB), []
    for kind in kinds:
        blocks = [cipher.encrypt(_folded(usage, kind))]
        while len(blocks) * BLOCK < len(key):
            blocks.append(cipher.encrypt(blocks[-1]))
        made.append(b"".join(blocks)[: len(key)])
    return made


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

    def _aes(self, mode: str) -> Any:
        from Cryptodome.Cipher import AES

        return (
            AES.new(self._cipher_key, AES.MODE_CBC, bytes(BLOCK))
            if mode == "cbc"
            else AES.new(self._cipher_key, AES.MODE_ECB)
        )

    def _encrypted(self, data: bytes) -> bytes:
        """Returns CBC with the last two blocks swapped and the last one truncated to the length of the text (RFC 3962
        5).
        """
        last = len(data) % BLOCK or BLOCK
        whole: bytes = self._aes("cbc").encrypt(data + bytes(BLOCK - last))
        if len(data) <= BLOCK:
            return whole
        return whole[: -2 * BLOCK] + whole[-BLOCK:] + whole[-2 * BLOCK : -BLOCK][:last]

    def _decrypted(self, data: bytes) -> bytes:
        if len(data) <= BLOCK:
            single: bytes = self._aes("ecb").decrypt(data.ljust(BLOCK, b"\0"))
            return single
        last = len(data) % BLOCK or BLOCK
        head, swapped, tail = data[: -BLOCK - last], data[-BLOCK - last : -last], data[-last:]
        turned: bytes = self._aes("ecb").decrypt(swapped)
        plain: bytes = self._aes("cbc").decrypt(head + tail + turned[last:])
        return plain + bytes(number ^ other for number, other in zip(turned[:last], tail, strict=True))
