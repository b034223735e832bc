"""Shares that the site file does not state: open, closed, hidden, administrative, and lists that were not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from krbcheck.facts.listed_shares import ListedShare, ShareList, ShareRecord
from krbcheck.facts.observation import Gap
from krbcheck.judging.verdict import Finding, Unknown
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.access import allow, dacl

if TYPE_CHECKING:
    from tests.support.access import World

DENIED, FULL, READ, BY_RIGHTS = 0xC0000022, 0x1F01FF, 0x1200A9, 0x011F01BF
PRINTER, SPECIAL = 0x1, 0x80000000
ALICE1, ALICE2 = "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"
BOB1, BOB2 = "bob-hv01$@VMLEVEL.COM", "bob-hv02$@VMLEVEL.COM"
EVERYBODY = (ALICE1, ALICE2, BOB1, BOB2)
AT_ALICE, AT_BOB = r"\\vmstore-alice.tintri.com", r"\\vmstore-bob.tintri.com"
LISTED = "fine - shares of vmstore"
STATED = ("AliceVMs", "BobVMs")
Trees = dict[str, int | None]


def each(trees: Trees, *names: str) -> dict[str, Trees | Gap]:
    """The sessions of these principals, or of all, connect to these shares."""
    return {name: dict(trees) for name in names or EVERYBODY}


def with_secrets(world: World) -> None:
    """Every principal has a secret, so that its own session decides."""
    tenants = tuple(
        replace(
            of,
            principals=tuple(replace(one, secret=SecretSource(SecretKind.KEYTAB, one.name)) for one in of.principals),
        )
        for of in world.site.tenants
    )
    world.site = replace(world.site, tenants=tenants)


def listed(*names: str, records: tuple[ShareRecord, ...] = ()) -> ShareList:
    """The list of a storage without access-based enumeration: the stated shares, and these."""
    return ShareList(level=1, listed=tuple(ListedShare(name, 0) for name in (*STATED, *names)), records=records)


def lines(world: World) -> list[str]:
    return world.lines("isolation.unstated")


@pytest.mark.parametrize("names", [("AliceVMs", "BobVMs", "IPC$"), ("alicevms", "bobvms")])
def test_shares_that_are_stated_are_fine(world: World, names: tuple[str, ...]) -> None:
    world.share_list = ShareList(level=1, listed=tuple(ListedShare(name, 0) for name in names))
    assert lines(world) == [LISTED]


@pytest.mark.parametrize("names", [(), ("IPC$",), ("AliceVMs", "IPC$")])
def test_a_list_without_every_stated_share_needs_what_each_principal_is_shown(
    world: World, names: tuple[str, ...]
) -> None:
    """With access-based enumeration a list contains what its reader can open."""
    world.share_list = ShareList(level=1, listed=tuple(ListedShare(name, 0) for name in names))
    hidden = "BobVMs" if "AliceVMs" in names else "AliceVMs"
    lacking = f"the list of vmstore does not contain every share ({hidden} is missing), and the list that"
    (verdict,) = world.judged("isolation.unstated")
    assert isinstance(verdict, Unknown)
    assert verdict.says == f"{lacking} {ALICE2} is shown is not known"
    world.site = replace(
        world.site, tenants=tuple(replace(of, principals=of.principals[:1]) for of in world.site.tenants)
    )
    assert lines(world) == [LISTED]
    world.listings[BOB1] = DENIED
    (verdict,) = world.judged("isolation.unstated")
    assert isinstance(verdict, Unknown)
    assert verdict.says == f"{lacking} {BOB1} is shown is not known"


@pytest.mark.parametrize("name", ["Copies", "Copies$"])
def test_a_share_that_a_tenant_opens_is_an_error_for_this_tenant(world: World, name: str) -> None:
    with_secrets(world)
    world.share_list = listed("AliceVMs", name)
    world.unstated = {ALICE1: {name: FULL}, ALICE2: {name: None}, BOB1: {name: None}, BOB2: {name: None}}
    assert lines(world) == [
        rf"isolation.unstated/reachable alice {AT_ALICE}\{name}",
        rf"fine bob {AT_BOB}\{name}",
        LISTED,
    ]
    finding = world.judged("isolation.unstated")[0]
    assert isinstance(finding, Finding)
    assert finding.values["people"] == (ALICE1,)
    assert finding.values["found"] == "full (0x001F01FF)"


def test_a_share_that_only_a_principal_is_shown_counts(world: World) -> None:
    with_secrets(world)
    world.share_list = listed("IPC$")
    world.listings[BOB1] = ("BobVMs", "ISOs", "IPC$")
    world.unstated = each({"ISOs": None}) | each({"ISOs": READ}, BOB1, BOB2)
    assert lines(world)[:2] == [
        rf"fine alice {AT_ALICE}\ISOs",
        rf"isolation.unstated/reachable bob {AT_BOB}\ISOs",
    ]


def test_a_closed_share_is_a_warning_about_the_storage(world: World) -> None:
    with_secrets(world)
    world.share_list = listed("Reports")
    world.unstated = each({"Reports": None})
    assert lines(world) == [
        rf"fine alice {AT_ALICE}\Reports",
        rf"fine bob {AT_BOB}\Reports",
        "isolation.unstated/unstated - Reports on vmstore",
        LISTED,
    ]


@pytest.mark.parametrize("names", [("C$",), ("ADMIN$", "c$", "D$")])
def test_closed_administrative_shares_are_one_note(world: World, names: tuple[str, ...]) -> None:
    with_secrets(world)
    world.share_list = listed(*names)
    world.unstated = each(dict.fromkeys(names))
    found = [line for line in lines(world) if not line.startswith("fine")]
    assert found == ["isolation.unstated/administrative - vmstore"]


def test_an_open_administrative_share_is_an_error_and_no_note(world: World) -> None:
    with_secrets(world)
    world.share_list = listed("C$")
    world.unstated = each({"C$": None}) | {BOB2: {"C$": BY_RIGHTS}}
    found = [line for line in lines(world) if not line.startswith("fine")]
    assert found == [rf"isolation.unstated/reachable bob {AT_BOB}\C$"]


def test_an_administrative_share_that_nobody_tried_is_not_closed(world: World) -> None:
    world.share_list = listed("C$")
    assert [line.split()[0] for line in lines(world)] == ["unknown", "unknown", "fine"]


def test_printers_and_pipes_have_no_files(world: World) -> None:
    kinds = (ListedShare("Laser", PRINTER), ListedShare("Pipes$", SPECIAL | 0x3))
    world.share_list = ShareList(level=2, listed=(*listed().listed, *kinds))
    world.listings[ALICE1] = ("AliceVMs", "Laser", "Pipes$")
    assert lines(world) == [LISTED]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (None, "vmstore was not queried for its list of shares"),
        (Gap.TIMED_OUT, "the storage is silent"),
        (
            ShareList("NetrShareEnum", DENIED),
            "vmstore rejects queries of the reader of its domain: NetrShareEnum: STATUS_ACCESS_DENIED (0xC0000022)",
        ),
    ],
)
def test_a_list_that_was_not_read_is_not_fine(world: World, reply: ShareList | Gap | None, says: str) -> None:
    world.share_list = reply
    (verdict,) = world.judged("isolation.unstated")
    assert isinstance(verdict, Unknown)
    assert verdict.says == says


def test_a_session_that_failed_leaves_the_share_in_doubt(world: World) -> None:
    with_secrets(world)
    world.share_list = listed("Reports")
    world.unstated = {**each({"Reports": None}), ALICE2: Gap.TIMED_OUT}
    assert lines(world)[0] == rf"unknown alice {AT_ALICE}\Reports"
    assert [line for line in lines(world) if "unstated/" in line] == []


def test_the_share_permissions_decide_for_principals_without_a_secret(world: World) -> None:
    world.holders = {"SeBackupPrivilege": (), "SeRestorePrivilege": ()}
    record = ShareRecord("Copies", 0, r"C:\copies", dacl(allow("Bob Hosts", READ)))
    world.share_list = listed("Copies", records=(record,))
    assert lines(world)[:2] == [
        rf"fine alice {AT_ALICE}\Copies",
        rf"isolation.unstated/reachable bob {AT_BOB}\Copies",
    ]
    finding = world.judged("isolation.unstated")[1]
    assert isinstance(finding, Finding)
    assert finding.values["found"] == "computed, not tested: read (0x001200A9)"


def test_without_secret_and_permissions_nothing_is_known_of_a_tenant(world: World) -> None:
    world.share_list = listed("Copies")
    (first, *_) = world.judged("isolation.unstated")
    assert isinstance(first, Unknown)
    assert first.says == f"the site file contains no secret for {ALICE1}"


def test_who_administers_the_storage_may_open_everything(world: World) -> None:
    with_secrets(world)
    (storage,) = world.site.storages
    world.site = replace(world.site, storages=(replace(storage, administrators=(ALICE1,)),))
    world.share_list = listed("Reports")
    world.unstated = each({"Reports": None}) | {ALICE1: {"Reports": FULL}}
    assert not [line for line in lines(world) if "reachable" in line]


def test_a_share_at_which_nobody_was_tried_is_not_closed(world: World) -> None:
    world.share_list = listed("Reports")
    nobody = [replace(tenant, principals=()) for tenant in world.site.tenants]
    world.site = replace(world.site, tenants=tuple(nobody))
    assert lines(world) == ["unknown - Reports on vmstore", LISTED]
