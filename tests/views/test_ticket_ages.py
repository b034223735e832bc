"""The last group that an account was added to after a logon."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.facts.groups import Group, GroupChanges, Groups, GroupsChanged, MemberWritten
from krbcheck.facts.observation import Observed
from krbcheck.views.ticket_ages import Joined, TicketAges
from tests.support.backup_accounts import HOSTS, NAME, SILENCE, directories
from tests.support.backup_sessions import LOGON

BEFORE, AFTER = datetime(2026, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 14, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 15, tzinfo=UTC)


def changes(*groups: Group) -> GroupChanges:
    seen = Observed(Groups(groups), "groups that changed", LOGON, "station")
    return GroupChanges(changed=(GroupsChanged("vmlevel.com", "vmdc1", LOGON, seen),))


def dated(name: str, at: datetime, *, removed: bool = False, dn: str = "CN=alice-hv01") -> Group:
    return Group(f"CN={name}", name, "S-1-5-21-1-1-1-1300", members=(MemberWritten(dn, at, at, removed),))


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param((dated("Backup Hosts", AFTER),), Joined("Backup Hosts", AFTER), id="added"),
        pytest.param((dated("A", AFTER), dated("B", LATER)), Joined("B", LATER), id="the-last"),
        pytest.param((dated("Backup Hosts", BEFORE),), None, id="before-the-logon"),
        pytest.param((dated("Backup Hosts", AFTER, removed=True),), None, id="removed"),
        pytest.param((dated("Backup Hosts", AFTER, dn="CN=other"),), None, id="another-account"),
        pytest.param((Group("CN=H", "H", HOSTS, AFTER),), Joined("H", AFTER, exact=False), id="undated"),
        pytest.param((Group("CN=H", "H", HOSTS, BEFORE),), None, id="undated-and-older"),
        pytest.param((Group("CN=H", "H", "S-1-5-21-9", AFTER),), None, id="undated-and-not-its-group"),
    ],
)
def test_the_group(groups: tuple[Group, ...], expected: Joined | None) -> None:
    assert TicketAges(directories(), changes(*groups)).joined_since(NAME, LOGON) == expected


def test_without_the_account_nothing_is_known() -> None:
    for known in (directories(None), directories(SILENCE)):
        assert TicketAges(known, changes(dated("A", AFTER))).joined_since(NAME, LOGON) is None
