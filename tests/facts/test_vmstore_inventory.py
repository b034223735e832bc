"""What a VMstore holds, in one line each; a list that was cut is not complete."""

from __future__ import annotations

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


def test_an_entry_is_named_by_what_identifies_it() -> None:
    assert Licenses((License("SYNC", "ACTIVE"), License("REPL"))).summary() == "licenses SYNC ACTIVE, REPL"
    assert HypervisorManagers((HypervisorManager("scvmm01"),)).summary() == "hypervisor managers scvmm01"
    assert VirtualMachines((VirtualMachine("1", "web01"),)).summary() == "virtual machines web01"
    disks = (VirtualDisk("scsi0:0", r"\\vmstore\AliceVMs\web01.vhdx"), VirtualDisk("scsi0:1"))
    assert VirtualDisks(disks).summary() == r"disks \\vmstore\AliceVMs\web01.vhdx, scsi0:1"
    assert Snapshots((Snapshot("9", "web01"), Snapshot("10"))).summary() == "snapshots of web01, of 10"


def test_an_empty_list_is_not_one_that_was_cut() -> None:
    assert VirtualMachines().summary() == "no virtual machines"
    assert VirtualMachines(whole=False).summary() == "no virtual machines (the list is not complete)"


def test_a_long_list_is_bounded() -> None:
    machines = tuple(VirtualMachine(str(number), f"vm{number}") for number in range(25))
    summary = VirtualMachines(machines).summary()
    assert "vm19 and 5 more" in summary
    assert "vm20" not in summary
