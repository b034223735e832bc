"""The folder of an audit pack is read as a whole and within bounds, and an earlier pack is one that was not changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.pack_reading import distrust, earlier_pack, read_pack
from krbcheck.recording.manifest import BadManifest
from krbcheck.recording.signing import new_key, public_line

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "share-acl-open" / "audit"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "pack"))


def test_a_pack_is_read_with_all_its_files(folder: Path) -> None:
    manifest, files = read_pack(folder)
    assert set(files) == {entry.name for entry in manifest.files}
    made = earlier_pack(folder, None)
    assert made.audit.outcomes["breach"] == 2
    assert (made.signer, made.trusted) == ("", False)


def test_a_pack_of_gigabytes_is_not_read(folder: Path) -> None:
    os.truncate(folder / "audit.csv", (1 << 30) + 1)
    with pytest.raises(Mistake, match="contains more than 1024 MiB"):
        read_pack(folder)


def test_what_is_no_file_is_no_part_of_a_pack(folder: Path) -> None:
    (folder / "more").mkdir()
    with pytest.raises(BadManifest, match="more is not a file of the pack"):
        read_pack(folder)
    with pytest.raises(Mistake, match="is not an unchanged audit pack: more is not a file of the pack"):
        earlier_pack(folder, None)


def test_an_unsigned_pack_has_no_trusted_signer(folder: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(public_line(new_key(), "station"))
    manifest, _ = read_pack(folder)
    assert distrust(manifest, keys) == f"is not signed, so its signer is not in {keys}"
    with pytest.raises(Mistake, match="is not signed"):
        earlier_pack(folder, keys)
