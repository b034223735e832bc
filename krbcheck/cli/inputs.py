"""Files that the user names, read; what is wrong with them is the user's mistake."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from krbcheck.cli.exits import tell
from krbcheck.cli.mistakes import Mistake
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Facts
from krbcheck.recording.encoding import MOST_BYTES, BadRecording, Recording, decode
from krbcheck.recording.signing import BadKey, public_key, trusted_keys
from krbcheck.site.reading import SiteError, one_line, read_site
from krbcheck.site.stated import Site, Tenant

if TYPE_CHECKING:
    from krbcheck.site.waivers import Waiver

MOST_KEYS = 1 << 20
"""Bytes of a file of keys that are read."""


def load_site(path: Path) -> Site:
    """The site as the file states it."""
    try:
        return read_site(path)
    except SiteError as bad:
        more = len(bad.lines) - 1
        others = f" (and {more} more: krbcheck validate {one_line(str(path))})" if more else ""
        raise Mistake(f"{bad}{others}") from None


def load_recordings(
    paths: Iterable[Path], trusted: Path | None = None
) -> list[tuple[Recording, Mapping[type[Facts], Facts]]]:
    """With a file of `trusted` public keys each recording must be signed with one of them. Raises Mistake."""
    keys = load_trusted(trusted) if trusted is not None else None
    recordings = []
    for path in paths:
        head, facts = _recording(path)
        if keys is not None and head.signer not in keys:
            shown, named = one_line(str(path)), one_line(str(trusted))
            if not head.signer:
                raise Mistake(f"{shown}: is not signed; collect with krbcheck collect --sign KEY, or omit --trusted")
            raise Mistake(
                f"{shown}: is signed with {head.signer}, which is not in {named}; add the key if you trust it"
            )
        recordings.append((head, facts))
    return recordings


def load_waivers(path: Path | None) -> tuple[Waiver, ...]:
    """The waivers; none without a file. Raises Mistake."""
    if path is None:
        return ()
    from krbcheck.judging.registry import load
    from krbcheck.site.waivers import read_waivers

    codes = [f"{check.id}/{problem.slug}" for check in load().values() for problem in check.problems]
    try:
        return read_waivers(path, codes)
    except SiteError as bad:
        raise Mistake(str(bad)) from None


def load_trusted(path: Path) -> Mapping[str, str]:
    """The public keys and their comments. Raises Mistake."""
    shown = one_line(str(path))
    try:
        return trusted_keys(_small_file(path).decode())
    except UnicodeDecodeError:
        raise Mistake(f"{shown}: is not text; name a file of lines that krbcheck keygen wrote to FILE.pub") from None
    except BadKey as bad:
        raise Mistake(f"{shown}: {bad}") from None


def load_signing_key(path: Path) -> bytes:
    """The private key in PEM. Raises Mistake if others may read the file."""
    shown = one_line(str(path))
    pem = _small_file(path)
    if path.stat().st_mode & 0o077:
        raise Mistake(f"{shown}: other users may read this private key; chmod 600 {shown}, or make a new key")
    try:
        public_key(pem)
    except BadKey as bad:
        raise Mistake(f"{shown}: {bad}") from None
    return pem


def _small_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_KEYS)
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or "not a file name"
        raise Mistake(f"{one_line(str(path))}: cannot be read: {why}; krbcheck keygen FILE makes a key") from None


def _recording(path: Path) -> tuple[Recording, Mapping[type[Facts], Facts]]:
    shown = one_line(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise BadRecording(
                f"{shown}: larger than {MOST_BYTES >> 20} MiB; specify a file that krbcheck collect saved"
            )
        return decode(data, shown)
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or "not a valid file name"
        raise Mistake(f"{shown}: cannot be read: {why}; specify a file that krbcheck collect saved") from None
    except BadRecording as bad:
        raise Mistake(str(bad)) from None


def open_wallet(site: Site, tenants: Iterable[Tenant], site_file: Path, *, retry: bool = False) -> Wallet:
    """Returns the wallet of the site, with the secrets of these tenants. krbcheck prompts for passwords only on a
    terminal. What servers rejected in earlier runs is held back without `retry`. Raises Mistake.
    """
    from getpass import getpass

    from krbcheck.cli.remembered import remember_rejections

    at_terminal = sys.stdin is not None and sys.stdin.isatty()
    around = Surroundings(one_line(str(site_file)), os.environ, getpass if at_terminal else None, tell)
    try:
        wallet = wallet_of(site, tenants, around)
    except SiteError as bad:
        raise Mistake(str(bad)) from None
    remember_rejections(wallet, retry=retry)
    return wallet
