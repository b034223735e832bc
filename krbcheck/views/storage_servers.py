"""The server that answers at each data path, by its GUID and its clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSpeeches
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.view import View


class Server(NamedTuple):
    """`ahead` is how far the storage's clock is ahead of this host's, in seconds; `elsewhere` is the storage whose
    server answers instead, if any.
    """

    ahead: float
    elsewhere: str = ""


class StorageServers(View):
    """By the responses to NEGOTIATE at every data path."""

    def __init__(self, site: Site, speeches: SmbSpeeches) -> None:
        self._site, self._speeches = site, speeches

    def at(self, tenant: Tenant, path: DataPath) -> Server:
        return Server(self._clock_ahead(tenant, path), self._elsewhere(tenant, path))

    def _elsewhere(self, tenant: Tenant, path: DataPath) -> str:
        """Returns the other storage whose server answers at this data path, or an empty string.

        It is empty too where the site file states one server as two storages: then all data paths have the same GUID.
        """
        here = self._guids(tenant, path)
        found = [name for name, theirs in self._of_storages.items() if name != path.storage and here & theirs]
        return found[0] if found and not self._of_storages[path.storage] <= here else ""

    @cached_property
    def _of_storages(self) -> Mapping[str, set[str]]:
        """The server GUIDs that answer at the data paths of each storage."""
        guids: dict[str, set[str]] = {}
        for tenant, path in self._site.paths():
            guids.setdefault(path.storage, set()).update(self._guids(tenant, path))
        return guids

    def _guids(self, tenant: Tenant, path: DataPath) -> set[str]:
        answers = self._speeches.newer(tenant.name, path.name)
        return {answer.seen.value.server_guid for answer in answers if isinstance(answer.seen, Observed)} - {""}

    def _clock_ahead(self, tenant: Tenant, path: DataPath) -> float:
        """Returns the clock difference in seconds, from SystemTime of a NEGOTIATE response; 0 where no response
        contains it.
        """
        for speech in self._speeches.newer(tenant.name, path.name):
            if isinstance(speech.seen, Observed) and speech.seen.value.system_time is not None:
                return (speech.seen.value.system_time - speech.seen.at) / timedelta(seconds=1)
        return 0.0
