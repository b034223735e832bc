"""The servers at data paths by their GUIDs, and whether they are nodes of one cluster."""

from __future__ import annotations

import pytest

from krbcheck.facts.observation import Observation
from krbcheck.facts.smb import SessionKind, SmbNegotiated, SmbSession, SmbSessions, SmbSetUp, TreeReply, Unproved
from krbcheck.facts.smb_features import DialectAnswer, DialectReplies, SmbDialects
from krbcheck.site.stated import DataPath, Tenant
from krbcheck.views.server_guids import ServerGuids
from tests.support.observing import observed, silence

ALICE = Tenant("alice")
FIRST, SECOND = DataPath("vmstore-a.tintri.com", "vmstore"), DataPath("vmstore-b.tintri.com", "vmstore")
PATHS = ((ALICE, FIRST), (ALICE, SECOND))
NOT_SUPPORTED, DENIED = 0xC00000BB, 0xC0000022
CONTINUOUS, SCALE_OUT, CLUSTER = 0x10, 0x20, 0x40


def dialects(path: DataPath, seen: Observation[DialectReplies]) -> DialectAnswer:
    return DialectAnswer("alice", path.name, "vmstore", "10.77.11.30", seen)


def replies(*guids: str) -> Observation[DialectReplies]:
    return observed(DialectReplies(tuple(SmbNegotiated(0, 0x0311, server_guid=guid) for guid in guids)))


def clustered(*trees: TreeReply, unproved: Unproved | None = None) -> bool | None:
    seen = observed(SmbSetUp(0, dialect=0x0311, trees=trees, unproved=unproved))
    session = SmbSession("alice", "hv01", FIRST.name, "vmstore", "10.77.11.30", SessionKind.KERBEROS, seen)
    return ServerGuids(SmbDialects(), SmbSessions((session,))).clustered(PATHS)


def test_a_server_is_known_by_the_guid_of_its_replies() -> None:
    rejected = observed(DialectReplies((SmbNegotiated(NOT_SUPPORTED, server_guid="none"),)))
    answers = (
        dialects(FIRST, replies("one", "one")),
        dialects(SECOND, replies("one", "two")),
        dialects(SECOND, silence()),
        dialects(SECOND, rejected),
    )
    found = ServerGuids(SmbDialects(answers), SmbSessions()).at(PATHS)
    assert {guid: [answer.path for answer, _ in seen] for guid, seen in found.items()} == {
        "one": [FIRST.name, SECOND.name],
        "two": [SECOND.name],
    }


@pytest.mark.parametrize(
    ("capabilities", "cluster"), [(0, False), (CONTINUOUS, False), (SCALE_OUT, True), (CLUSTER, True)]
)
def test_a_share_on_several_servers_has_one_of_two_flags(capabilities: int, cluster: bool) -> None:
    """MS-SMB2 2.2.10: continuous availability alone does not mean several servers."""
    assert clustered(TreeReply("AliceVMs", 0, capabilities=capabilities)) is cluster


def test_without_an_open_share_it_is_not_known() -> None:
    assert clustered() is None
    assert clustered(TreeReply("AliceVMs", DENIED, capabilities=CLUSTER)) is None
    assert clustered(TreeReply("AliceVMs", 0, capabilities=CLUSTER), unproved=Unproved.NO_AP_REP) is None
