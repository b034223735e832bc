"""The keys of one SMB session, and what they make of messages (MS-SMB2 3.1.4), apart from those of the probes."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode

SMB_3_0, SMB_3_1_1 = 0x0300, 0x0311
HMAC_SHA256, AES_CMAC, AES_GMAC = 0, 1, 2
AES_128_CCM, AES_128_GCM, AES_256_CCM, AES_256_GCM = 1, 2, 3, 4
TRANSFORM = b"\xfdSMB"
UNSIGNED = bytes(16)


def preauth(messages: Iterable[bytes]) -> bytes:
    """The preauthentication integrity hash (3.1.4.4.1)."""
    value = bytes(64)
    for message in messages:
        value = hashlib.sha512(value + message).digest()
    return value


def derived(key: bytes, label: bytes, context: bytes, size: int = 16) -> bytes:
    position = CounterLocation.BeforeFixed
    return KBKDFHMAC(SHA256(), Mode.CounterMode, size, 4, 4, position, label, context, None).derive(key)


class SmbKeys:
    """`key` is the session key of the mechanism; `signing` and `cipher` are what 3.1.1 negotiated."""

    def __init__(self, dialect: int, signing: int, cipher: int, key: bytes, hashed: bytes) -> None:
        self.kind = HMAC_SHA256 if dialect < SMB_3_0 else signing if dialect >= SMB_3_1_1 else AES_CMAC
        self.gcm = dialect >= SMB_3_1_1 and cipher in (AES_128_GCM, AES_256_GCM)
        short = key[:16].ljust(16, b"\0")
        if dialect < SMB_3_0:
            self.signing = short
        elif dialect < SMB_3_1_1:
            self.signing = derived(short, b"SMB2AESCMAC\0", b"SmbSign\0")
            self.to_server = derived(short, b"SMB2AESCCM\0", b"ServerIn \0")
            self.to_client = derived(short, b"SMB2AESCCM\0", b"ServerOut\0")
        else:
            long, size = (key, 32) if cipher in (AES_256_CCM, AES_256_GCM) else (short, 16)
            self.signing = derived(short, b"SMBSigningKey\0", hashed)
            self.to_server = derived(long, b"SMBC2SCipherKey\0", hashed, size)
            self.to_client = derived(long, b"SMBS2CCipherKey\0", hashed, size)

    def signature(self, message: bytes, *, from_server: bool) -> bytes:
        """The signature of one message with its header; what is in the field for it does not matter."""
        plain = message[:48] + UNSIGNED + message[64:]
        if self.kind == HMAC_SHA256:
            return hmac.digest(self.signing, plain, "sha256")[:16]
        if self.kind == AES_GMAC:
            return AESGCM(self.signing).encrypt(plain[24:32] + struct.pack("<I", from_server), b"", plain)
        made = CMAC(AES(self.signing))
        made.update(plain)
        return made.finalize()

    def seal(self, message: bytes, session: int, nonce: bytes) -> bytes:
        """What the server sends (2.2.41)."""
        size = 12 if self.gcm else 11
        head = nonce[:size].ljust(16, b"\0") + struct.pack("<IHHQ", len(message), 0, 1, session)
        sealed = (AESGCM if self.gcm else AESCCM)(self.to_client).encrypt(head[:size], message, head)
        return TRANSFORM + sealed[-16:] + head + sealed[:-16]

    def unseal(self, framed: bytes, *, from_server: bool) -> bytes:
        key, size = self.to_client if from_server else self.to_server, 12 if self.gcm else 11
        head = framed[20:52]
        return (AESGCM if self.gcm else AESCCM)(key).decrypt(head[:size], framed[52:] + framed[4:20], head)
