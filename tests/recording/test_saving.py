"""Files are not written through links that other users planted."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from krbcheck.recording.saving import OWNER_ONLY, PUBLISHED, save


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's link")
def test_a_link_that_another_user_planted_is_not_written_through(tmp_path: Path) -> None:
    shared, victim = tmp_path / "shared", tmp_path / "victim"
    shared.mkdir()
    shared.chmod(0o1777)
    victim.write_bytes(b"kept")
    link = shared / "report.json"
    link.symlink_to(victim)
    os.lchown(link, 65534, 65534)
    with pytest.raises(PermissionError):
        save(link, [b"new"])
    assert victim.read_bytes() == b"kept"


def test_an_own_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    save(tmp_path / "link", [b"new"])
    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("mode", "umask", "expected"),
    [(OWNER_ONLY, 0o022, 0o600), (PUBLISHED, 0o022, 0o644), (PUBLISHED, 0o077, 0o600), (OWNER_ONLY, 0, 0o600)],
)
def test_the_mode_and_the_umask_decide_who_can_read_the_file(
    tmp_path: Path, mode: int, umask: int, expected: int
) -> None:
    file = tmp_path / "file"
    file.touch(0o666)
    old = os.umask(umask)
    try:
        save(file, [b"new"], mode)
    finally:
        os.umask(old)
    assert (stat.S_IMODE(file.stat().st_mode), file.read_bytes()) == (expected, b"new")


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    file = tmp_path / "file"
    file.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        save(file, interrupted())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_bytes() == b"old"
