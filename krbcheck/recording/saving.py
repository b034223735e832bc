"""Files written whole or not at all, readable by their owner only unless they are made to be published."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

OWNER_ONLY, PUBLISHED = 0o600, 0o644
"""Modes of new files; the umask of the user also applies."""


def save(path: Path, chunks: Iterable[bytes], mode: int = OWNER_ONLY) -> None:
    """Writes all at once: an interrupted write leaves the old file, whose mode does not matter.

    What is there and is no file (a pipe, a device) is written to as it is.
    """
    _refuse_planted(path)
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(chunks)
        return
    temporary = path.with_name(f".krbcheck-{secrets.token_hex(8)}")
    with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        try:
            file.writelines(chunks)
            file.close()
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def _refuse_planted(path: Path) -> None:
    """Raises PermissionError for a link of another user in a world-writable folder (Linux: fs.protected_symlinks)."""
    if not path.is_symlink():
        return
    folder, link = path.parent.stat(), path.lstat()
    shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    if shared and hasattr(os, "geteuid") and link.st_uid not in (os.geteuid(), folder.st_uid):
        raise PermissionError(errno.EACCES, "a link that another user put there")
