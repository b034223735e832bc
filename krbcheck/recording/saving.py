"""Files written whole or not at all, readable by their owner only."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path


def save(path: Path, chunks: Iterable[bytes]) -> None:
    """Writes with mode 0600 and all at once: an interrupted write leaves the old file.

    What is there and is no file (a pipe, a device) is written to as it is.
    """
    _refuse_planted(path)
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(chunks)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(chunks)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _refuse_planted(path: Path) -> None:
    """Raises PermissionError for a link of another user in a world-writable folder (Linux: fs.protected_symlinks)."""
    if not path.is_symlink():
        return
    folder, link = path.parent.stat(), path.lstat()
    shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    if shared and hasattr(os, "geteuid") and link.st_uid not in (os.geteuid(), folder.st_uid):
        raise PermissionError(errno.EACCES, "a link that another user put there")
