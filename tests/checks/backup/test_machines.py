"""backup.machines: the paths of virtual disks on a VMstore, and lists that are not complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vmstore import RestRefusal
from krbcheck.facts.vmstore_inventory import (
    HypervisorManagers,
    Licenses,
    MachineDisks,
    Snapshots,
    VirtualDisk,
    VirtualDisks,
    VirtualMachine,
    VirtualMachines,
    VmstoreInventories,
    VmstoreInventory,
)
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Site, VmstoreApi
from tests.support.vmstore_answers import AT, NOT_READ

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
WEB, DB = VirtualMachine("F1-VIM-1", "web"), VirtualMachine("F1-VIM-2", "db")
PREFIX = r"\\vmstore-alice.tintri.com\AliceVMs" + "\\"
SHORT = PREFIX + r"web\disk.vhdx"
ALL = "virtual machines on vmstore"
DENIED = RestRefusal(403, "ERR-API-6010", "denied")


def of_length(characters: int) -> str:
    """A path on Alice's share with so many characters."""
    return (PREFIX + "x" * characters)[: characters - 5] + ".vhdx"


def stating(site: Site, product: str = "dpm-2016") -> Site:
    storage = replace(site.storages[0], vmstore_api=VmstoreApi("https://vmstore.tintri.com", "krbcheck"))
    return replace(site, storages=(storage,), backups=(replace(site.backups[0], product=product),))


def seen(value: Any) -> Observation[Any]:
    return value if isinstance(value, Unobserved) else Observed(value, "asked", AT, "station")


def inventories(machines: Any, *disks: Any) -> VmstoreInventories:
    """`disks` are those of the machines in their order: paths, or an answer without them."""
    listed = [entry if not isinstance(entry, tuple) else _disks(*entry) for entry in disks]
    entries = tuple(MachineDisks(f"F1-VIM-{number}", seen(entry)) for number, entry in enumerate(listed, 1))
    other = seen(Licenses()), seen(HypervisorManagers()), seen(machines), seen(Snapshots())
    found = VmstoreInventory("vmstore", "https://vmstore.tintri.com", "krbcheck", *other, disks=entries)
    return VmstoreInventories(storages=(found,))


def _disks(*paths: str) -> VirtualDisks:
    return VirtualDisks(tuple(VirtualDisk(f"scsi0:{number}", path) for number, path in enumerate(paths)))


BOTH = VirtualMachines((WEB, DB))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(SHORT, f"fine - {ALL}", id="short"),
        pytest.param(of_length(259), f"fine - {ALL}", id="259"),
        pytest.param(of_length(260), "backup.machines/path-too-long alice web on vmstore", id="260"),
        pytest.param(
            r"\\10.77.11.30\AliceVMs\web.vhdx", "backup.machines/by-address alice web on vmstore", id="address"
        ),
        pytest.param(r"\\fd00::1\AliceVMs\web.vhdx", "backup.machines/by-address alice web on vmstore", id="v6"),
        pytest.param(
            r"\\vmstore\Other\web" + "x" * 260, "backup.machines/path-too-long - web on vmstore", id="no-tenants-share"
        ),
    ],
)
def test_the_path_of_a_disk(lines: Lines, site: Site, path: str, expected: str) -> None:
    assert lines("backup.machines", inventories(VirtualMachines((WEB,)), (path,)), of=stating(site)) == [expected]


def test_a_machine_has_one_finding_of_each_kind(judged: Judged, site: Site) -> None:
    paths = (of_length(262), of_length(270), r"\\10.77.11.30\AliceVMs\a.vhdx", r"\\10.77.11.30\AliceVMs\b.vhdx")
    found = judged("backup.machines", inventories(VirtualMachines((WEB,)), paths), of=stating(site))
    assert [verdict.code for verdict in found if isinstance(verdict, Finding)] == [
        "backup.machines/path-too-long",
        "backup.machines/by-address",
    ]
    assert isinstance(found[0], Finding)
    assert found[0].values["length"] == "270"


def test_the_remedy_moves_the_files_below_the_name_of_the_data_path(judged: Judged, site: Site) -> None:
    known = inventories(VirtualMachines((WEB,)), (r"\\10.77.11.30\AliceVMs\web\disk.vhdx",))
    (found,) = judged("backup.machines", known, of=stating(site))
    assert isinstance(found, Finding)
    move = found.remedy[1]
    assert r"-DestinationStoragePath '\\vmstore-alice.tintri.com\AliceVMs\web-new'" in move.command
    assert r"-DestinationStoragePath '\\10.77.11.30\AliceVMs\web'" in move.undo


@pytest.mark.parametrize(
    ("known", "says"),
    [
        pytest.param(VmstoreInventories(), "was not queried", id="not-queried"),
        pytest.param(inventories(NOT_READ), "not read", id="silent"),
        pytest.param(inventories(DENIED), "the REST API of vmstore returns HTTP 403", id="denied"),
        pytest.param(inventories(replace(BOTH, whole=False), (SHORT,), (SHORT,)), "not complete", id="cut"),
        pytest.param(inventories(BOTH, (SHORT,)), "first 1 of 2 machines", id="too-many"),
        pytest.param(inventories(BOTH, (SHORT,), NOT_READ), "disks of db were not read", id="disks-silent"),
        pytest.param(inventories(BOTH, (SHORT,), DENIED), "disks of db were not returned", id="disks-denied"),
        pytest.param(inventories(BOTH, (SHORT,), VirtualDisks(whole=False)), "disks of db is not", id="disks-cut"),
        pytest.param(inventories(BOTH, (SHORT,), ("",)), "a disk of db has no path", id="no-path"),
    ],
)
def test_what_was_not_read_is_not_determined(judged: Judged, site: Site, known: VmstoreInventories, says: str) -> None:
    (verdict,) = judged("backup.machines", known, of=stating(site))
    assert isinstance(verdict, Unknown)
    assert verdict.subject == ALL
    assert says in verdict.says


def test_a_finding_stays_where_others_were_not_read(lines: Lines, site: Site) -> None:
    silent = Unobserved(Gap.TIMED_OUT, "no answer", "disks", AT, "station")
    assert lines("backup.machines", inventories(BOTH, (of_length(300),), silent), of=stating(site)) == [
        "backup.machines/path-too-long alice web on vmstore",
        f"unknown - {ALL}",
    ]


def test_the_answer_that_lists_machines_counts(lines: Lines, site: Site) -> None:
    silent, listed = inventories(NOT_READ), inventories(VirtualMachines((WEB,)), (SHORT,))
    both = VmstoreInventories(storages=silent.storages + listed.storages)
    assert lines("backup.machines", both, of=stating(site)) == [f"fine - {ALL}"]


@pytest.mark.parametrize("product", ["veeam", "commvault"])
def test_only_dpm_has_the_limit(lines: Lines, site: Site, product: str) -> None:
    known = inventories(VirtualMachines((WEB,)), (of_length(300),))
    assert lines("backup.machines", known, of=stating(site, product)) == []


def test_without_a_rest_api_the_disks_are_not_applicable(lines: Lines, site: Site) -> None:
    assert lines("backup.machines", inventories(BOTH), of=site) == []
