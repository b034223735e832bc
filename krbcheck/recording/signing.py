"""Signs recordings with Ed25519 (RFC 8032), and checks by whom a recording was signed.

A private key is a PEM file (PKCS #8) that only its owner may read. Public keys are lines of text: `ed25519`, the key
in Base64, and a comment.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KIND = "ed25519"
CONTEXT = b"krbcheck recording 1\n"
"""Before the digest, so that a signature made for another purpose does not serve for a recording."""

PACK = b"krbcheck audit pack 1\n"
"""The same for the manifest of an audit pack."""


class BadKey(Exception):
    """A file that holds no key of the kind that is needed. The message has no part of the file."""


@dataclass(frozen=True)
class Signature:
    """`signer` is the public key, `signature` the 64 bytes; both in Base64."""

    signer: str
    signature: str


def new_key() -> bytes:
    """A new private key in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_key(private: bytes) -> str:
    """The public key in Base64 of a private key in PEM. Raises BadKey."""
    return base64.b64encode(_private(private).public_key().public_bytes_raw()).decode()


def public_line(private: bytes, comment: str) -> str:
    """The line for `--trusted`. Raises BadKey."""
    return f"{KIND} {public_key(private)} {comment}\n"


def sign(private: bytes, digest: str, context: bytes = CONTEXT) -> Signature:
    """The signature of a digest, of a recording if no other context is given. Raises BadKey."""
    key = _private(private)
    return Signature(public_key(private), base64.b64encode(key.sign(context + digest.encode())).decode())


def is_signed(digest: str, signer: str, signature: str, context: bytes = CONTEXT) -> bool:
    """Whether `signature` was made by the owner of the public key `signer` for this digest."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signer, validate=True))
        key.verify(base64.b64decode(signature, validate=True), context + digest.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def trusted_keys(text: str) -> Mapping[str, str]:
    """The comment of each public key; lines that begin with # and empty lines are skipped. Raises BadKey."""
    keys: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        kind, _, rest = line.strip().partition(" ")
        key, _, comment = rest.strip().partition(" ")
        if not kind or kind.startswith("#"):
            continue
        if kind != KIND or not _is_public(key):
            raise BadKey(f"line {number} is no public key; krbcheck keygen FILE writes FILE.pub with such a line")
        keys[key] = comment.strip()
    if not keys:
        raise BadKey("holds no public key; krbcheck keygen FILE writes FILE.pub with one")
    return keys


def _is_public(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def _private(pem: bytes) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("holds no Ed25519 private key; krbcheck keygen makes one")
    return key
