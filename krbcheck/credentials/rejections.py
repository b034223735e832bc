"""Remembers between runs which credentials a server rejected, so that runs with a wrong secret lock no account.

A folder of the user holds a random key and one line for each rejection: keyed hashes of the account and of the
credential, the time and the error. Neither a name of an account nor a secret is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from krbcheck.credentials.wallet import Credential

KEY, LINES = "key", "rejected"
KEY_BYTES = 32
MOST_BYTES = 1 << 20
"""The bytes of the file that are read; a line has about 300."""
ONE_DAY = timedelta(days=1)
"""One wrong attempt per account is sent in this time."""
COST, BLOCK, PARALLEL = 1 << 13, 8, 1
"""The work of one hash of a credential (RFC 7914 2): 8 MB, about 20 ms. Passwords are guessed as slowly."""


class Rejection(NamedTuple):
    """`account` and `credential` are keyed hashes; `how` is the error and its server."""

    account: str
    credential: str
    at: datetime
    how: str


class Rejections:
    """The rejections in `folder`, which is made with mode 0700 and files of mode 0600 when the first is added.

    Methods raise OSError if the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def why_not(self, credential: Credential, now: datetime) -> str:
        """Returns why a credential is not sent; empty if it may be."""
        key = self._key()
        known = [entry for entry in self._read() if entry.account == _account(key, credential.principal)] if key else []
        if not known:
            return ""
        of_credential = _credential(key, credential)
        for entry in reversed(known):
            if hmac.compare_digest(entry.credential, of_credential):
                return f"a server rejected the credential of {credential.principal} before ({_when(entry)}; {AGAIN})"
        last = known[-1]
        if now - last.at < ONE_DAY:
            return (
                f"a server rejected another credential of {credential.principal} ({_when(last)}), and an account gets "
                f"one wrong credential a day; {AGAIN}"
            )
        return ""

    def add(self, credential: Credential, how: str, now: datetime) -> None:
        """Appends a rejection."""
        key = self._key() or self._new_key()
        line = {
            "account": _account(key, credential.principal),
            "credential": _credential(key, credential),
            "at": now.isoformat(timespec="seconds"),
            "how": how,
        }
        self._write(os.O_APPEND, f"{json.dumps(line)}\n")

    def forget(self, principals: Collection[str]) -> None:
        """Removes the rejections of these accounts."""
        if not (key := self._key()):
            return
        gone = {_account(key, principal) for principal in principals}
        kept = [entry for entry in self._read() if entry.account not in gone]
        lines = (json.dumps({**entry._asdict(), "at": entry.at.isoformat(timespec="seconds")}) for entry in kept)
        self._write(os.O_TRUNC, "".join(f"{line}\n" for line in lines))

    def _key(self) -> bytes:
        """Returns the key; nothing if there is none, or only the beginning of one."""
        try:
            key = (self.folder / KEY).read_bytes()
        except FileNotFoundError:
            return b""
        return key if len(key) == KEY_BYTES else b""

    def _new_key(self) -> bytes:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made, new = secrets.token_bytes(KEY_BYTES), self.folder / f"{KEY}-{os.getpid()}"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(made)
        new.replace(self.folder / KEY)
        return made

    def _read(self) -> list[Rejection]:
        try:
            with (self.folder / LINES).open("rb") as file:
                data = file.read(MOST_BYTES)
        except FileNotFoundError:
            return []
        return list(_rejections(data))

    def _write(self, how: int, text: str) -> None:
        descriptor = os.open(self.folder / LINES, os.O_WRONLY | os.O_CREAT | how, 0o600)
        with open(descriptor, "w") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)


AGAIN = "--retry sends it"


def _rejections(data: bytes) -> Iterator[Rejection]:
    """Yields the entries; a line that krbcheck did not write, or not to its end, is none."""
    for line in data.decode(errors="replace").splitlines():
        try:
            found = json.loads(line)
            entry = Rejection(found["account"], found["credential"], datetime.fromisoformat(found["at"]), found["how"])
        except (ValueError, TypeError, KeyError):
            continue
        if entry.at.tzinfo is not None and all(isinstance(part, str) for part in (*entry[:2], entry.how)):
            yield entry


def _when(entry: Rejection) -> str:
    shown = "".join(sign for sign in entry.how if sign.isprintable())[:200]
    return f"{shown} on {entry.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _account(key: bytes, principal: str) -> str:
    return hmac.new(key, principal.casefold().encode(), hashlib.sha256).hexdigest()


def _credential(key: bytes, credential: Credential) -> str:
    parts = [credential.password.reveal() if credential.password is not None else b""]
    parts += [entry.key.reveal() for entry in credential.keys]
    parts += [ticket.der.reveal() for ticket in credential.tickets]
    joined = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    salt = key + credential.principal.casefold().encode()
    return hashlib.scrypt(joined, salt=salt, n=COST, r=BLOCK, p=PARALLEL, dklen=32).hex()


def state_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Returns the state folder of the user (XDG Base Directory Specification; LOCALAPPDATA on Windows)."""
    stated = environ.get("XDG_STATE_HOME") or environ.get("LOCALAPPDATA") or ""
    root = Path(stated) if Path(stated).is_absolute() else home / ".local" / "state"
    return root / "krbcheck"
