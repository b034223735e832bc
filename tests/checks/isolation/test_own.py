"""Who reaches which share is judged: one's own with the stated access, nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.observation import Unobserved
from krbcheck.facts.smb import SmbSessions, SmbSetUp, TreeReply
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Access, Principal, SecretKind, SecretSource, Share, Site
from tests.support.remedies import text
from tests.support.share_sessions import OWN, SILENCE, of_alice, session

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PATH, HOST = "vmstore-alice.tintri.com", "alice-hv01$@VMLEVEL.COM"
FULL, CHANGE, READ = 0x1F01FF, 0x1301BF, 0x1200A9
BY_BOTH = 0x011F01FF
DENIED, NO_SHARE, NETWORK_DENIED, EXPIRED = 0xC0000022, 0xC00000CC, 0xC00000CA, 0xC000035C


def granted(access: int, root: int | None = 0, root_access: int | None = FULL) -> TreeReply:
    return TreeReply("AliceVMs", 0, maximal_access=access, root=root, root_access=root_access)


NO_SESSION = SmbSetUp(0xC000006D, dialect=0x311)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(session(granted(FULL)), "fine", id="full"),
        pytest.param(session(granted(FULL, root_access=None)), "fine", id="folder-not-told"),
        pytest.param(session(granted(FULL, root=None)), "fine", id="folder-not-asked"),
        pytest.param(session(granted(BY_BOTH)), "fine", id="full-and-rights"),
        pytest.param(session(granted(CHANGE)), "isolation.own/less-than-stated", id="change"),
        pytest.param(session(granted(FULL, root_access=READ)), "isolation.own/less-than-stated", id="folder-read"),
        pytest.param(session(TreeReply("AliceVMs", DENIED)), "isolation.own/locked-out", id="share-denied"),
        pytest.param(session(TreeReply("AliceVMs", NETWORK_DENIED)), "isolation.own/locked-out", id="network-denied"),
        pytest.param(session(granted(FULL, DENIED, None)), "isolation.own/locked-out", id="folder-denied"),
        pytest.param(session(granted(FULL, 0xC0000043, None)), "unknown", id="folder-in-use"),
        pytest.param(session(TreeReply("AliceVMs", NO_SHARE)), "unknown", id="missing-share"),
        pytest.param(session(TreeReply("AliceVMs", NO_SHARE, redirected=True)), "unknown", id="elsewhere"),
        pytest.param(session(TreeReply("AliceVMs", EXPIRED)), "unknown", id="expired"),
        pytest.param(session(granted(FULL), flags=1), "unknown", id="guest"),
        pytest.param(session(), "unknown", id="not-tried"),
        pytest.param(NO_SESSION, "unknown", id="no-session"),
        pytest.param(SILENCE, "unknown", id="no-ticket"),
    ],
)
def test_ones_own_share(lines: Lines, seen: SmbSetUp | Unobserved, expected: str) -> None:
    assert lines("isolation.own", of_alice(seen)) == [
        f"{expected} alice {OWN}",
        rf"unknown alice alice-hv02$@VMLEVEL.COM on \\{PATH}\AliceVMs",
        r"unknown bob bob-hv01$@VMLEVEL.COM on \\vmstore-bob.tintri.com\BobVMs",
        r"unknown bob bob-hv02$@VMLEVEL.COM on \\vmstore-bob.tintri.com\BobVMs",
    ]


@pytest.mark.parametrize(
    ("stated", "access", "expected"),
    [
        (Access.READ, READ, "fine"),
        (Access.READ, 0x100081, "isolation.own/less-than-stated"),
        (Access.CHANGE, CHANGE, "fine"),
        (Access.CHANGE, READ, "isolation.own/less-than-stated"),
        (Access.FULL, CHANGE, "isolation.own/less-than-stated"),
    ],
)
def test_the_stated_access_is_the_measure(lines: Lines, site: Site, stated: Access, access: int, expected: str) -> None:
    tenant = msgspec.structs.replace(site.tenants[0], shares=(Share("AliceVMs", stated, "vmstore"),))
    changed = msgspec.structs.replace(site, tenants=(tenant,))
    seen = of_alice(session(granted(access, root_access=access)))
    assert lines("isolation.own", seen, of=changed)[0] == f"{expected} alice {OWN}"


def test_the_remedy_grants_what_is_stated(judged: Judged) -> None:
    found = judged("isolation.own", of_alice(session(granted(READ))))[0]
    assert isinstance(found, Finding)
    assert found.values["found"] == "read (0x001200A9)"
    assert "-Name 'AliceVMs' -AccountName 'VMLEVEL.COM\\alice-hv01$' -AccessRight Full" in text(found)


SECRET = SecretSource(SecretKind.KEYTAB, "/keytab")


def hosts(site: Site, many: int) -> Site:
    """As many principals of alice, all with secrets."""
    principals = tuple(Principal(f"alice-hv{number:02}$@VMLEVEL.COM", SECRET) for number in range(1, many + 1))
    return msgspec.structs.replace(
        site, tenants=(msgspec.structs.replace(site.tenants[0], principals=principals), *site.tenants[1:])
    )


def the_same_for_all(site: Site, tree: TreeReply) -> SmbSessions:
    (model,) = of_alice(session(tree)).sessions
    names = [principal.name for principal in site.tenants[0].principals]
    return SmbSessions(tuple(msgspec.structs.replace(model, principal=name) for name in names))


@pytest.mark.parametrize(
    ("check", "tree"),
    [
        ("isolation.own", TreeReply("AliceVMs", DENIED)),
        ("isolation.others", TreeReply("BobVMs", 0, maximal_access=FULL)),
    ],
)
def test_hosts_with_the_same_fault_have_one_remedy(judged: Judged, site: Site, check: str, tree: TreeReply) -> None:
    two, many = hosts(site, 2), hosts(site, 9)
    (remedy,) = {
        text(entry) for entry in judged(check, the_same_for_all(two, tree), of=two) if isinstance(entry, Finding)
    }
    assert "alice-hv01$" in remedy
    assert "alice-hv02$" in remedy
    (remedy,) = {
        text(entry) for entry in judged(check, the_same_for_all(many, tree), of=many) if isinstance(entry, Finding)
    }
    assert "GROUP-OF-ALICE-HOSTS" in remedy


def test_the_commands_for_two_hosts_can_be_pasted(judged: Judged, site: Site) -> None:
    two = hosts(site, 2)
    found = judged("isolation.own", the_same_for_all(two, TreeReply("AliceVMs", DENIED)), of=two)[0]
    assert isinstance(found, Finding)
    hosts_of_alice = r"'VMLEVEL.COM\alice-hv01$', 'VMLEVEL.COM\alice-hv02$'"
    assert [step.command for step in found.remedy] == [
        f"Grant-SmbShareAccess -Name 'AliceVMs' -AccountName {hosts_of_alice} -AccessRight Full -Force",
    ]


def test_the_remedy_for_a_folder_is_the_folders(judged: Judged) -> None:
    found = judged("isolation.own", of_alice(session(granted(FULL, DENIED, None))))[0]
    assert isinstance(found, Finding)
    assert "the root folder" in found.says
    assert "icacls" in text(found)


def test_the_reasons_of_what_is_unknown(judged: Judged) -> None:
    first, without_secret, no_leg, _ = judged("isolation.own", of_alice(NO_SESSION))
    assert isinstance(first, Unknown)
    assert first.says == "the storage rejects the session: STATUS_LOGON_FAILURE (0xC000006D) (see smb.session)"
    assert isinstance(without_secret, Unknown)
    assert without_secret.says == "the site file contains no secret for alice-hv02$@VMLEVEL.COM"
    assert isinstance(no_leg, Unknown)
    assert no_leg.says == "no leg on VLAN 12"


def test_what_two_collections_saw_is_judged_once(lines: Lines) -> None:
    both = SmbSessions(of_alice(SILENCE).sessions + of_alice(session(granted(FULL))).sessions)
    everywhere = Vantages((VantagePoint("alice", "alice-hv01", "10.77.11.101"),))
    found = lines("isolation.own", both, everywhere)
    assert [entry for entry in found if HOST in entry] == [f"fine alice {OWN}"]
