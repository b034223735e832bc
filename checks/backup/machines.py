r"""Checks that DPM can back up every virtual disk on a VMstore: the length of its path, and the server in it.

DPM does not back up components whose path has 260 characters or more, and supports no IP address as the location of
the files of a virtual machine (Microsoft, "Back up Hyper-V virtual machines"). krbcheck reads the virtual machines and
the paths of their disks from the REST API of the VMstore that the site file states, of the first 200 machines. The
length counts every character of `\\server\share\folder\disk.vhdx`. No public source states whether the VMstore returns
the server name that the host uses or its own: a path that is a few characters shorter than 260 may be too long on the
host. Disks on other storage, and configuration files, are not in the list.

Evidence: the list of virtual machines and the list of disks of each (REST).
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.facts.vmstore import RestRefusal
from krbcheck.facts.vmstore_inventory import (
    MachineDisks,
    VirtualDisks,
    VirtualMachines,
    VmstoreInventories,
    VmstoreInventory,
)
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, is_address
from krbcheck.windows.remedy import Remedy, changes, looks

LIMIT = 260
"""A path must be shorter (Microsoft, "Back up Hyper-V virtual machines")."""
HYPERV = "the Hyper-V module"


def _moved(target: str, says: str) -> Remedy:
    """The steps that move the files of a machine without an interruption."""
    return (
        looks(
            "Get-VMHardDiskDrive -VMName '{machine}'",
            on="the host of {machine}",
            needs=HYPERV,
            shows="the paths as the host has them",
        ),
        changes(
            f"Move-VMStorage -Name '{{machine}}' -DestinationStoragePath '{target}'",
            says=says,
            on="the host of {machine}",
            needs=HYPERV,
            undo="Move-VMStorage -Name '{machine}' -DestinationStoragePath '{folder}'",
            verify="Get-VMHardDiskDrive -VMName '{machine}'",
            shows="the new paths",
            caution="the move copies every disk of the machine, and its checkpoints, while the machine runs",
        ),
    )


PATH_TOO_LONG = Problem(
    "path-too-long",
    Severity.ERROR,
    says="The path of a disk of {machine} has {length} characters; DPM needs fewer than 260",
    remedy=_moved(r"\\{server}\{share}\{short}", "Choose another short folder if this one exists already"),
    means="DPM cannot back up the virtual machine: its recovery point fails for this disk.",
)
BY_ADDRESS = Problem(
    "by-address",
    Severity.ERROR,
    says="The path of a disk of {machine} contains the IP address {address}, which DPM does not support",
    remedy=_moved(r"\\{name}\{share}\{short}", "The new paths contain the name of the data path"),
    means="DPM supports no IPv4 or IPv6 address as a storage location. Kerberos needs a name too (backup.path).",
)

EXPECTED = {PATH_TOO_LONG.slug: "fewer than 260 characters", BY_ADDRESS.slug: "the name of a data path"}


@check(
    id="backup.machines",
    title="DPM supports the path of every virtual disk",
    tells="Which virtual disk has a path that DPM does not support.",
    problems=[PATH_TOO_LONG, BY_ADDRESS],
    refs=["Microsoft, Back up Hyper-V virtual machines (2025-03-27)"],
)
def machines(site: Site, inventories: VmstoreInventories) -> Iterator[Verdict]:
    for storage in dict.fromkeys(backup.storage for backup in site.backups if backup.is_dpm):
        if site.storage(storage).vmstore_api is None:
            continue
        found = [entry for entry in inventories.storages if entry.storage == storage]
        if not found:
            yield unknown(_subject(storage), f"the REST API of {storage} was not queried")
        else:
            yield from _judged(site, next(filter(_listed, found), found[0]))


def _subject(storage: str) -> str:
    return f"virtual machines on {storage}"


def _listed(inventory: VmstoreInventory) -> bool:
    return isinstance(inventory.machines, Observed) and isinstance(inventory.machines.value, VirtualMachines)


def _judged(site: Site, inventory: VmstoreInventory) -> Iterator[Verdict]:
    seen, subject = inventory.machines, _subject(inventory.storage)
    match seen:
        case Unobserved():
            yield unknown(subject, seen, about={"appliance": inventory.storage})
            return
        case Observed(value=RestRefusal() as refusal):
            says = refusal.reason(inventory.storage)
            yield unknown(subject, seen, says=says, about={"appliance": inventory.storage})
            return
        case Observed(value=VirtualMachines() as listed):
            names = {machine.id: machine.machine or machine.id for machine in listed.machines}
    found = [
        finding
        for disks in inventory.disks
        for finding in _of_machine(site, names.get(disks.id, disks.id), disks, inventory.storage)
    ]
    yield from found
    unread, why = _unread(names, listed, inventory.disks)
    if unread:
        yield unknown(subject, seen, *why, says=unread)
    elif not found:
        yield fine(subject, seen)


def _unread(
    names: dict[str, str], listed: VirtualMachines, disks: tuple[MachineDisks, ...]
) -> tuple[str, tuple[Ground, ...]]:
    """Returns why a path can be missing, and the reply that shows it; an empty text if all were read."""
    if not listed.whole:
        return "the list of virtual machines is not complete", ()
    for entry in disks:
        name = names.get(entry.id, entry.id)
        match entry.seen:
            case Unobserved():
                return f"the disks of {name} were not read", (entry.seen,)
            case Observed(value=RestRefusal() as refusal):
                return f"the disks of {name} were not returned: {refusal.summary()}", (entry.seen,)
            case Observed(value=VirtualDisks(whole=False)):
                return f"the list of the disks of {name} is not complete", (entry.seen,)
            case Observed(value=VirtualDisks(disks=paths)) if not all(disk.path for disk in paths):
                return f"a disk of {name} has no path in the reply", (entry.seen,)
    read = {entry.id for entry in disks}
    rest = [name for identity, name in names.items() if identity not in read]
    if rest:
        return f"only the disks of the first {len(read)} of {len(names)} machines were read", ()
    return "", ()


def _of_machine(site: Site, machine: str, disks: MachineDisks, storage: str) -> Iterator[Verdict]:
    """Yields at most one finding of each kind for a machine: about its longest path, and its first with an address."""
    paths = _paths(disks.seen)
    longest = max(paths, key=len, default="")
    if len(longest) >= LIMIT:
        yield _finding(PATH_TOO_LONG, site, machine, longest, storage, disks.seen, f"{len(longest)} characters")
    for path in paths:
        if is_address(_server(path)):
            yield _finding(BY_ADDRESS, site, machine, path, storage, disks.seen, _server(path))
            return


def _paths(seen: Observation[VirtualDisks | RestRefusal]) -> list[str]:
    if isinstance(seen, Observed) and isinstance(seen.value, VirtualDisks):
        return [disk.path for disk in seen.value.disks]
    return []


def _server(path: str) -> str:
    return path.lstrip("\\").partition("\\")[0]


def _finding(problem: Problem, site: Site, machine: str, path: str, storage: str, seen: Ground, found: str) -> Verdict:
    server, _, below = path.lstrip("\\").partition("\\")
    share, _, inner = below.partition("\\")
    tenant, name = _owner(site, storage, server, share)
    return problem(
        f"{machine} on {storage}",
        seen,
        tenant=tenant,
        expected=EXPECTED[problem.slug],
        found=found,
        machine=machine,
        storage=storage,
        length=str(len(path)),
        address=server,
        server=server,
        name=name or f"the name of a data path of {storage}",
        share=share,
        folder=rf"\\{server}\{share}\{inner.rpartition(chr(92))[0]}".rstrip("\\"),
        short=f"{machine[:40]}-new",
        disk=path,
    )


def _owner(site: Site, storage: str, server: str, share: str) -> tuple[str, str]:
    """Returns the tenant of a share on the storage, and the name of its data path; empty texts if there is none."""
    for tenant in site.tenants:
        if share.lower() in {entry.name.lower() for entry in tenant.shares_of(storage)}:
            names = [path.name for path in tenant.data_paths if path.storage == storage and not path.is_address]
            same = [name for name in names if name.lower() == server.lower()]
            return tenant.name, next(iter(same or names), "")
    return "", ""
