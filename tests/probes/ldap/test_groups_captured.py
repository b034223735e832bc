"""The groups of the lab's directory again: Samba's answers under a key of this run, whole and damaged on the way."""

from __future__ import annotations

from typing import Any

from tests.support.ldap_faults import Serve, nothing_is_believed, whole

HERE = "dc=vmlevel,dc=com"
HOST, ALICE, HYPER_V, BACKUP, BACKUP_HOST = (
    f"cn=alice-hv01,ou=hosts,{HERE}",
    f"cn=alice hosts,cn=users,{HERE}",
    f"cn=hyper-v hosts,cn=users,{HERE}",
    f"cn=backup hosts,cn=users,{HERE}",
    f"cn=backup-hv01,ou=hosts,{HERE}",
)
DOMAIN_COMPUTERS, WORKSTATION = 515, 0x1000
GLOBAL_SECURITY_GROUP = 0x80000002 - (1 << 32)


def node(found: Any, dn: str) -> Any:
    return found["nodes"][dn]


def test_a_host_is_followed_to_its_groups(serve: Serve) -> None:
    found = whole(serve, "memberships")
    host = node(found, HOST)
    assert (host["name"], host["primary"], host["uac"]) == ("alice-hv01$", DOMAIN_COMPUTERS, WORKSTATION)
    assert sorted(host["parents"]) == [ALICE, HYPER_V]
    assert {HOST, ALICE, HYPER_V} == set(found["risen"])


def test_a_group_is_opened_to_its_members_which_are_not_followed_up(serve: Serve) -> None:
    found = whole(serve, "memberships")
    assert found["opened"] == [BACKUP]
    assert node(found, BACKUP_HOST)["parents"] == [BACKUP]
    assert BACKUP_HOST not in found["risen"]


def test_a_group_is_known_by_its_sid_its_class_and_its_scope(serve: Serve) -> None:
    found = whole(serve, "memberships")
    assert set(found["nodes"]) == {HOST, ALICE, HYPER_V, BACKUP, BACKUP_HOST}
    domain = node(found, HOST)["sid"].rpartition("-")[0]
    for dn in (ALICE, HYPER_V, BACKUP):
        group = node(found, dn)
        assert (group["classes"], group["scope"]) == (["top", "group"], GLOBAL_SECURITY_GROUP)
        assert group["sid"].startswith(f"{domain}-")


def test_a_damaged_answer_ends_it_without_a_result(serve: Serve) -> None:
    nothing_is_believed(serve, "memberships", 5)
