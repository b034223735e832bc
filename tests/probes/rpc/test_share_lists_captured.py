"""The share lists of the lab again: Samba's answers under keys of this run, whole and damaged on the way."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.captured.conversations import EVERYONE, NOBODY, SYSTEM
from tests.support.captures import capture, replayed
from tests.support.smb_captured import IOCTL, LOGOFF, QUERY_INFO, TREE_CONNECT
from tests.support.smb_faults import NOT_SIGNED, spoiled
from tests.support.smb_refusals import Serve, cut_is_malformed, nothing_is_believed, nothing_is_replayed, whole

DENIED, NO_SUCH_SHARE = 0xC0000022, 123
FULL, CHANGE_PLUS = 0x001F01FF, 0x001201BF
UNKNOWN_TYPE, WELL_KNOWN, GROUP = 8, 5, 2
ROOT, ROOT_GROUP = "S-1-22-1-0", "S-1-22-2-0"
"""Owner and group of a folder that Unix user and group 0 own (S-1-22 is Samba's)."""


def entries(descriptor: Any) -> list[tuple[str, int]]:
    return [(entry["sid"], entry["mask"]) for entry in descriptor["dacl"] if entry["allow"]]


@pytest.mark.parametrize("name", ["listing", "listing-sealed"])
def test_a_host_sees_its_own_share_and_the_access_list_of_its_folder(serve: Serve, name: str) -> None:
    found = whole(serve, name)
    assert (found["refused"], found["status"], found["names"]) == ("", 0, ["IPC$", "AliceVMs"])
    own, others = found["folders"]
    assert (own["share"], own["status"]) == ("AliceVMs", 0)
    assert (own["descriptor"]["owner"], own["descriptor"]["group"]) == (ROOT, ROOT_GROUP)
    assert entries(own["descriptor"]) == [
        (ROOT, FULL),
        (ROOT_GROUP, CHANGE_PLUS),
        (EVERYONE, CHANGE_PLUS),
        (SYSTEM, FULL),
    ]
    assert others == {"share": "BobVMs", "status": DENIED, "descriptor": None}


def test_a_reader_reads_the_permissions_of_shares(serve: Serve) -> None:
    found = whole(serve, "access-lists")
    own, none = found["shares"]
    assert (own["share"], own["status"], own["flags"]) == ("AliceVMs", 0, 0)
    assert none == {"share": "NoSuchShare", "status": NO_SUCH_SHARE, "descriptor": None, "flags": None}
    named = {name["sid"]: name["name"] for name in found["sids"]}
    granted = [(named[sid], mask) for sid, mask in entries(own["descriptor"])]
    assert granted == [
        (r"TINTRI\Domain Admins", FULL),
        (r"VMLEVEL\Alice Admins", FULL),
        (r"VMLEVEL\Alice Hosts", FULL),
    ]


def test_a_reader_reads_the_names_of_sids_and_that_one_has_none(serve: Serve) -> None:
    found = whole(serve, "access-lists")
    sids = [(name["sid"], name["name"], name["use"]) for name in found["sids"]]
    assert sids[:3] == [
        (EVERYONE, "Everyone", WELL_KNOWN),
        (SYSTEM, r"NT Authority\SYSTEM", WELL_KNOWN),
        (NOBODY, "", UNKNOWN_TYPE),
    ]
    assert [(name, use) for _, name, use in sids[3:]] == [
        (r"TINTRI\Domain Admins", GROUP),
        (r"VMLEVEL\Alice Admins", GROUP),
        (r"VMLEVEL\Alice Hosts", GROUP),
    ]
    assert len({sid for sid, *_ in sids}) == len(sids), "each SID is looked up once"


def test_a_reader_reads_the_local_groups_and_their_members(serve: Serve) -> None:
    found = whole(serve, "access-lists")
    groups = {group["name"]: (group["sid"], group["status"], len(group["members"])) for group in found["aliases"]}
    assert (found["aliases_status"], found["refused"], found["status"]) == (0, "", 0)
    assert groups == {
        r"BUILTIN\Administrators": ("S-1-5-32-544", 0, 1),
        r"BUILTIN\Users": ("S-1-5-32-545", 0, 1),
        r"BUILTIN\Guests": ("S-1-5-32-546", 0, 3),
    }
    (administrators,) = [group["members"] for group in found["aliases"] if group["sid"] == "S-1-5-32-544"]
    assert administrators == [name["sid"] for name in found["sids"] if name["name"] == r"TINTRI\Domain Admins"]


@pytest.mark.parametrize("name", ["listing", "listing-sealed", "access-lists"])
def test_a_damaged_response_ends_it_without_a_result(serve: Serve, name: str) -> None:
    nothing_is_believed(serve, name)


@pytest.mark.parametrize("name", ["listing", "access-lists"])
def test_an_earlier_response_answers_nothing(serve: Serve, name: str) -> None:
    nothing_is_replayed(serve, name)


def test_a_signed_response_that_is_cut_is_malformed(serve: Serve) -> None:
    cut_is_malformed(serve, "listing", TREE_CONNECT, QUERY_INFO, IOCTL)
    cut_is_malformed(serve, "access-lists", TREE_CONNECT, IOCTL)


@pytest.mark.parametrize("fault", sorted(set(NOT_SIGNED) - {"earlier-response-renumbered"}))
def test_the_response_to_logoff_needs_no_signature(serve: Serve, fault: str) -> None:
    """The session, and with it the key, may have ended (MS-SMB2 3.3.5.6)."""
    found = replayed("listing", serve(spoiled("listing", LOGOFF, spoil=NOT_SIGNED[fault])))
    assert found == capture("listing").returned
