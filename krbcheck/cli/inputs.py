"""Files that the user names, read; what is wrong with them is the user's mistake."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from krbcheck.asking.this_host import ThisHost
from krbcheck.cli.exits import tell
from krbcheck.cli.mistakes import Mistake
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Facts
from krbcheck.recording.encoding import MOST_BYTES, BadRecording, Recording, decode
from krbcheck.site.reading import SiteError, one_line, read_site
from krbcheck.site.stated import Site
from krbcheck.site.unread import unread_keys


def load_site(path: Path) -> Site:
    """The site as the file states it. A key that has no effect is reported on stderr."""
    try:
        site = read_site(path)
    except SiteError as bad:
        raise Mistake(str(bad)) from None
    for warning in unread_keys(site):
        tell(warning)
    return site


def load_recordings(paths: Iterable[Path]) -> list[tuple[Recording, Mapping[type[Facts], Facts]]]:
    return [_recording(path) for path in paths]


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


def open_wallet(site: Site, this_host: ThisHost, site_file: Path) -> Wallet:
    """Passwords are asked for only at a terminal."""
    from getpass import getpass

    at_terminal = sys.stdin is not None and sys.stdin.isatty()
    around = Surroundings(one_line(str(site_file)), os.environ, getpass if at_terminal else None, tell)
    try:
        return wallet_of(site, this_host.tenants(site), around)
    except SiteError as bad:
        raise Mistake(str(bad)) from None
