"""The SMB features of a storage: dialects one by one, and the interfaces for SMB Multichannel."""

from __future__ import annotations

import pytest

from krbcheck.facts.smb import SmbNegotiated
from krbcheck.facts.smb_features import DialectReplies, Interface, InterfaceReply

NOT_SUPPORTED, DENIED = 0xC00000BB, 0xC0000022


def test_a_dialect_is_supported_where_its_own_negotiate_succeeds() -> None:
    old, new = SmbNegotiated(0, 0x0210), SmbNegotiated(0, 0x0311)
    replies = DialectReplies((SmbNegotiated(NOT_SUPPORTED), old, SmbNegotiated(NOT_SUPPORTED), new))
    assert replies.spoken == (old, new)
    assert replies.summary() == "SMB 2.1, 3.1.1"
    assert DialectReplies((SmbNegotiated(NOT_SUPPORTED),)).summary() == "SMB of no dialect"


@pytest.mark.parametrize(
    ("interface", "summary"),
    [
        (Interface(1, "10.77.11.30", 10_000_000_000), "10.77.11.30 (10 Gbit/s)"),
        (Interface(2, "fd77::30", 2_500_000_000, rss=True), "fd77::30 (2.5 Gbit/s, RSS)"),
        (Interface(3, "", 100_000_000_000, rss=True, rdma=True), "of another family (100 Gbit/s, RSS, RDMA)"),
    ],
)
def test_an_interface_has_its_speed_in_gigabits(interface: Interface, summary: str) -> None:
    """MS-SMB2 2.2.32.5: LinkSpeed is in bits per second."""
    assert interface.summary() == summary


def test_a_reply_lists_the_interfaces_or_the_rejected_step() -> None:
    first, second = Interface(1, "10.77.11.30", 1_000_000_000), Interface(2, "10.77.12.30", 1_000_000_000)
    both = InterfaceReply(interfaces=(first, second)).summary()
    assert both == "10.77.11.30 (1 Gbit/s); 10.77.12.30 (1 Gbit/s)"
    assert InterfaceReply().summary() == "no interfaces"
    assert InterfaceReply("FSCTL", DENIED).summary() == "FSCTL: STATUS_ACCESS_DENIED (0xC0000022)"
