"""The replies of a VMstore's REST API about what it holds: licenses, hypervisor managers, machines, disks, snapshots.

Source: Tintri/tintri-rest-api, the reference of API v310. `backup.machines` judges machines and disks. No check judges
licenses, hypervisor managers and snapshots, because no public source states that a backup depends on them: they are in
a recording for the analysis of a failed backup, and for the prerequisites of SyncVM.
"""

from __future__ import annotations

import msgspec

from krbcheck.facts.observation import Facts, Observation
from krbcheck.facts.vmstore import RestRefusal, listing


class License(msgspec.Struct, frozen=True):
    """A licensed feature: SYNC is SyncVM, REPL is replication. `state` is ACTIVE, INACTIVE or EXPIRED."""

    feature: str
    state: str = ""
    evaluation: bool = False


class Licenses(msgspec.Struct, frozen=True, tag="licenses", tag_field="reply"):
    licenses: tuple[License, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("licenses", [f"{entry.feature} {entry.state}".strip() for entry in self.licenses], self.whole)


class HypervisorManager(msgspec.Struct, frozen=True):
    """A host that manages virtual machines. `delegated` if it may delegate to the VMstore; `ping` is the status
    of the VMstore's ping.
    """

    host: str
    kind: str = ""
    delegated: bool | None = None
    in_directory: bool | None = None
    configured: bool | None = None
    ping: str = ""


class HypervisorManagers(msgspec.Struct, frozen=True, tag="hypervisor-managers", tag_field="reply"):
    managers: tuple[HypervisorManager, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("hypervisor managers", [manager.host for manager in self.managers], self.whole)


class VirtualMachine(msgspec.Struct, frozen=True):
    """A virtual machine. `id` is the VMstore's, `host` the host that runs it, `kind` such as HYPERV."""

    id: str
    machine: str
    host: str = ""
    kind: str = ""
    live: bool | None = None
    powered: bool | None = None


class VirtualMachines(msgspec.Struct, frozen=True, tag="machines", tag_field="reply"):
    machines: tuple[VirtualMachine, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("virtual machines", [entry.machine for entry in self.machines], self.whole)


class VirtualDisk(msgspec.Struct, frozen=True):
    r"""A disk of a virtual machine: `disk` is its slot, such as scsi0:1; `path` is `\\host\share\folder\file.vhdx`.

    `shared` is NONE or RSVD.
    """

    disk: str
    path: str = ""
    shared: str = ""


class VirtualDisks(msgspec.Struct, frozen=True, tag="disks", tag_field="reply"):
    disks: tuple[VirtualDisk, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("disks", [disk.path or disk.disk for disk in self.disks], self.whole)


class MachineDisks(msgspec.Struct, frozen=True):
    """The disks of the virtual machine `id`."""

    id: str
    seen: Observation[VirtualDisks | RestRefusal]


class Snapshot(msgspec.Struct, frozen=True):
    """A snapshot of the virtual machine `machine`. `created` is in milliseconds since 1970 (UTC), or None."""

    id: str
    machine: str = ""
    kind: str = ""
    created: int | None = None


class Snapshots(msgspec.Struct, frozen=True, tag="snapshots", tag_field="reply"):
    snapshots: tuple[Snapshot, ...] = ()
    whole: bool = True

    def summary(self) -> str:
        return listing("snapshots", [f"of {entry.machine or entry.id}" for entry in self.snapshots], self.whole)


class VmstoreInventory(msgspec.Struct, frozen=True):
    """What the VMstore of `storage` holds, as it answered `account` at `url`: `disks` has the first machines only."""

    storage: str
    url: str
    account: str
    licenses: Observation[Licenses | RestRefusal]
    managers: Observation[HypervisorManagers | RestRefusal]
    machines: Observation[VirtualMachines | RestRefusal]
    snapshots: Observation[Snapshots | RestRefusal]
    disks: tuple[MachineDisks, ...] = ()


class VmstoreInventories(Facts, frozen=True):
    """Of each storage with a REST API in the site file from which DPM backs up. It is read in a session of its own."""

    storages: tuple[VmstoreInventory, ...] = ()
