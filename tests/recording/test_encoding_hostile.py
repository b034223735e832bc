"""What others put where krbcheck reads or writes does no harm."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from krbcheck.recording.encoding import BadRecording, decode, digest
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


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": 1e300}, {"seconds": -1.0}, {"started": "2026-01-01T00:00:00"}, {"started": "9999-12-31T23:59:59Z"}],
)
def test_impossible_times_are_told(wrong: dict[str, Any]) -> None:
    said: dict[str, Any] = {
        "schema": 2,
        "krbcheck": "1",
        "host": "h",
        "started": "2026-01-01T00:00:00Z",
        "seconds": 1.0,
    }
    said |= {"interrupted": False, "crashes": {}, "families": {}} | wrong
    with pytest.raises(BadRecording, match="damaged"):
        decode(json.dumps({**said, "digest": digest(said)}).encode(), "f")
