"""The operating system that each computer account states."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.views.view import View
from krbcheck.windows.server_versions import is_windows, server_release


@dataclass(frozen=True)
class HostSystem:
    """`known` if a directory returned the account; `name` is its operatingSystem, empty if the attribute is absent.

    `release` is the release of Windows Server, empty if it is none that is known.
    """

    known: bool
    name: str
    release: str
    why: tuple[Ground, ...]

    @property
    def is_windows(self) -> bool:
        return is_windows(self.name)


class HostSystems(View):
    def __init__(self, directories: Directories) -> None:
        self._directories = directories

    def of(self, account: str) -> HostSystem:
        """Returns the system of `account@REALM`, from the first controller that contains the account."""
        answers = [answer.seen for answer in self._directories.answers_about(account)]
        for seen in answers:
            if isinstance(seen, Observed) and seen.value.found:
                found = seen.value.found[0]
                version = f" {found.system_version}" if found.system_version else ""
                name = f"{found.system}{version}"
                release = server_release(found.system, found.system_version)
                stated = f"operatingSystem of {account}: {name or 'absent'}"
                return HostSystem(True, found.system, release, (stated, seen))
        why: tuple[Ground, ...] = tuple(answers) or (f"no directory was queried for {account}",)
        if answers and all(isinstance(seen, Observed) for seen in answers):
            why = (f"no directory contains {account}", *answers)
        return HostSystem(False, "", "", why)
