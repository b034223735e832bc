"""Licenses, hypervisor managers, machines, disks and snapshots are read from pages and lists."""

from __future__ import annotations

import msgspec
import pytest

from fixtures.vmstore.contents import Machine, Misbehavior, Switches
from fixtures.vmstore.sample import ALICE_DISK, PASSWORD, SAMPLE
from krbcheck.credentials.wallet import Secret
from krbcheck.facts.observation import NoAnswer
from krbcheck.facts.vmstore import RestRefusal
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
from krbcheck.probes.rest.inventory import MOST_MACHINES, Inventory, read_inventory
from krbcheck.probes.rest.session import PAGE
from tests.support.vmstore import Peer, Peers


def read(peer: Peer, password: str = PASSWORD) -> Inventory:
    return read_inventory(peer.url, "krbcheck", Secret(password), peer.ca_file, 10.0)


def test_everything_that_a_vmstore_holds_is_read(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        found = read(peer)
    assert found.licenses == Licenses((License("SYNC", "ACTIVE"),))
    assert found.managers == HypervisorManagers(
        (HypervisorManager("alice-hv01.vmlevel.com", "HYPERV", True, True, True, "SUCCESS"),)
    )
    assert found.machines == VirtualMachines(
        (
            VirtualMachine("F1-VIM-1", "web", "alice-hv01", "HYPERV", True, True),
            VirtualMachine("F1-VIM-2", "db", "bob-hv01", "HYPERV", True, True),
        )
    )
    assert found.snapshots == Snapshots((Snapshot("F1-VIM-1-SST-0", "web", "HYPERV_SHARE_SNAPSHOT", 1764000000000),))
    assert found.disks[0] == ("F1-VIM-1", VirtualDisks((VirtualDisk("scsi0:0", ALICE_DISK, "NONE"),)))


@pytest.mark.parametrize(("last_page", "requests"), [("full", 3), ("empty", 4)])
def test_every_page_is_read_and_the_disks_of_the_first_machines(vmstore: Peers, last_page: str, requests: int) -> None:
    many = tuple(Machine(f"F1-VIM-{number}", f"vm{number}", "alice-hv01") for number in range(2 * PAGE + 1))
    switches = msgspec.convert({"last_page": last_page}, Switches)
    with vmstore.serving(contents=msgspec.structs.replace(SAMPLE, machines=many), switches=switches) as peer:
        found = read(peer)
        pages = peer.count("/vm")
    assert isinstance(found.machines, VirtualMachines)
    assert [machine.machine for machine in found.machines.machines] == [machine.name for machine in many]
    assert found.machines.whole
    assert (pages, len(found.disks)) == (requests, MOST_MACHINES)


def test_a_page_without_its_successors_is_not_whole(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("cut", "/api/v310/vm")) as peer:
        found = read(peer)
    assert isinstance(found.machines, VirtualMachines)
    assert (len(found.machines.machines), found.machines.whole) == (1, False)


def test_a_rejected_login_reads_nothing(vmstore: Peers) -> None:
    with vmstore.serving() as peer:
        found = read(peer, "wrong")
        assert [request.path for request in peer.requests] == ["/api/info", "/api/v310/session/login"]
    assert isinstance(found.machines, NoAnswer)
    assert found.disks == ()


def test_a_refusal_of_one_list_leaves_the_others(vmstore: Peers) -> None:
    with vmstore.serving(Misbehavior("forbidden", "/api/v310/license")) as peer:
        found = read(peer)
    assert found.licenses == RestRefusal(403, "ERR-API-6010", "simulated: forbidden")
    assert isinstance(found.machines, VirtualMachines)
