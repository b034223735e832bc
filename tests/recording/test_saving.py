"""Files are not written through links that other users planted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from krbcheck.recording.saving import save


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
