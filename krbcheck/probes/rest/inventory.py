"""Reads what a VMstore holds through its REST API v310: licenses, hypervisor managers, machines, disks, snapshots.

Source: Tintri/tintri-rest-api. Nothing is sent but GET, and the POST of the login and the logout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore_inventory import (
    HypervisorManager,
    HypervisorManagers,
    License,
    Licenses,
    Snapshot,
    Snapshots,
    VirtualDisk,
    VirtualDisks,
    VirtualMachine,
    VirtualMachines,
)
from krbcheck.probes.rest.connection import Connection
from krbcheck.probes.rest.leaving import Leave
from krbcheck.probes.rest.session import PAGE, Session
from krbcheck.probes.rest.shapes import Object, an_object, flag, number, text, uuid
from krbcheck.probes.rest.vmstore import Answer, Requests, api_of, leaving, logged_in

MOST_MACHINES = 200
"""The machines whose disks are read, with a request for each."""


@dataclass(frozen=True)
class Inventory:
    """What each request led to. `disks` has an entry for each of the first machines."""

    licenses: Answer[Licenses]
    managers: Answer[HypervisorManagers]
    machines: Answer[VirtualMachines]
    snapshots: Answer[Snapshots]
    disks: tuple[tuple[str, Answer[VirtualDisks]], ...]


def read_inventory(
    url: str, account: str, password: Secret, ca_file: str, seconds: float, leave: Leave | None = None
) -> Inventory:
    """Returns what the VMstore at `url` holds, as it replies to `account` within `seconds`, for all requests together.

    The parameters and the exceptions are those of `read_vmstore`: raises NoAnswer if the server does not answer the
    first request.
    """
    with Connection(url, ca_file, seconds) as connection, (leave or leaving()).of(connection):
        session = Session(connection, account, password)
        api = api_of(session)
        try:
            return _read(Requests(session, logged_in(session, api)))
        finally:
            session.log_out()


def _read(requests: Requests) -> Inventory:
    machines = requests.items("/vm", _machines, live="TRUE", limit=PAGE)
    return Inventory(
        licenses=requests.items("/license", _licenses),
        managers=requests.items("/datastore/default/hypervisorManagerConfig", _managers),
        machines=machines,
        snapshots=requests.items("/snapshot", _snapshots, limit=PAGE),
        disks=tuple(_disks(requests, machines)),
    )


def _licenses(entries: tuple[Any, ...], whole: bool) -> Licenses:
    found = (an_object(entry, "a license") for entry in entries)
    return Licenses(
        tuple(
            License(text(entry.get("feature")), text(entry.get("state")), entry.get("isEval") is True)
            for entry in found
        ),
        whole,
    )


def _managers(entries: tuple[Any, ...], whole: bool) -> HypervisorManagers:
    return HypervisorManagers(tuple(_manager(an_object(entry, "a hypervisor manager")) for entry in entries), whole)


def _manager(entry: Object) -> HypervisorManager:
    return HypervisorManager(
        text(entry.get("host")),
        text(entry.get("hypervisorType")),
        flag(entry.get("isDelegated")),
        flag(entry.get("isInActiveDirectory")),
        flag(entry.get("isCurrentlyConfigured")),
        text(entry.get("hypervisorManagerPingStatus")),
    )


def _machines(entries: tuple[Any, ...], whole: bool) -> VirtualMachines:
    return VirtualMachines(tuple(_machine(an_object(entry, "a virtual machine")) for entry in entries), whole)


def _machine(entry: Object) -> VirtualMachine:
    """Reads a VirtualMachine; its member `vmware` is that of every hypervisor."""
    below = entry.get("vmware")
    detail: Object = below if isinstance(below, dict) else {}
    return VirtualMachine(
        uuid(entry.get("uuid")),
        text(detail.get("name")),
        text(detail.get("host")),
        text(detail.get("hypervisorType")),
        flag(entry.get("isLive")),
        flag(detail.get("isPowered")),
    )


def _disks(requests: Requests, machines: Answer[VirtualMachines]) -> list[tuple[str, Answer[VirtualDisks]]]:
    listed = machines.machines[:MOST_MACHINES] if isinstance(machines, VirtualMachines) else ()
    return [
        (machine.id, requests.value(f"/virtualDisk/{quote(machine.id, safe='')}", _disk_list)) for machine in listed
    ]


def _disk_list(value: Any) -> VirtualDisks:
    """Reads a list, a page, or a single disk: the reference has the type of a disk, and an appliance has several."""
    whole = not (isinstance(value, dict) and (value.get("next") or value.get("overflow") is True))
    listed = value.get("items", [value]) if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise NoAnswer(Gap.MALFORMED, "the disks of a machine are neither a list nor a disk")
    found = [an_object(entry, "a disk") for entry in listed]
    return VirtualDisks(
        tuple(
            VirtualDisk(text(entry.get("name")), text(entry.get("path")), text(entry.get("sharedMode")))
            for entry in found
        ),
        whole,
    )


def _snapshots(entries: tuple[Any, ...], whole: bool) -> Snapshots:
    return Snapshots(tuple(_snapshot(an_object(entry, "a snapshot")) for entry in entries), whole)


def _snapshot(entry: Object) -> Snapshot:
    """Reads a Snapshot; the reference has `vmName`, and `createTime` in milliseconds."""
    identity = uuid(entry.get("uuid"))
    if not identity:
        raise NoAnswer(Gap.MALFORMED, "a snapshot has no id")
    return Snapshot(identity, text(entry.get("vmName")), text(entry.get("type")), number(entry.get("createTime")))
