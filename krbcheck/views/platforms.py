"""Which platform each domain and each storage is: it selects the variant of a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import Observed
from krbcheck.site.stated import Site, Storage
from krbcheck.views.view import View
from krbcheck.windows.remedy import Platform

Known = tuple[Platform, str]


class Platforms(View):
    """`known` has the platform of each domain, controller and storage by name, with the evidence."""

    def __init__(self, site: Site, directories: Directories) -> None:
        found = dict(_domains(directories))
        found |= {storage.name.lower(): known for storage in site.storages if (known := _storage(storage, directories))}
        self.known: Mapping[str, Known] = found


def _domains(directories: Directories) -> Iterator[tuple[str, Known]]:
    """A domain that has controllers of both platforms counts as Windows, whose commands run for both."""
    answers = [
        (answer, answer.seen.value.vendor)
        for answer in directories.identities
        if isinstance(answer.seen, Observed) and answer.seen.value.vendor is not None
    ]
    for answer, vendor in sorted(answers, key=lambda entry: "samba" not in (entry[1] or "").lower()):
        known = (
            (Platform.SAMBA, f"the rootDSE of {answer.controller} has vendorName {vendor}")
            if "samba" in (vendor or "").lower()
            else (Platform.WINDOWS, f"the rootDSE of {answer.controller} has no vendorName of Samba")
        )
        yield answer.domain.lower(), known
        yield answer.controller.lower(), known


def _storage(storage: Storage, directories: Directories) -> Known | None:
    if storage.vmstore_api is not None:
        return Platform.VMSTORE, "the site file states vmstore_api for it"
    seen = directories.account(storage.account)
    system = next((account.system for account in seen.value.found), "") if isinstance(seen, Observed) else ""
    for word, platform in (("samba", Platform.SAMBA), ("windows", Platform.WINDOWS), ("tintri", Platform.VMSTORE)):
        if word in system.lower():
            return platform, f"operatingSystem of {storage.account} is {system}"
    return None
