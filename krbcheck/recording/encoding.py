"""A collection as a file: what was seen, from where, by which version. It travels, and is judged elsewhere."""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import pkgutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from krbcheck import __version__
from krbcheck import facts as fact_families
from krbcheck.facts.observation import Facts

SCHEMA = 1
RECORD_LEVEL = 4
"""Families, their names, their fields, their records."""
MOST_SECONDS = 1e9
MOST_BYTES = 512 << 20
"""Of a recording that is read."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """`families` by name; `crashes` are bugs of ours while collecting, by family. `interrupted` if it was cut short.

    `digest` is the SHA-256 of all the rest, so that an edited recording does not pass for what was seen.
    """

    schema: int
    krbcheck: str
    host: str
    started: datetime
    seconds: float
    interrupted: bool = False
    crashes: Mapping[str, str] = {}
    families: Mapping[str, msgspec.Raw] = {}
    digest: str = ""


class BadRecording(Exception):
    """The file is no recording of ours; one line says why."""


def families() -> dict[str, type[Facts]]:
    """Every fact family by name."""
    found: dict[str, type[Facts]] = {}
    for info in pkgutil.iter_modules(fact_families.__path__):
        module = importlib.import_module(f"{fact_families.__name__}.{info.name}")
        found |= {
            one.__name__: one
            for one in vars(module).values()
            if isinstance(one, type) and issubclass(one, Facts) and one is not Facts
        }
    return found


def encode(
    facts: Mapping[type[Facts], Facts],
    *,
    host: str,
    started: datetime,
    seconds: float,
    interrupted: bool = False,
    crashes: Mapping[str, str] | None = None,
) -> bytes:
    recorded = Recording(
        schema=SCHEMA,
        krbcheck=__version__,
        host=host,
        started=started,
        seconds=round(seconds, 3),
        interrupted=interrupted,
        crashes=crashes or {},
        families={
            kind.__name__: msgspec.Raw(msgspec.json.encode(family))
            for kind, family in sorted(facts.items(), key=lambda item: item[0].__name__)
        },
    )
    said = msgspec.json.decode(msgspec.json.encode(recorded))
    return _laid_out({**said, "digest": digest(said)}, levels=RECORD_LEVEL) + b"\n"


def _laid_out(said: object, levels: int, margin: bytes = b"") -> bytes:
    """JSON whose first `levels` levels have a line for each entry: a changed fact is a changed line."""
    if not said or not levels or not isinstance(said, dict | list):
        return msgspec.json.encode(said)
    inner = margin + b" "
    if isinstance(said, dict):
        entries = [msgspec.json.encode(key) + b": " + _laid_out(one, levels - 1, inner) for key, one in said.items()]
    else:
        entries = [_laid_out(one, levels - 1, inner) for one in said]
    first, last = (b"{", b"}") if isinstance(said, dict) else (b"[", b"]")
    return first + b"\n" + inner + (b",\n" + inner).join(entries) + b"\n" + margin + last


def digest(said: Mapping[str, Any]) -> str:
    """Of what a recording says, in whatever layout; its own digest left out."""
    return hashlib.sha256(msgspec.json.encode({**said, "digest": ""}, order="sorted")).hexdigest()


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
    """A link that somebody else put into a folder of everybody's is not followed (Linux: fs.protected_symlinks)."""
    if not path.is_symlink():
        return
    folder, link = path.parent.stat(), path.lstat()
    shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    if shared and link.st_uid not in (os.geteuid(), folder.st_uid):
        raise PermissionError(errno.EACCES, "a link that another user put there")


def decode(data: bytes, name: str) -> tuple[Recording, dict[type[Facts], Facts]]:
    """Raises BadRecording with one line that names the file and what is wrong."""
    try:
        head = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadRecording(f"{name}: cut off, or not a recording: {bad}; collect anew") from bad
    if not isinstance(head, dict) or "schema" not in head or "families" not in head:
        raise BadRecording(f"{name}: not a recording; krbcheck collect --save makes one")
    if not isinstance(head["schema"], int) or head["schema"] > SCHEMA:
        raise BadRecording(
            f"{name}: recorded by krbcheck {head.get('krbcheck')!s:.20} in schema {head['schema']!s:.20}; "
            f"this krbcheck {__version__} reads schema {SCHEMA}: update krbcheck"
        )
    if head.get("digest") != digest(head):
        raise BadRecording(f"{name}: was edited after it was saved; judge what krbcheck collect wrote, unchanged")
    try:
        recorded = msgspec.json.decode(data, type=Recording)
        facts = dict(_decoded(recorded.families))
    except msgspec.DecodeError as bad:
        raise BadRecording(f"{name}: damaged: {bad}; collect anew") from bad
    if recorded.started.tzinfo is None or not 0 <= recorded.seconds <= MOST_SECONDS or recorded.started.year > 9000:
        raise BadRecording(f"{name}: damaged: no collecting began or lasted like that; collect anew")
    return recorded, facts


def _decoded(raw: Mapping[str, msgspec.Raw]) -> Iterable[tuple[type[Facts], Facts]]:
    known = families()
    for name, data in raw.items():
        if name in known:
            yield known[name], msgspec.json.decode(data, type=known[name])


def merge(collections: Iterable[Mapping[type[Facts], Facts]]) -> dict[type[Facts], Facts]:
    """The facts of several vantage points as one: the records of a family add up."""
    whole: dict[type[Facts], Facts] = {}
    for facts in collections:
        for kind, family in facts.items():
            whole[kind] = _sum(whole[kind], family) if kind in whole else family
    return whole


def _sum(one: Facts, other: Facts) -> Facts:
    added: dict[str, Any] = {
        field.name: getattr(one, field.name) + getattr(other, field.name) for field in msgspec.structs.fields(type(one))
    }
    return type(one)(**added)
