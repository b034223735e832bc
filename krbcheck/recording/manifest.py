"""The manifest of a folder of files: the SHA-256 of each, signed with Ed25519 if there is a key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from krbcheck import __version__
from krbcheck.recording.signing import PACK, is_signed, public_key, sign

NAME = "manifest.json"


class ManifestFile(msgspec.Struct, frozen=True):
    """One file of the folder."""

    name: str
    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`digest` is the SHA-256 of the lines `SHA256  NAME` of all files, as `sha256sum` prints them. `signer` is the
    public key, `signature` that of every other field of the manifest; both are empty without a key.
    """

    schema: Literal[1] = 1
    krbcheck: str = __version__
    site: str
    started: datetime
    files: tuple[ManifestFile, ...]
    digest: str
    signer: str = ""
    signature: str = ""


class BadManifest(Exception):
    """The manifest, a file, or the signature does not agree; the text is one clause."""


def manifest_of(files: Mapping[str, bytes], site: str, started: datetime, key: bytes | None = None) -> Manifest:
    """The manifest of these files. Raises BadKey if the private key cannot be used."""
    listed = tuple(ManifestFile(name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in files.items())
    made = Manifest(site=site, started=started, files=listed, digest=_digest(listed))
    if key is None:
        return made
    made = msgspec.structs.replace(made, signer=public_key(key))
    return msgspec.structs.replace(made, signature=sign(key, _signed(made), PACK).signature)


def verified(data: bytes, files: Mapping[str, bytes]) -> Manifest:
    """The manifest in `data` if it lists exactly these files, and its signature, if it has one, is valid. Raises
    BadManifest.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadManifest(f"{NAME} is damaged: {bad}") from bad
    listed = {entry.name: entry.sha256 for entry in manifest.files}
    for name in sorted(set(listed) | set(files)):
        if name not in files:
            raise BadManifest(f"{name} is missing")
        if name not in listed:
            raise BadManifest(f"{name} was added after the pack was written")
        if listed[name] != hashlib.sha256(files[name]).hexdigest():
            raise BadManifest(f"{name} was changed after the pack was written")
    if manifest.digest != _digest(manifest.files):
        raise BadManifest(f"{NAME} was changed after the pack was written")
    if manifest.signer and not is_signed(_signed(manifest), manifest.signer, manifest.signature, PACK):
        raise BadManifest("the signature is not valid")
    return manifest


def _digest(files: tuple[ManifestFile, ...]) -> str:
    return hashlib.sha256("".join(f"{entry.sha256}  {entry.name}\n" for entry in files).encode()).hexdigest()


def _signed(manifest: Manifest) -> str:
    """What the signature covers: the SHA-256 of the manifest without it, in the JSON form of msgspec."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(manifest, signature=""))).hexdigest()
