"""Features of the lab's storage again: Samba's answers under keys of this run, whole and damaged on the way."""

from __future__ import annotations

import pytest

from tests.support.captures import replayed
from tests.support.smb_captured import IOCTL, TREE_CONNECT
from tests.support.smb_faults import NOT_SIGNED, denies, spoiled
from tests.support.smb_refusals import Serve, cut_is_malformed, nothing_is_believed, nothing_is_replayed, refused, whole
from tests.support.smb_replay import Spoil

FULL, INVALID_DEVICE_REQUEST = 0x001F01FF, 0xC0000010


def test_a_client_that_cannot_encrypt_connects_to_a_share_that_does_not_require_it(serve: Serve) -> None:
    found = whole(serve, "clear-session")
    (tree,) = found["trees"]
    assert (found["status"], found["dialect"], found["unproved"]) == (0, 0x0311, None)
    assert (tree["share"], tree["status"], tree["maximal_access"]) == ("AliceVMs", 0, FULL)


@pytest.mark.parametrize("fault", NOT_SIGNED.values(), ids=NOT_SIGNED)
def test_a_session_in_clear_text_is_signed_too(serve: Serve, fault: Spoil) -> None:
    assert "not signed" in refused(serve, spoiled("clear-session", TREE_CONNECT, spoil=fault)).detail


def test_samba_without_multichannel_rejects_the_query_for_interfaces(serve: Serve) -> None:
    found = whole(serve, "interfaces")
    assert (found["refused"], found["status"]) == ("FSCTL_QUERY_NETWORK_INTERFACE_INFO", INVALID_DEVICE_REQUEST)


def test_the_interfaces_are_those_of_all_networks_of_the_storage(serve: Serve) -> None:
    """Its addresses in the lab, of which two are not Alice's; Samba states 10 Gbit/s for each."""
    interfaces = whole(serve, "interfaces-listed")["interfaces"]
    assert sorted((entry["address"], entry["link_speed"]) for entry in interfaces) == [
        ("10.77.0.40", 10_000_000_000),
        ("10.77.11.30", 10_000_000_000),
        ("10.77.12.30", 10_000_000_000),
    ]
    assert [(entry["rss"], entry["rdma"]) for entry in interfaces] == [(False, False)] * 3
    assert len({entry["index"] for entry in interfaces}) == 3


@pytest.mark.parametrize("name", ["interfaces", "interfaces-listed"])
def test_a_damaged_response_ends_it_without_a_result(serve: Serve, name: str) -> None:
    nothing_is_believed(serve, name)


def test_a_signed_response_that_is_cut_is_malformed(serve: Serve) -> None:
    cut_is_malformed(serve, "interfaces-listed", TREE_CONNECT, IOCTL)


def test_an_earlier_response_answers_nothing(serve: Serve) -> None:
    nothing_is_replayed(serve, "interfaces")


def test_a_rejection_of_the_tree_is_the_answer(serve: Serve) -> None:
    """Of a storage that signs it."""
    peer = spoiled("interfaces", TREE_CONNECT, spoil=denies)
    assert replayed("interfaces", serve(peer)) == {
        "refused": "TREE_CONNECT to IPC$",
        "status": 0xC0000022,
        "interfaces": [],
    }
    assert IOCTL not in peer.commands
