"""Encodes a collection as a file: observations, vantage points, the version. It is judged elsewhere."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from krbcheck import __version__
from krbcheck import facts as fact_families
from krbcheck.facts.observation import Facts
from krbcheck.recording.extents import with_extents
from krbcheck.recording.migration import SCHEMA, migrated
from krbcheck.recording.signing import Signature, is_signed, sign

RECORD_LEVEL = 4
"""Families, their names, their fields, their records."""
MOST_SECONDS = 1e9
MOST_BYTES = 512 << 20
"""The largest recording that is read, in bytes."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """`families` by name; `crashes` are bugs of ours while collecting, by family. `interrupted` if it was cut short.

    `digest` is the SHA-256 of all the rest, so that an edited recording does not pass for what was seen. `signature`
    is of the digest, by the owner of the public key `signer`; both are empty if it is not signed.
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
    signer: str = ""
    signature: str = ""


class BadRecording(Exception):
    """The file is no recording of krbcheck; one line states why."""


def families() -> dict[str, type[Facts]]:
    """Returns every fact family by name."""
    found: dict[str, type[Facts]] = {}
    for info in pkgutil.iter_modules(fact_families.__path__):
        module = importlib.import_module(f"{fact_families.__name__}.{info.name}")
        found |= {
            var.__name__: var
            for var in vars(module).values()
            if isinstance(var, type) and issubclass(var, Facts) and var is not Facts
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
    key: bytes | None = None,
) -> bytes:
    """The file, signed with the private key in PEM, if there is one. Raises BadKey."""
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
    return written(said, key)


def written(said: Mapping[str, Any], key: bytes | None = None) -> bytes:
    """The file of a decoded recording, with its digest, and signed with the private key if there is one."""
    made = digest(said)
    signature = sign(key, made) if key is not None else Signature("", "")
    whole = {**said, "digest": made, "signer": signature.signer, "signature": signature.signature}
    return _laid_out(whole, levels=RECORD_LEVEL) + b"\n"


def _laid_out(said: object, levels: int, margin: bytes = b"") -> bytes:
    """JSON whose first `levels` levels have a line for each entry: a changed fact is a changed line."""
    if not said or not levels or not isinstance(said, dict | list):
        return msgspec.json.encode(said)
    inner = margin + b" "
    if isinstance(said, dict):
        entries = [
            msgspec.json.encode(key) + b": " + _laid_out(entry, levels - 1, inner) for key, entry in said.items()
        ]
    else:
        entries = [_laid_out(entry, levels - 1, inner) for entry in said]
    first, last = (b"{", b"}") if isinstance(said, dict) else (b"[", b"]")
    return first + b"\n" + inner + (b",\n" + inner).join(entries) + b"\n" + margin + last


def digest(said: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of the content of a recording in any layout, without its own digest and signature."""
    rest = {name: value for name, value in said.items() if name not in ("signer", "signature")}
    return hashlib.sha256(msgspec.json.encode({**rest, "digest": ""}, order="sorted")).hexdigest()


def decode(data: bytes, name: str) -> tuple[Recording, dict[type[Facts], Facts]]:
    """The recording and its facts; older schemas are migrated.

    Raises BadRecording with one line that names the file and what is wrong.
    """
    try:
        head = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadRecording(f"{name}: cut off, or not a recording: {bad}; collect again") from bad
    if not isinstance(head, dict) or "schema" not in head or "families" not in head:
        raise BadRecording(f"{name}: not a recording; krbcheck collect --save makes one")
    if not isinstance(head["schema"], int) or not 1 <= head["schema"] <= SCHEMA:
        raise BadRecording(
            f"{name}: recorded by krbcheck {head.get('krbcheck')!s:.20} in schema {head['schema']!s:.20}; "
            f"this krbcheck {__version__} reads schema 1 to {SCHEMA}: update krbcheck"
        )
    if head.get("digest") != digest(head):
        raise BadRecording(f"{name}: was edited after it was saved; judge what krbcheck collect wrote, unchanged")
    try:
        if head["schema"] != SCHEMA:
            data = msgspec.json.encode(migrated(head))
        recorded = msgspec.json.decode(data, type=Recording)
        facts = with_extents(dict(_decoded(recorded.families)), recorded.host, stated=head["schema"] > 1)
    except msgspec.DecodeError as bad:
        raise BadRecording(f"{name}: damaged: {bad}; collect again") from bad
    if (recorded.signer or recorded.signature) and not is_signed(recorded.digest, recorded.signer, recorded.signature):
        raise BadRecording(f"{name}: the signature is not by the key that it names; collect again with --sign")
    if recorded.started.tzinfo is None or not 0 <= recorded.seconds <= MOST_SECONDS or recorded.started.year > 9000:
        raise BadRecording(f"{name}: damaged: start or duration of the collection are not possible; collect again")
    return recorded, facts


def _decoded(raw: Mapping[str, msgspec.Raw]) -> Iterable[tuple[type[Facts], Facts]]:
    known = families()
    for name, data in raw.items():
        if name in known:
            yield known[name], msgspec.json.decode(data, type=known[name])
