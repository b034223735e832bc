"""Holders of rights in the lab again: Samba's answers under keys of this run, whole and damaged on the way."""

from __future__ import annotations

from fixtures.captured.conversations import BACKUP_RIGHTS
from tests.support.captures import capture
from tests.support.smb_captured import CREATE, IOCTL, TREE_CONNECT
from tests.support.smb_refusals import Serve, cut_is_malformed, nothing_is_believed, nothing_is_replayed, whole

ADMINISTRATORS = "S-1-5-32-544"


def test_the_holders_are_the_administrators_and_the_backup_hosts(serve: Serve) -> None:
    found = whole(serve, "rights")
    assert (found["refused"], found["status"], found["sids"]) == ("", 0, [])
    assert tuple(holder["right"] for holder in found["holders"]) == BACKUP_RIGHTS
    (backup_hosts,) = [
        node["sid"] for node in capture("memberships").returned["nodes"].values() if node["name"] == "Backup Hosts"
    ]
    assert [(holder["status"], holder["sids"]) for holder in found["holders"]] == [
        (0, [ADMINISTRATORS, backup_hosts]),
        (0, [ADMINISTRATORS, backup_hosts]),
    ]


def test_the_members_of_a_local_group_that_holds_rights_are_read(serve: Serve) -> None:
    (group,) = whole(serve, "rights")["aliases"]
    (members,) = [
        alias["members"] for alias in capture("access-lists").returned["aliases"] if alias["sid"] == ADMINISTRATORS
    ]
    assert group == {"sid": ADMINISTRATORS, "status": 0, "members": members}


def test_a_damaged_response_ends_it_without_a_result(serve: Serve) -> None:
    nothing_is_believed(serve, "rights")


def test_an_earlier_response_answers_nothing(serve: Serve) -> None:
    nothing_is_replayed(serve, "rights")


def test_a_signed_response_that_is_cut_is_malformed(serve: Serve) -> None:
    cut_is_malformed(serve, "rights", TREE_CONNECT, CREATE, IOCTL)
