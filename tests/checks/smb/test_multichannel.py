"""smb.multichannel: the interfaces that a storage offers for more channels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest

from krbcheck.facts.observation import Unobserved
from krbcheck.facts.smb_features import (
    Interface,
    InterfaceAnswer,
    InterfaceReply,
    NetworkInterfaces,
)
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import DataPath, Site
from tests.support.smb_dialects import DENIED, INVALID_REQUEST, LOGON_FAILURE, SILENCE, reply, said, spoken

T = TypeVar("T")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"


def interfaces(*addresses: str) -> InterfaceReply:
    return InterfaceReply(interfaces=tuple(Interface(2, address, 10**9) for address in addresses))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(interfaces("10.77.11.30"), "fine", id="own"),
        pytest.param(interfaces("10.77.11.30", "fe80::1", "169.254.1.1", "::1", ""), "fine", id="of-this-link-alone"),
        pytest.param(interfaces(), "fine", id="none"),
        pytest.param(interfaces("10.77.11.30", "10.77.12.30"), "smb.multichannel/foreign-interface", id="bobs"),
        pytest.param(interfaces("10.77.11.30", "10.77.0.40"), "smb.multichannel/foreign-interface", id="management"),
        pytest.param(interfaces("2001:db8::1"), "smb.multichannel/foreign-interface", id="global-ipv6"),
        pytest.param(InterfaceReply("FSCTL_QUERY_NETWORK_INTERFACE_INFO", INVALID_REQUEST), "fine", id="has-it-not"),
        pytest.param(InterfaceReply("FSCTL_QUERY_NETWORK_INTERFACE_INFO", DENIED), "unknown", id="does-not-tell"),
        pytest.param(InterfaceReply("TREE_CONNECT to IPC$", DENIED), "unknown", id="no-ipc"),
        pytest.param(InterfaceReply("SESSION_SETUP", LOGON_FAILURE), "unknown", id="no-session"),
        pytest.param(SILENCE, "unknown", id="silence"),
    ],
)
def test_multichannel(lines: Lines, seen: InterfaceReply | Unobserved, expected: str) -> None:
    answer = InterfaceAnswer("alice", HOST, PATH, "vmstore", "10.77.11.30", said(seen))
    assert lines("smb.multichannel", NetworkInterfaces((answer,))) == [
        f"{expected} alice {PATH}",
        f"unknown bob {BOBS}",
    ]


def test_a_foreign_interface_says_whose_it_is(judged: Judged) -> None:
    seen = said(interfaces("10.77.0.40", "10.77.12.30"))
    answers = NetworkInterfaces((InterfaceAnswer("alice", HOST, PATH, "vmstore", "10.77.11.30", seen),))
    found = judged("smb.multichannel", answers)[0]
    assert isinstance(found, Finding)
    assert found.values["found"] == "10.77.0.40, 10.77.12.30 (network of bob)"


def test_nobody_to_ask_with_is_told(judged: Judged, site: Site) -> None:
    alice = msgspec.structs.replace(site.tenants[0], principals=())
    changed = msgspec.structs.replace(site, tenants=(alice, site.tenants[1]))
    for check in ("smb.multichannel", "smb.encryption"):
        found = judged(check, spoken(reply(ciphers=(2,))), of=changed)
        assert "the site file contains no secret for any principal of alice" in [
            entry.says for entry in found if isinstance(entry, Unknown)
        ]
    by_address = msgspec.structs.replace(alice, data_paths=(DataPath("10.77.11.30", "vmstore"),))
    found = judged("smb.multichannel", of=msgspec.structs.replace(site, tenants=(by_address, site.tenants[1])))
    assert isinstance(found[0], Unknown)
    assert "is an IP address" in found[0].says
