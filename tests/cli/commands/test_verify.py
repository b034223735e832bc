"""krbcheck verify: an audit pack is as it was written and has a trusted signature; each other state has its status."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krbcheck.cli.exits import Status

ROOT = Path(__file__).parents[3]
RECORDED = ROOT / "fixtures" / "recorded"
SAMPLE = ROOT / "docs" / "samples" / "share-acl-open" / "audit"
Krbcheck = Callable[..., Any]


@pytest.fixture
def signed(krbcheck: Krbcheck, tmp_path: Path) -> Path:
    """A pack of the recorded lab, with the keys beside it: `key` signed it, `other` did not."""
    folder = tmp_path / "pack"
    for name in ("key", "other"):
        assert krbcheck("keygen", tmp_path / name).status == Status.GOOD
    facts = (RECORDED / "site.yaml", RECORDED / "healthy" / "facts.json", "--max-age", "none")
    assert krbcheck("audit", *facts, "--output", folder, "--sign", tmp_path / "key").status == Status.GOOD
    return folder


def test_a_pack_that_is_signed_with_a_trusted_key(krbcheck: Krbcheck, signed: Path) -> None:
    ended = krbcheck("verify", signed, "--trusted", signed.with_name("key.pub"))
    assert ended.status == Status.GOOD
    lines = ended.out.splitlines()
    assert lines[0].startswith(f"{signed}: 6 files are as they were written by krbcheck ")
    assert lines[1] == "site site.yaml, collected 2026-11-25 20:06:23 UTC"
    assert lines[2].startswith("signed with ")
    assert lines[2].endswith("key.pub")
    assert krbcheck("verify", signed, "--trusted", signed.with_name("key.pub"), "--quiet").out == ""


def test_a_pack_of_an_unknown_signer_is_not_trusted(krbcheck: Krbcheck, signed: Path) -> None:
    ended = krbcheck("verify", signed, "--trusted", signed.with_name("other.pub"))
    assert ended.status == Status.FINDINGS
    assert ended.out.startswith(f"{signed}: is signed with ")
    alone = krbcheck("verify", signed)
    assert alone.status == Status.UNKNOWN
    assert alone.out.endswith("; not compared with trusted keys: specify --trusted KEYS\n")


def test_a_pack_without_a_signature_is_of_an_unknown_writer(krbcheck: Krbcheck, signed: Path) -> None:
    ended = krbcheck("verify", SAMPLE)
    assert ended.status == Status.UNKNOWN, "the samples are unsigned packs"
    assert ended.out.splitlines()[-1].startswith("not signed: ")
    ended = krbcheck("verify", SAMPLE, "--trusted", signed.with_name("key.pub"))
    assert ended.status == Status.FINDINGS
    assert f"{SAMPLE}: is not signed, so its signer is not in " in ended.out


def _changed(folder: Path) -> None:
    (folder / "audit.csv").write_bytes((folder / "audit.csv").read_bytes().replace(b"refused", b"full"))


def _shorter(folder: Path) -> None:
    (folder / "findings.csv").unlink()


def _longer(folder: Path) -> None:
    (folder / "note.txt").write_text("all is well")


def _nested(folder: Path) -> None:
    (folder / "more").mkdir()


def _linked(folder: Path) -> None:
    page = folder / "audit.html"
    shutil.move(page, folder.parent / "audit.html")
    page.symlink_to(folder.parent / "audit.html")


def _dated(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"2026-11-25", b"2026-12-25"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_changed, "audit.csv was changed after the pack was written"),
        (_shorter, "findings.csv is missing"),
        (_longer, "note.txt was added after the pack was written"),
        (_nested, "more is not a file of the pack"),
        (_linked, "audit.html is not a file of the pack"),
        (_dated, "the signature is not valid"),
    ],
)
def test_every_change_of_the_folder_is_found(
    krbcheck: Krbcheck, signed: Path, change: Callable[[Path], None], says: str
) -> None:
    change(signed)
    ended = krbcheck("verify", signed, "--trusted", signed.with_name("key.pub"))
    assert ended.status == Status.FINDINGS
    assert ended.out == f"{signed}: not as it was written: {says}\n"


def test_a_folder_that_is_no_pack_is_a_mistake(krbcheck: Krbcheck, tmp_path: Path) -> None:
    says = f"{tmp_path}: contains no manifest.json; specify a folder of krbcheck audit"
    assert krbcheck("verify", tmp_path).line == says
    assert krbcheck("verify", tmp_path / "none").line.startswith(f"{tmp_path}/none: cannot be read: ")
    shutil.copytree(SAMPLE, tmp_path / "pack")
    ended = krbcheck("verify", tmp_path / "pack", "--trusted", tmp_path / "none")
    assert ended.status == Status.MISTAKE
    assert f"{tmp_path}/none: cannot be read" in ended.line
