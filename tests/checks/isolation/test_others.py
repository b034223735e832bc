"""isolation.others: no principal connects to a share of another tenant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.observation import Unobserved
from krbcheck.facts.smb import SmbSessions, SmbSetUp, TreeReply
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Access, Share, Site
from tests.support.remedies import text
from tests.support.share_sessions import OTHERS, SILENCE, of_alice, session

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, HOST = "vmstore-alice.tintri.com", "alice-hv01$@VMLEVEL.COM"
FULL, CHANGE, READ = 0x1F01FF, 0x1301BF, 0x1200A9
BY_RIGHTS_ALONE, BY_BOTH = 0x011F01BF, 0x011F01FF
DENIED, NO_SHARE, EXPIRED = 0xC0000022, 0xC00000CC, 0xC000035C


NO_SESSION = SmbSetUp(0xC000006D, dialect=0x311)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(session(TreeReply("BobVMs", DENIED)), "fine", id="denied"),
        pytest.param(session(TreeReply("BobVMs", NO_SHARE)), "fine", id="hidden"),
        pytest.param(session(TreeReply("bobvms", 0, maximal_access=READ)), "isolation.others/breach", id="read"),
        pytest.param(session(TreeReply("BobVMs", 0)), "isolation.others/breach", id="connects-with-nothing"),
        pytest.param(session(TreeReply("BobVMs", 0), flags=1), "unknown", id="guest-let-in"),
        pytest.param(session(TreeReply("BobVMs", DENIED), flags=1), "unknown", id="guest-denied"),
        pytest.param(session(TreeReply("BobVMs", NO_SHARE, redirected=True)), "unknown", id="elsewhere"),
        pytest.param(session(TreeReply("BobVMs", EXPIRED)), "unknown", id="expired"),
        pytest.param(session(), "unknown", id="not-tried"),
        pytest.param(NO_SESSION, "unknown", id="no-session"),
        pytest.param(SILENCE, "unknown", id="no-ticket"),
    ],
)
def test_anothers_share(lines: Lines, seen: SmbSetUp | Unobserved, expected: str) -> None:
    assert lines("isolation.others", of_alice(seen)) == [
        f"{expected} alice {OTHERS}",
        rf"unknown alice alice-hv02$@VMLEVEL.COM on \\{PATH}\BobVMs",
        r"unknown bob bob-hv01$@VMLEVEL.COM on \\vmstore-bob.tintri.com\AliceVMs",
        r"unknown bob bob-hv02$@VMLEVEL.COM on \\vmstore-bob.tintri.com\AliceVMs",
    ]


@pytest.mark.parametrize(
    ("access", "found", "share", "rights"),
    [
        pytest.param(FULL, "full (0x001F01FF)", True, False, id="share-acl"),
        pytest.param(
            BY_RIGHTS_ALONE, "change, with backup or restore rights (0x011F01BF)", False, True, id="backup-rights"
        ),
        pytest.param(BY_BOTH, "full, with backup or restore rights (0x011F01FF)", True, True, id="both"),
    ],
)
def test_the_remedy_of_a_breach_is_the_grants(
    judged: Judged, access: int, found: str, share: bool, rights: bool
) -> None:
    breach = judged("isolation.others", of_alice(session(TreeReply("BobVMs", 0, maximal_access=access))))[0]
    assert isinstance(breach, Finding)
    assert breach.values["found"] == found
    assert ("Revoke-SmbShareAccess" in text(breach)) == share
    assert ("'Backup Operators'" in text(breach)) == rights


def test_a_share_that_exists_by_the_other_tenants_name_alone_is_a_breach(judged: Judged) -> None:
    tree = TreeReply("BobVMs", 0, maximal_access=FULL, name="vmstore-bob.tintri.com")
    breach = judged("isolation.others", of_alice(session(tree)))[0]
    assert isinstance(breach, Finding)
    assert breach.says == (
        f"{HOST} has access to share BobVMs of bob through {PATH}: full (0x001F01FF) by the name vmstore-bob.tintri.com"
    )


def test_a_share_that_both_state_is_nobodys_breach(lines: Lines, site: Site) -> None:
    alice, bob = site.tenants
    bob = msgspec.structs.replace(bob, shares=(*bob.shares, Share("alicevms", Access.READ, "vmstore")))
    changed = msgspec.structs.replace(site, tenants=(alice, bob))
    assert not [line for line in lines("isolation.others", SmbSessions(), of=changed) if "bob-hv01" in line]
