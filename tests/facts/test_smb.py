"""Replies of a storage over SMB: what a session proves, what a validation contradicts, who holds a right."""

from __future__ import annotations

from typing import Any

import pytest

from krbcheck.facts.smb import (
    IPC_TREE,
    NTLM,
    VALIDATE,
    NegotiateInfo,
    RightHolders,
    RightsReply,
    SessionKind,
    SmbNegotiated,
    SmbOneReply,
    SmbSession,
    SmbSessions,
    SmbSetUp,
    TreeReply,
    Unproved,
    Validation,
    dialect_name,
)
from tests.support.observing import observed

DENIED, NO_SUCH_NAME, NOT_SUPPORTED = 0xC0000022, 0xC00000CC, 0xC00000BB
GUEST, NULL = 0x1, 0x2
SENT = NegotiateInfo(0x45, "guid-1", 0x1, 0x0300)
TREES = (TreeReply("AliceVMs", 0), TreeReply("BobVMs", DENIED))


@pytest.mark.parametrize(
    ("dialect", "name"), [(0x0202, "2.0.2"), (0x0210, "2.1"), (0x0300, "3.0"), (0x0302, "3.0.2"), (0x0311, "3.1.1")]
)
def test_a_dialect_has_the_name_of_the_specification(dialect: int, name: str) -> None:
    """MS-SMB2 2.2.3."""
    assert dialect_name(dialect) == name
    assert SmbNegotiated(0, dialect).summary() == f"SMB {name}"


def test_a_rejected_negotiate_is_its_status() -> None:
    assert SmbNegotiated(NOT_SUPPORTED).summary() == "STATUS_NOT_SUPPORTED (0xC00000BB)"


@pytest.mark.parametrize(
    ("reply", "summary"),
    [
        (SmbOneReply(closed=True), "connection closed without an answer"),
        (SmbOneReply(closed=False, dialect_index=0), "NT LM 0.12 accepted"),
        (SmbOneReply(closed=False, dialect_index=0xFFFF), "no SMB 1 dialect accepted"),
    ],
)
def test_smb_1_is_accepted_only_with_a_dialect(reply: SmbOneReply, summary: str) -> None:
    assert reply.summary() == summary


@pytest.mark.parametrize(
    ("validation", "contradictions"),
    [
        (Validation(SENT, SENT), ()),
        (Validation(SENT, NegotiateInfo(0x45, "guid-1", 0x1, 0x0302)), ("dialect 3.0, validated 3.0.2",)),
        (
            Validation(SENT, NegotiateInfo(0x5, "guid-2", 0x3, 0x0300)),
            (
                "capabilities 0x45, validated 0x5",
                "security mode 0x1, validated 0x3",
                "server GUID guid-1, validated guid-2",
            ),
        ),
        (Validation(SENT, closed=True), ("connection closed",)),
        (Validation(SENT, step=VALIDATE, status=DENIED), (f"{VALIDATE} returns STATUS_ACCESS_DENIED (0xC0000022)",)),
        (Validation(SENT, step=VALIDATE, status=NOT_SUPPORTED), ()),
    ],
)
def test_a_validation_contradicts_what_differs(validation: Validation, contradictions: tuple[str, ...]) -> None:
    """MS-SMB2 3.2.5.14.12: a client continues after a signed error of an older server, except for access denied."""
    assert validation.contradictions == contradictions


@pytest.mark.parametrize(
    ("session", "says"),
    [
        (SmbSetUp(0, dialect=0x0311), ""),
        (SmbSetUp(0, dialect=0x0300, validation=Validation(SENT, SENT)), ""),
        (SmbSetUp(0, dialect=0x0300, flags=GUEST), ""),
        (SmbSetUp(0, dialect=0x0300), "SMB 3.0 was not validated"),
        (
            SmbSetUp(0, dialect=0x0300, cut="no response within 5 s"),
            "SMB 3.0 was not validated: no response within 5 s",
        ),
        (
            SmbSetUp(0, dialect=0x0302, validation=Validation(SENT, step=IPC_TREE, status=NO_SUCH_NAME)),
            f"SMB 3.0.2 was not validated: {IPC_TREE} ends with STATUS_BAD_NETWORK_NAME (0xC00000CC)",
        ),
        (
            SmbSetUp(0, dialect=0x0300, validation=Validation(SENT, closed=True)),
            f"{VALIDATE} contradicts the NEGOTIATE: connection closed",
        ),
    ],
)
def test_only_an_older_dialect_needs_a_validation(session: SmbSetUp, says: str) -> None:
    """MS-SMB2 3.2.5.3.1: the keys of 3.1.1 cover the NEGOTIATE; a session without a proof confirms nothing anyway."""
    assert session.unconfirmed == says


@pytest.mark.parametrize(
    ("more", "proved", "answers"),
    [
        ({}, True, TREES),
        ({"flags": GUEST}, False, ()),
        ({"flags": NULL}, False, ()),
        ({"unproved": Unproved.NO_AP_REP}, False, ()),
        ({"unproved": Unproved.WRONG_AP_REP}, False, ()),
        ({"unproved": Unproved.NOT_SIGNED}, False, TREES),
        ({"status": DENIED}, False, TREES),
    ],
)
def test_only_the_holder_of_the_key_answers_about_the_principal(
    more: dict[str, Any], proved: bool, answers: tuple[TreeReply, ...]
) -> None:
    session = SmbSetUp(**{"status": 0, "trees": TREES, **more})
    assert (session.proved, session.proved_trees) == (proved, answers)
    assert session.proved_tree("ALICEVMS") == (TREES[0] if answers else None)
    assert session.tree("bobvms") == TREES[1]


@pytest.mark.parametrize(
    ("session", "summary"),
    [
        (SmbSetUp(0), "session"),
        (SmbSetUp(0, flags=GUEST), "guest session"),
        (SmbSetUp(0, flags=NULL), "anonymous session"),
        (SmbSetUp(DENIED), "STATUS_ACCESS_DENIED (0xC0000022)"),
        (SmbSetUp(0, unproved=Unproved.NO_AP_REP), "session without proof: SESSION_SETUP succeeds without an AP-REP"),
        (SmbSetUp(0, mech=NTLM, unproved=Unproved.NO_AP_REP), "session"),
    ],
)
def test_a_session_is_summarized_by_what_it_is(session: SmbSetUp, summary: str) -> None:
    """NTLM cannot prove anything about the server, so its lack is not named."""
    assert session.summary() == summary


def test_sessions_are_found_by_kind_tenant_path_and_principal() -> None:
    def session(kind: SessionKind, tenant: str, principal: str = "") -> SmbSession:
        return SmbSession(tenant, principal, "vmstore", "vmstore", "10.77.11.30", kind, observed(SmbSetUp(0)))

    first, second = (session(SessionKind.KERBEROS, "alice", name) for name in ("hv01", "hv02"))
    other, nobody = session(SessionKind.KERBEROS, "bob", "hv01"), session(SessionKind.ANONYMOUS, "alice")
    sessions = SmbSessions((first, nobody, other, second))
    assert sessions.kerberos("alice", "vmstore") == [first, second]
    assert sessions.kerberos("alice", "vmstore", "hv02") == [second]
    assert sessions.uninvited(SessionKind.ANONYMOUS, "alice", "vmstore") == [nobody]
    assert sessions.uninvited(SessionKind.MADE_UP, "alice", "vmstore") == ()


def test_holders_that_the_reader_cannot_list_are_not_nobody() -> None:
    """MS-LSAD 3.1.4.5.9: 0x8000001A means that no account holds the right."""
    nobody, denied = RightHolders("SeBackupPrivilege", 0x8000001A), RightHolders("SeRestorePrivilege", DENIED)
    assert not nobody.denied
    assert denied.denied
    assert RightsReply(holders=(nobody, denied)).summary() == "SeBackupPrivilege held by nobody"
    assert RightsReply("LsarOpenPolicy2", DENIED).summary() == "LsarOpenPolicy2: STATUS_ACCESS_DENIED (0xC0000022)"
