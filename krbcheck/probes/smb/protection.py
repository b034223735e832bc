"""Signs and seals the messages of one SMB session, and verifies those of the server (MS-SMB2 3.1.4.1, 3.1.4.3).

Imported late, inside the functions of probes. Keys are derived once for a session; a message needs microseconds.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.windows.ntstatus import ntstatus_name

HMAC_SHA256, AES_CMAC, AES_GMAC = 0, 1, 2
"""Signing algorithms (MS-SMB2 2.2.3.1.7)."""
GCM_CIPHERS = (0x0002, 0x0004)
"""AES-128-GCM and AES-256-GCM (MS-SMB2 2.2.3.1.2); the others are CCM."""
SMB_3, SMB_3_1_1 = 0x0300, 0x0311
UNSIGNED, SIGNATURE = bytes(16), slice(48, 64)
STATUS, FLAGS, MESSAGE_ID = slice(8, 12), slice(16, 20), slice(24, 32)
"""Fields of a header (MS-SMB2 2.2.1)."""
FLAG_SIGNED = 0x8
TRANSFORM = b"\xfdSMB"
TRANSFORM_BYTES = 52
FROM_SERVER = 1

Signer = Callable[[bytes, int, int], bytes]
"""The signature of a message whose signature field is zero, with its MessageId, and 1 if it is the server's."""


def signer(dialect: int, algorithm: int | None, key: bytes) -> Signer:
    """Returns the function that signs; `algorithm` is what 3.1.1 negotiated, None if it negotiated none."""
    kind = algorithm if dialect >= SMB_3_1_1 and algorithm is not None else AES_CMAC
    if dialect < SMB_3 or kind == HMAC_SHA256:
        return lambda message, number, side: hmac.digest(key, message, "sha256")[:16]
    if kind == AES_GMAC:
        gmac = AESGCM(key)
        return lambda message, number, side: gmac.encrypt(
            number.to_bytes(8, "little") + side.to_bytes(4, "little"), b"", message
        )
    keyed = CMAC(AES(key))

    def cmac(message: bytes, number: int, side: int) -> bytes:
        made = keyed.copy()
        made.update(message)
        return made.finalize()

    return cmac


class Sealing:
    """The transform of MS-SMB2 2.2.41. `unseal` raises ValueError or cryptography's InvalidTag for a message that the
    server did not seal.
    """

    def __init__(self, dialect: int, cipher: int | None, session: int, ours: bytes, theirs: bytes) -> None:
        gcm = dialect >= SMB_3_1_1 and cipher in GCM_CIPHERS
        self.nonce_bytes = 12 if gcm else 11
        self.session = session.to_bytes(8, "little")
        kind = AESGCM if gcm else AESCCM
        self.ours, self.theirs = kind(ours), kind(theirs)

    def seal(self, message: bytes) -> bytes:
        nonce = secrets.token_bytes(self.nonce_bytes)
        head = nonce.ljust(16, b"\0") + len(message).to_bytes(4, "little") + b"\0\0\1\0" + self.session
        sealed = self.ours.encrypt(nonce, message, head)
        return TRANSFORM + sealed[-16:] + head + sealed[:-16]

    def unseal(self, framed: bytes) -> bytes:
        """Returns the message in a transform; raises ValueError or cryptography's InvalidTag if the server did not seal
        it.
        """
        head = framed[20:TRANSFORM_BYTES]
        if len(head) < 32 or head[22] != 1 or head[24:] != self.session:
            raise ValueError("a sealed message of another session")
        return self.theirs.decrypt(head[: self.nonce_bytes], framed[TRANSFORM_BYTES:] + framed[4:20], head)


class NotSigned(NoAnswer):
    """A reply in a session with keys has no valid signature and is not sealed, so any host can have sent it."""

    def __init__(self, where: str, how: str, status: int) -> None:
        super().__init__(Gap.MALFORMED, f"{where} sends a reply that {how} ({ntstatus_name(status)})")


class Protection:
    """The protection of a session: `signer` is None for Guest and anonymous sessions, `sealing` is None without a
    cipher.

    `seals` if the whole session is sealed; a share may require it alone.
    """

    def __init__(self, signing: Signer | None, sealing: Sealing | None, *, seals: bool) -> None:
        self.signing = signing
        self.sealing = sealing
        self.seals = seals

    def check(self, reply: bytes, where: str) -> None:
        """Raises NotSigned unless a reply in clear text has the server's signature (MS-SMB2 3.2.5.1.3).

        `reply` is one response, with the padding of a compound. It is not called for interim responses
        (STATUS_PENDING), which no server signs, nor for the reply to LOGOFF, whose session has ended.
        """
        if self.signing is None:
            return
        status = int.from_bytes(reply[STATUS], "little")
        if self.seals and self.sealing is not None:
            raise NotSigned(where, "is in clear text, although the session is encrypted, and is not signed", status)
        if not int.from_bytes(reply[FLAGS], "little") & FLAG_SIGNED:
            raise NotSigned(where, "is not signed", status)
        if not self.genuine(reply):
            raise NotSigned(where, "is not signed with the session's key", status)

    def genuine(self, reply: bytes) -> bool:
        """Returns whether the signature is valid."""
        if self.signing is None:
            return False
        plain = reply[:48] + UNSIGNED + reply[64:]
        number = int.from_bytes(reply[MESSAGE_ID], "little")
        return hmac.compare_digest(self.signing(plain, number, FROM_SERVER), reply[SIGNATURE])
