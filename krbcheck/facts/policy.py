"""Group policy at each domain controller: objects and links of the directory, settings of the files in SYSVOL."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from krbcheck.facts.directory import Accounts
from krbcheck.facts.observation import Facts, Observation
from krbcheck.windows.descriptor import Ace
from krbcheck.windows.policy_file import RegistryFile


class PolicyObject(msgspec.Struct, frozen=True):
    """A groupPolicyContainer (MS-GPOL 2.2.4). `version` has the user version in its upper 16 bits.

    `dacl` is None if the reader cannot see it. `extensions` are the client-side extensions in gPCMachineExtensionNames;
    `path` is gPCFileSysPath, `functionality` must be 2.
    """

    dn: str
    name: str
    path: str = ""
    version: int = 0
    flags: int = 0
    functionality: int = 2
    extensions: str = ""
    wmi_filter: str = ""
    dacl: tuple[Ace, ...] | None = None

    @property
    def machine_version(self) -> int:
        return self.version & 0xFFFF


class PolicyObjects(msgspec.Struct, frozen=True):
    """The policy objects with a relevant link; a linked one that is missing was deleted, or the
    reader cannot see it.
    """

    found: tuple[PolicyObject, ...] = ()

    def summary(self) -> str:
        return ", ".join(entry.name or entry.dn for entry in self.found) or "no policy objects"


class PolicyObjectsAnswer(msgspec.Struct, frozen=True):
    domain: str
    controller: str
    seen: Observation[PolicyObjects]


class Link(msgspec.Struct, frozen=True):
    """One entry of gPLink: the policy's DN, and its options: 1 disabled, 2 enforced (MS-GPOL 2.2.2)."""

    dn: str
    options: int = 0

    @property
    def disabled(self) -> bool:
        return bool(self.options & 1)

    @property
    def enforced(self) -> bool:
        return bool(self.options & 2)


class Container(msgspec.Struct, frozen=True):
    """A domain or OU: its links in the order of the attribute, and whether it blocks inheritance (gPOptions)."""

    dn: str
    links: tuple[Link, ...] = ()
    blocks: bool = False


class Containers(msgspec.Struct, frozen=True):
    found: tuple[Container, ...] = ()

    def summary(self) -> str:
        return (
            "; ".join(f"{container.dn}: {len(container.links)} links" for container in self.found)
            or "no domain and no OU"
        )


class ContainersAnswer(msgspec.Struct, frozen=True):
    """The domain and the OUs upward of every host's and every controller's account."""

    domain: str
    controller: str
    seen: Observation[Containers]


class ControllerAccountAnswer(msgspec.Struct, frozen=True):
    """The computer account of the controller `host`, as `controller` returns it."""

    domain: str
    controller: str
    host: str
    seen: Observation[Accounts]


class PolicyFiles(msgspec.Struct, frozen=True):
    """The files of a policy for machines: `version` as in GPT.INI, None if it states none; None if a file does not
    exist.
    """

    version: int | None = None
    registry: RegistryFile | None = None

    def summary(self) -> str:
        said = self.registry.summary() if self.registry else "no Machine\\Registry.pol"
        return f"{said}, version {'not stated' if self.version is None else self.version}"


class PolicyFilesAnswer(msgspec.Struct, frozen=True):
    """The files of the policy `dn` (in lower case) in the SYSVOL of `controller`."""

    domain: str
    controller: str
    dn: str
    seen: Observation[PolicyFiles]


class Policies(Facts, frozen=True):
    """The group policy that may apply to the hosts' and the controllers' accounts. Links at sites are not read."""

    objects: tuple[PolicyObjectsAnswer, ...] = ()
    containers: tuple[ContainersAnswer, ...] = ()
    controllers: tuple[ControllerAccountAnswer, ...] = ()
    files: tuple[PolicyFilesAnswer, ...] = ()


def upward(dn: str) -> Iterator[str]:
    """Yields the OUs and the domain above an account, nearest first; other containers have no links (MS-GPOL
    3.2.5.1.4).
    """
    parts = re.split(r"(?<!\\),", dn)
    for index in range(1, len(parts)):
        kind = parts[index].strip().upper()
        if kind.startswith(("OU=", "DC=")):
            yield ",".join(parts[index:])
        if kind.startswith("DC="):
            return
