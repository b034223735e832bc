"""The server that answers at a data path: another storage's, and how far its clock is ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

from krbcheck.facts.observation import Observation
from krbcheck.facts.smb import SmbNegotiated, SmbSpeech, SmbSpeeches
from krbcheck.site.stated import DataPath, Site, Storage, Tenant
from krbcheck.views.storage_servers import Server, StorageServers
from tests.support.observing import AT, observed, silence

FIRST, SECOND = DataPath("vmstore-alice.tintri.com", "vmstore"), DataPath("fabstore-alice.fabric.com", "fabstore")
ALICE = Tenant("alice", data_paths=(FIRST, SECOND))
SITE = Site("lab", (), (Storage("vmstore", "VMSTORE$@TINTRI.COM"), Storage("fabstore", "FAB$@FABRIC.COM")), (ALICE,))


def speech(path: DataPath, guid: str, clock: datetime | None = None) -> SmbSpeech:
    return heard(path, observed(SmbNegotiated(0, 0x0311, server_guid=guid, system_time=clock)))


def heard(path: DataPath, seen: Observation[SmbNegotiated]) -> SmbSpeech:
    return SmbSpeech("alice", path.name, path.storage, "10.77.11.30", seen)


def at(path: DataPath, *speeches: SmbSpeech) -> Server:
    return StorageServers(SITE, SmbSpeeches(speeches)).at(ALICE, path)


def test_a_server_of_its_own_is_no_other_storage() -> None:
    both = (speech(FIRST, "one"), speech(SECOND, "two"))
    assert at(FIRST, *both).elsewhere == at(SECOND, *both).elsewhere == ""


def test_a_path_that_leads_to_another_storages_server_names_it() -> None:
    """The storage has a second path with its own server: the name of the first leads to the other storage."""
    other = DataPath("vmstore-second.tintri.com", "vmstore")
    alice = Tenant("alice", data_paths=(FIRST, other, SECOND))
    site = Site("lab", (), SITE.storages, (alice,))
    servers = StorageServers(site, SmbSpeeches((speech(FIRST, "two"), speech(other, "one"), speech(SECOND, "two"))))
    assert servers.at(alice, FIRST).elsewhere == "fabstore"
    assert servers.at(alice, other).elsewhere == ""


def test_one_server_that_is_stated_as_two_storages_is_no_finding() -> None:
    both = (speech(FIRST, "one"), speech(SECOND, "one"))
    assert at(FIRST, *both).elsewhere == ""


def test_a_server_without_a_guid_is_not_compared() -> None:
    assert at(FIRST, speech(FIRST, ""), speech(SECOND, "")).elsewhere == ""


def test_the_clock_is_compared_with_the_time_of_the_query() -> None:
    """SystemTime of the first response that contains it (MS-SMB2 2.2.4)."""
    ahead = AT + timedelta(minutes=6)
    assert at(FIRST, heard(FIRST, silence()), speech(FIRST, "one"), speech(FIRST, "one", ahead)).ahead == 360.0
    assert at(FIRST, speech(FIRST, "one", AT - timedelta(seconds=90))).ahead == -90.0
    assert at(FIRST, speech(FIRST, "one")).ahead == 0.0
