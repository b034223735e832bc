"""Who reaches which share, and who holds backup rights, in the recorded lab."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import Facts
from krbcheck.facts.share_access import Memberships, ShareAccess, ShareInfo, StorageLists
from krbcheck.facts.smb import AccountRights
from krbcheck.recording.encoding import decode
from krbcheck.views.drafting.access import People, administrators, backup_holders, grants, lists_of, people
from krbcheck.windows.descriptor import Ace, Descriptor

RECORDED = Path(__file__).resolve().parents[3] / "fixtures/recorded/healthy/facts.json"
F = TypeVar("F", bound=Facts)


@pytest.fixture(scope="module")
def facts() -> Mapping[type[Facts], Facts]:
    return decode(RECORDED.read_bytes(), "facts")[1]


def fact(facts: Mapping[type[Facts], Facts], family: type[F]) -> F:
    found = facts[family]
    assert isinstance(found, family)
    return found


@pytest.fixture(scope="module")
def known(facts: Mapping[type[Facts], Facts]) -> People:
    return people(fact(facts, Memberships), fact(facts, Directories))


def test_the_hosts_of_a_share_are_the_members_of_its_groups(facts: Mapping[type[Facts], Facts], known: People) -> None:
    lists = lists_of(fact(facts, ShareAccess))["vmstore"]
    alice, bob = grants("vmstore", lists, known)
    assert (alice.share, alice.access) == ("AliceVMs", "full")
    assert alice.hosts == {f"alice-hv0{number}$@VMLEVEL.COM": "VMLEVEL\\Alice Hosts" for number in (1, 2)}
    assert alice.others == {"VMLEVEL\\Alice Admins": "full access to AliceVMs"}
    assert set(bob.hosts) == {"bob-hv01$@VMLEVEL.COM", "bob-hv02$@VMLEVEL.COM"}
    assert [name for name, _ in administrators(lists, known)] == ["TINTRI\\Domain Admins"]


def test_the_holders_of_backup_rights_are_found_without_the_administrators(
    facts: Mapping[type[Facts], Facts], known: People
) -> None:
    (holder,) = backup_holders(fact(facts, AccountRights), lists_of(fact(facts, ShareAccess)), known)
    assert (holder.storage, holder.name, holder.is_group) == ("vmstore", "VMLEVEL\\Backup Hosts", True)
    assert holder.accounts == ("backup-hv01$@VMLEVEL.COM",)


def test_everyone_belongs_to_no_tenant_and_a_denied_list_is_a_todo() -> None:
    everyone = Descriptor(dacl=(Ace(True, 0x1F01FF, "S-1-1-0"),))
    lists = StorageLists(shares=(ShareInfo("Open", 0, everyone), ShareInfo("Hidden", 0xC0000022)))
    open_share, hidden = grants("s", lists, People())
    assert (open_share.hosts, open_share.notes) == ({}, ["share Open: its permissions also contain S-1-1-0"])
    assert hidden.notes == ["TODO share Hidden: its permissions could not be read"]
