"""Which secrets of a site file can be read, without sending any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from krbcheck.credentials.binary import BadFile
from krbcheck.credentials.loading import Lacking, Surroundings, credential_of, needed
from krbcheck.site.reading import one_line
from krbcheck.site.stated import SecretKind, SecretSource, Site


@dataclass(frozen=True)
class Availability:
    """The secret of one account: its source, and `problem` if it cannot be read; `prompted` if a user types it."""

    account: str
    source: SecretSource
    problem: str = ""
    prompted: bool = False
    lacking: bool = False

    @property
    def described(self) -> str:
        """The source as the site file states it, without the folder of a file."""
        location = self.source.location
        shown = location if self.source.kind is SecretKind.ENV else Path(location).name
        return one_line(f"{self.source.kind} {shown}".rstrip())


def availabilities(site: Site, around: Surroundings) -> Iterator[Availability]:
    """Yields every account of the site that has a secret, once. Never prompts."""
    seen: set[str] = set()
    for account, source in needed(site, site.tenants):
        if account in seen:
            continue
        seen.add(account)
        if source.kind is SecretKind.PROMPT:
            yield Availability(account, source, prompted=True)
            continue
        try:
            credential_of(account, source, around)
        except Lacking as why:
            yield Availability(account, source, str(why), lacking=True)
        except BadFile as bad:
            yield Availability(account, source, one_line(str(bad)))
        else:
            yield Availability(account, source)
