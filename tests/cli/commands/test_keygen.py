"""krbcheck keygen: a private key for its owner only, and the public key."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from krbcheck.recording.signing import public_key, trusted_keys


def test_the_private_key_is_for_its_owner_only(krbcheck: Callable[..., Any], tmp_path: Path) -> None:
    key, public = tmp_path / "alice.key", tmp_path / "alice.key.pub"
    ended = krbcheck("keygen", key)
    assert (ended.status, ended.err) == (0, "")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert ended.out == public.read_text()
    assert list(trusted_keys(ended.out)) == [public_key(key.read_bytes())]
    assert "PRIVATE" not in ended.out


def test_a_key_is_never_overwritten(krbcheck: Callable[..., Any], tmp_path: Path) -> None:
    key = tmp_path / "alice.key"
    assert krbcheck("keygen", key).status == 0
    before = key.read_bytes()
    assert krbcheck("keygen", key).line.endswith("exists; name another file, a key is never overwritten")
    key.rename(tmp_path / "kept")
    assert "alice.key.pub: exists" in krbcheck("keygen", key).line
    assert (tmp_path / "kept").read_bytes() == before
    assert "does not exist" in krbcheck("keygen", tmp_path / "absent" / "key").line
