"""A remedy as steps, each fit for a line of its own, so that a command can be copied as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMMAND = re.compile(
    r"(?:[A-Z][A-Za-z]+-[A-Z]\w+|setspn|netdom|klist|nltest|ksetup|ktpass|dnscmd|w32tm|samba-tool|net|gpupdate|repadmin|"
    r"dsacls|krbcheck|kinit|kvno|reg|sc|smbcontrol|systemctl|testparm)\s"
)
ASIDE = re.compile(r"(?P<command>.+?) \((?P<aside>[a-z][^()]*)\)")


@dataclass(frozen=True)
class Step:
    """`aside` is a remark on a command and not part of it."""

    words: str
    is_command: bool
    aside: str = ""


def steps(remedy: str) -> list[Step]:
    """What stands between semicolons, outside of brackets and quotes."""
    return [_step(part) for part in _parts(remedy) if part]


def _parts(remedy: str) -> Iterator[str]:
    start, depth, quote = 0, 0, ""
    for at, name in enumerate(remedy):
        if quote:
            quote = "" if name == quote else quote
        elif name == '"':
            quote = name
        elif name in "([{":
            depth += 1
        elif name in ")]}":
            depth = max(0, depth - 1)
        elif depth == 0 and remedy.startswith("; ", at):
            yield remedy[start:at].strip()
            start = at + 2
    yield remedy[start:].strip()


def _step(words: str) -> Step:
    bare = words.removeprefix("then ")
    if not COMMAND.match(bare):
        return Step(words, is_command=False)
    found = ASIDE.fullmatch(bare)
    return Step(found["command"], True, found["aside"]) if found else Step(bare, is_command=True)
