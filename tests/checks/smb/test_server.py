"""smb.server: the server GUID behind each data path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest

from krbcheck.facts.smb import (
    SmbSessions,
)
from krbcheck.facts.smb_features import (
    DialectAnswer,
    DialectReplies,
    SmbDialects,
)
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import DataPath, Site, Storage
from tests.support.remedies import text
from tests.support.smb_dialects import DENIED, REFUSED, SILENT, reply, said, session, set_up, spoken, tree

T = TypeVar("T")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, BOBS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"
OPENED = SmbSessions((session(set_up(tree())),))


def at(tenant: str, guid: str, storage: str = "vmstore", path: str = "") -> DialectAnswer:
    name = path or f"{storage}-{tenant}.tintri.com"
    address = {"alice": "10.77.11.30", "bob": "10.77.12.30"}[tenant]
    replies = DialectReplies((REFUSED, reply(server_guid=guid), reply(0x302, server_guid=guid)))
    return DialectAnswer(tenant, name, storage, address, said(replies))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([at("alice", "one"), at("bob", "one")], [f"fine alice {PATH}", f"fine bob {BOBS}"], id="one"),
        pytest.param([at("alice", "one"), at("bob", "two")], ["smb.server/differs - vmstore"], id="two"),
        pytest.param([at("alice", "one"), at("alice", "two")], ["smb.server/differs - vmstore"], id="two-at-one-name"),
        pytest.param([at("alice", "one")], [f"unknown alice {PATH}", f"unknown bob {BOBS}"], id="the-other-not-asked"),
    ],
)
def test_one_server(lines: Lines, answers: list[DialectAnswer], expected: list[str]) -> None:
    assert lines("smb.server", SmbDialects(tuple(answers)), OPENED) == expected


def test_two_servers_may_be_nodes_of_a_cluster_where_no_share_was_opened(lines: Lines) -> None:
    two = SmbDialects((at("alice", "one"), at("bob", "two")))
    assert lines("smb.server", two) == ["unknown - vmstore"]
    assert lines("smb.server", two, SmbSessions((session(set_up(tree(status=DENIED))),))) == ["unknown - vmstore"]


def test_a_storage_that_speaks_nothing_newer_than_smb_1_tells_no_guid(lines: Lines) -> None:
    assert lines("smb.server", spoken(REFUSED)) == [f"unknown alice {PATH}", f"unknown bob {BOBS}"]
    assert lines("smb.server", SILENT)[0] == f"unknown alice {PATH}"


def test_storages_that_speak_nothing_newer_than_smb_1_are_not_known_to_be_one_server(lines: Lines) -> None:
    """Both answered: nothing else is missing that could leave them undetermined."""
    none = said(DialectReplies((REFUSED,)))
    both = tuple(
        DialectAnswer(tenant, name, "vmstore", address, none)
        for tenant, name, address in (("alice", PATH, "10.77.11.30"), ("bob", BOBS, "10.77.12.30"))
    )
    assert lines("smb.server", SmbDialects(both)) == [f"unknown alice {PATH}", f"unknown bob {BOBS}"]


def test_the_nodes_of_a_cluster_differ_on_purpose(lines: Lines) -> None:
    facts = (
        SmbDialects((at("alice", "one"), at("bob", "two"))),
        SmbSessions((session(set_up(tree(capabilities=0x20))),)),
    )
    assert lines("smb.server", *facts) == [f"fine alice {PATH}", f"fine bob {BOBS}"]


def test_another_storages_server_is_named(judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    more = msgspec.structs.replace(alice, data_paths=(*alice.data_paths, DataPath("other.tintri.com", "other")))
    both = (*site.storages, Storage("other", "OTHER$@TINTRI.COM"))
    changed = msgspec.structs.replace(site, storages=both, tenants=(more, bob))
    facts = SmbDialects((at("alice", "two"), at("bob", "one"), at("alice", "two", "other", "other.tintri.com")))
    found = judged("smb.server", facts, OPENED, of=changed)[0]
    assert isinstance(found, Finding)
    assert f"{PATH} (10.77.11.30) (also other); {BOBS} (10.77.12.30)" in found.says
    assert "Get-NetNeighbor -IPAddress 10.77.11.30, 10.77.12.30" in text(found)
