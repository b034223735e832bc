"""Looking changes nothing: not the directories, but for what logging on writes; not the shares; no session stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
CONTROLLERS, STORAGES = ("vmdc1", "vmdc2", "tidc", "fadc"), ("vmstore", "fabstore")
STATION = ("10.77.0.9", "10.77.11.9", "10.77.12.9")
DIRECTORY = "/var/lib/samba/private/sam.ldb"
BY_LOGGING_ON = {"lastLogon", "logonCount", "lastLogonTimestamp", "badPwdCount", "badPasswordTime"}
"""What a controller writes of each AS exchange (MS-ADA1 2.351, 2.352, 2.376, MS-ADA1 2.83, 2.82)."""
BY_REPLICATION = {"repsFrom", "repsTo", "replUpToDateVector"}
"""When controllers last spoke with each other: they do, whoever looks."""
STAMPS = {"uSNChanged", "whenChanged", "replPropertyMetaData"}
"""lastLogonTimestamp is replicated, so that an entry with a new one counts as changed."""
LISTING = r"find {} -printf '%p %y %s %m %U %G %T@ %C@\n' | sort"
"""Name, kind, size, mode, owner, group, and when its content and its description were changed."""
MOST_LOOKS = 50
"""Until smbd has forgotten a connection that its client closed."""

Entry = Mapping[str, tuple[str, ...]]


def entries(lab: Lab, controller: str) -> dict[str, Entry]:
    """Everything in all partitions of a controller's directory, by DN."""
    asked = ("-H", DIRECTORY, "--cross-ncs", "(objectClass=*)", "*", *sorted(STAMPS))
    reply = lab.execute(controller, "ldbsearch", *asked).stdout
    unfolded = re.sub(r"\n (?=\S)", "", reply)
    found: dict[str, Entry] = {}
    for block in unfolded.split("\n\n"):
        lines = sorted(line.partition(": ")[::2] for line in block.splitlines() if ": " in line and line[0] != "#")
        entry = {name: tuple(value for _, value in same) for name, same in groupby(lines, lambda line: line[0])}
        if "dn" in entry:
            found[entry["dn"][0]] = entry
    assert len(found) > 1000
    return found


def differences(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    """DN and attribute of all that differs beyond what logging on and replication write."""
    for dn in before.keys() | after.keys():
        old, new = before.get(dn, {}), after.get(dn, {})
        changed = {name.rstrip(":") for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        stamps = STAMPS if changed & {"lastLogonTimestamp"} else set()
        yield from ((dn, name) for name in changed - BY_LOGGING_ON - BY_REPLICATION - stamps)


def files(lab: Lab, host: str, folder: str) -> list[str]:
    found = lab.execute(host, "sh", "-c", LISTING.format(folder)).stdout.splitlines()
    assert found
    return found


def left_open(lab: Lab, server: str) -> list[str]:
    """The station's sessions and connected shares, as the server tells, and at a storage all open files.

    Controllers have sessions of each other, and of the storages.
    """
    reply = json.loads(lab.execute(server, "smbstatus", "--json").stdout)
    ours = [entry for entry in reply["sessions"].values() if entry["remote_machine"] in STATION]
    ours += [entry for entry in reply["tcons"].values() if entry["machine"] in STATION]
    return [json.dumps(entry) for entry in (*ours, *(reply["open_files"].values() if server in STORAGES else ()))]


def nothing_stays_open(lab: Lab, server: str) -> None:
    for _ in range(MOST_LOOKS):
        if not (left := left_open(lab, server)):
            return
    raise AssertionError(f"{server} still has {left}")


@pytest.fixture(params=["run", "matrix"])
def looking(request: pytest.FixtureRequest, lab: Lab, healthy_site: str, tmp_path: Path) -> list[str]:
    """What looks at everything there is."""
    word: str = request.param
    if f" {word} " not in lab.execute("station", str(_krbcheck()), "--help").stdout:
        pytest.skip(f"there is no krbcheck {word}")
    return [word, healthy_site, "--format", "json", "--output", str(tmp_path / "report.json")]


def _krbcheck() -> Path:
    from tests.lab.conftest import KRBCHECK

    return KRBCHECK


def test_looking_leaves_no_trace(lab: Lab, looking: list[str]) -> None:
    directories = {controller: entries(lab, controller) for controller in CONTROLLERS}
    policies = {controller: files(lab, controller, "/var/lib/samba/sysvol") for controller in CONTROLLERS}
    shares = {storage: files(lab, storage, "/var/lib/samba/shares") for storage in STORAGES}
    lab.krbcheck("station", *looking)
    for storage in STORAGES:
        nothing_stays_open(lab, storage)
        assert files(lab, storage, "/var/lib/samba/shares") == shares[storage]
    for storage in CONTROLLERS:
        nothing_stays_open(lab, storage)
        assert files(lab, storage, "/var/lib/samba/sysvol") == policies[storage]
        assert sorted(differences(directories[storage], entries(lab, storage))) == [], storage
