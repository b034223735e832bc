"""smb.encryption: encryption that is offered, required, or refused to a client without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Unobserved
from krbcheck.facts.smb import NegotiateInfo, SmbSessions, SmbSetUp, Validation
from krbcheck.facts.smb_features import (
    ClearSession,
    ClearSessions,
    SmbDialects,
)
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site, Storage
from tests.support.remedies import text
from tests.support.smb_dialects import (
    DENIED,
    LOGON_FAILURE,
    NOT_SUPPORTED,
    REFUSED,
    SILENCE,
    SILENT,
    UNC,
    reply,
    said,
    session,
    set_up,
    spoken,
    tree,
)

T = TypeVar("T")
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH = "vmstore-alice.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"
SEALS = 0x40


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(spoken(reply(ciphers=(2,))), "fine", id="cipher"),
        pytest.param(spoken(reply(0x302, capabilities=SEALS)), "fine", id="capability"),
        pytest.param(spoken(reply(ciphers=(0,))), "smb.encryption/not-offered", id="no-cipher-in-common"),
        pytest.param(spoken(reply(0x302)), "smb.encryption/not-offered", id="no-capability"),
        pytest.param(spoken(reply(0x210, capabilities=SEALS)), "smb.encryption/not-offered", id="too-old-for-it"),
        pytest.param(spoken(reply(capabilities=SEALS)), "smb.encryption/not-offered", id="3.1.1-has-a-context-for-it"),
        pytest.param(spoken(REFUSED), "unknown", id="smb-1-alone"),
        pytest.param(SILENT, "unknown", id="silence"),
    ],
)
def test_encryption_offered(lines: Lines, facts: SmbDialects, expected: str) -> None:
    clear = ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(LET_IN))
    sessions = (SmbSessions((session(PLAIN),)), ClearSessions((clear,)))
    assert lines("smb.encryption", facts, *sessions)[0] == f"{expected} alice {PATH}"


@pytest.mark.parametrize(
    ("usual", "clear"),
    [
        pytest.param("PLAIN", "SILENCE", id="silence"),
        pytest.param("PLAIN", "NO_SESSION", id="rejected-without-a-requirement"),
        pytest.param("SILENCE", "NO_SESSION", id="no-session-with-encryption"),
    ],
)
def test_a_storage_that_may_reject_clear_text_is_not_determined(
    lines: Lines, site: Site, usual: str, clear: str
) -> None:
    replies: dict[str, SmbSetUp | Unobserved] = {"PLAIN": PLAIN, "SILENCE": SILENCE, "NO_SESSION": NO_SESSION}
    found = lines(
        "smb.encryption",
        spoken(reply(ciphers=(2,))),
        SmbSessions((session(replies[usual]),)),
        ClearSessions((ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(replies[clear])),)),
    )
    assert found[:2] == [f"unknown alice {PATH}", f"unknown alice {UNC}"]


PLAIN, SEALED_SHARE, SEALED_ALL = set_up(tree()), set_up(tree(0x8000)), set_up(tree(), flags=4)
LET_IN, KEPT_OUT, NO_SESSION = set_up(tree()), set_up(tree(status=DENIED)), SmbSetUp(DENIED, dialect=0x311)
LOCKED_OUT = set_up(tree(status=DENIED))


def encryption(
    lines: Lines,
    site: Site,
    usual: SmbSetUp | Unobserved,
    clear: SmbSetUp | Unobserved | None,
    *,
    offered: bool = False,
) -> list[str]:
    """Alice's, but for what is `offered`."""
    clears = () if clear is None else (ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(clear)),)
    facts = (spoken(reply(ciphers=(2,))), SmbSessions((session(usual),)), ClearSessions(clears))
    return [line for line in lines("smb.encryption", *facts, of=site) if " alice " in line][not offered :]


@pytest.mark.parametrize(
    ("usual", "clear", "unstated", "stated"),
    [
        pytest.param(PLAIN, LET_IN, "fine", "smb.encryption/not-required", id="none"),
        pytest.param(SEALED_SHARE, KEPT_OUT, "smb.encryption/refuses-clear", "fine", id="share"),
        pytest.param(SEALED_SHARE, LET_IN, "fine", "smb.encryption/not-required", id="share-lets-clear-text-in"),
        pytest.param(SEALED_ALL, LET_IN, "fine", "smb.encryption/not-required", id="all-but-clear-text-is-let-in"),
        pytest.param(SEALED_ALL, KEPT_OUT, "smb.encryption/refuses-clear", "fine", id="all-by-share"),
        pytest.param(PLAIN, SILENCE, "unknown", "smb.encryption/not-required", id="clear-text-not-tried"),
        pytest.param(SEALED_SHARE, SILENCE, "unknown", "unknown", id="share-clear-text-not-tried"),
        pytest.param(SEALED_SHARE, None, "unknown", "unknown", id="nobody-to-try"),
        pytest.param(LOCKED_OUT, KEPT_OUT, "unknown", "unknown", id="the-acl-refuses"),
        pytest.param(PLAIN, KEPT_OUT, "unknown", "smb.encryption/not-required", id="denied-without-a-requirement"),
        pytest.param(
            SmbSetUp(LOGON_FAILURE, dialect=0x311), SmbSetUp(LOGON_FAILURE), "unknown", "unknown", id="no-key"
        ),
        pytest.param(SmbSetUp(DENIED, dialect=0x311), NO_SESSION, "unknown", "unknown", id="no-session-at-all"),
        pytest.param(PLAIN, SmbSetUp(NOT_SUPPORTED), "unknown", "smb.encryption/not-required", id="no-dialect"),
    ],
)
def test_encryption_of_a_share(
    lines: Lines, site: Site, usual: SmbSetUp, clear: SmbSetUp | Unobserved | None, unstated: str, stated: str
) -> None:
    assert encryption(lines, site, usual, clear) == [f"{unstated} alice {UNC}"]
    assert encryption(lines, with_stated_share(site), usual, clear) == [f"{stated} alice {UNC}"]
    assert encryption(lines, with_stated_storage(site), usual, clear) == [f"{stated} alice {UNC}"]


AGREED = NegotiateInfo(0x3F, "g", 1, 0x0302)


@pytest.mark.parametrize(
    ("validation", "fine"),
    [
        pytest.param(Validation(AGREED, AGREED), True, id="confirmed"),
        pytest.param(Validation(AGREED, step="FSCTL_VALIDATE_NEGOTIATE_INFO", status=0xC0000010), True, id="older"),
        pytest.param(Validation(AGREED, replace(AGREED, capabilities=0x7F)), False, id="contradicted"),
        pytest.param(Validation(AGREED, closed=True), False, id="closed"),
        pytest.param(Validation(AGREED, step="TREE_CONNECT IPC$", status=DENIED), False, id="no-tree"),
        pytest.param(None, False, id="not-validated"),
    ],
)
def test_a_clear_session_counts_only_if_its_negotiate_is_confirmed(
    lines: Lines, site: Site, validation: Validation | None, fine: bool
) -> None:
    """Below 3.1.1 a host on the path can add the capability to encrypt, or remove it."""
    let_in = replace(LET_IN, dialect=0x302, validation=validation)
    kept_out = replace(KEPT_OUT, dialect=0x302, validation=validation)
    assert encryption(lines, site, PLAIN, let_in, offered=True) == [
        f"{'fine' if fine else 'unknown'} alice {PATH}",
        f"{'fine' if fine else 'unknown'} alice {UNC}",
    ]
    stated = encryption(lines, with_stated_share(site), SEALED_SHARE, kept_out)
    assert stated == [f"{'fine' if fine else 'unknown'} alice {UNC}"]


def with_stated_storage(site: Site) -> Site:
    return msgspec.structs.replace(site, storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM", encrypted=True),))


def with_stated_share(site: Site) -> Site:
    alice, bob = site.tenants
    shares = tuple(msgspec.structs.replace(share, encrypted=True) for share in alice.shares)
    return msgspec.structs.replace(site, tenants=(msgspec.structs.replace(alice, shares=shares), bob))


def test_a_storage_that_refuses_clear_text_altogether_is_one_finding(lines: Lines, site: Site) -> None:
    assert encryption(lines, site, SEALED_ALL, NO_SESSION, offered=True) == [
        f"smb.encryption/refuses-clear alice {PATH}"
    ]
    assert encryption(lines, with_stated_storage(site), SEALED_ALL, NO_SESSION) == [f"fine alice {UNC}"]


def test_only_the_same_principal_shows_that_it_is_for_encryption(lines: Lines, site: Site) -> None:
    """Another principal is let in: then the refusal may be the ACL's."""
    clear = ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(KEPT_OUT))
    sessions = SmbSessions((session(LOCKED_OUT), session(SEALED_SHARE, "alice-hv02$@VMLEVEL.COM")))
    found = lines("smb.encryption", spoken(reply(ciphers=(2,))), sessions, ClearSessions((clear,)))
    assert found[1] == f"unknown alice {UNC}"


def test_refusing_clear_text_names_both_ways_out(judged: Judged) -> None:
    clear = ClearSession("alice", HOST, PATH, "vmstore", "10.77.11.30", said(KEPT_OUT))
    facts = (spoken(reply(ciphers=(2,))), SmbSessions((session(SEALED_SHARE),)), ClearSessions((clear,)))
    found = judged("smb.encryption", *facts)[1]
    assert isinstance(found, Finding)
    assert "'encryption: required' in the site file at tenants: alice: shares: AliceVMs" in text(found)
    assert "Set-SmbShare -Name 'AliceVMs' -EncryptData $false" in text(found)
