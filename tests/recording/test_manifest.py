"""The manifest of an audit pack: it lists every file, and a signature is of the list."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from krbcheck.recording.manifest import BadManifest, Manifest, manifest_of, verified
from krbcheck.recording.signing import PACK, is_signed, new_key, public_key

AT = datetime(2026, 11, 26, tzinfo=UTC)
FILES = {"a.json": b"{}", "b.csv": b"x,y"}


def encoded(manifest: Manifest) -> bytes:
    return msgspec.json.encode(manifest)


def test_the_digest_is_that_of_the_lines_of_sha256sum() -> None:
    manifest = manifest_of(FILES, "site.yaml", AT)
    lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in FILES.items())
    assert manifest.digest == hashlib.sha256(lines.encode()).hexdigest()
    assert [(entry.name, entry.bytes) for entry in manifest.files] == [("a.json", 2), ("b.csv", 3)]
    assert (manifest.signer, manifest.signature) == ("", "")
    assert verified(encoded(manifest), FILES) == manifest


def test_a_signature_is_valid_for_packs_only() -> None:
    key = new_key()
    manifest = manifest_of(FILES, "site.yaml", AT, key)
    assert manifest.signer == public_key(key)
    assert verified(encoded(manifest), FILES) == manifest
    unsigned = encoded(msgspec.structs.replace(manifest, signature=""))
    covered = hashlib.sha256(unsigned).hexdigest()
    assert is_signed(covered, manifest.signer, manifest.signature, PACK)
    assert not is_signed(covered, manifest.signer, manifest.signature), "not the signature of a recording"


@pytest.mark.parametrize(
    "changed", [{"site": "other.yaml"}, {"started": datetime(2020, 1, 1, tzinfo=UTC)}, {"krbcheck": "9.9"}]
)
def test_the_signature_covers_every_field(changed: dict[str, Any]) -> None:
    forged = msgspec.structs.replace(manifest_of(FILES, "site.yaml", AT, new_key()), **changed)
    with pytest.raises(BadManifest, match="the signature is not valid"):
        verified(encoded(forged), FILES)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({**FILES, "a.json": b"{ }"}, "a.json was changed after the pack was written"),
        ({"a.json": b"{}"}, "b.csv is missing"),
        ({**FILES, "more.txt": b""}, "more.txt was added after the pack was written"),
    ],
)
def test_a_changed_folder_is_rejected(files: dict[str, bytes], says: str) -> None:
    with pytest.raises(BadManifest, match=f"^{says}$"):
        verified(encoded(manifest_of(FILES, "site.yaml", AT)), files)


def test_a_manifest_that_was_made_again_has_no_valid_signature() -> None:
    changed = {**FILES, "a.json": b"{ }"}
    signed, forged = manifest_of(FILES, "s", AT, new_key()), manifest_of(changed, "s", AT)
    taken = msgspec.structs.replace(forged, signer=signed.signer, signature=signed.signature)
    with pytest.raises(BadManifest, match="the signature is not valid"):
        verified(encoded(taken), changed)
    other = msgspec.structs.replace(signed, files=forged.files)
    with pytest.raises(BadManifest, match=r"manifest\.json was changed"):
        verified(encoded(other), changed)
    with pytest.raises(BadManifest, match=r"manifest\.json is damaged"):
        verified(b"", FILES)
