"""Who is let in by which entry of an access list is judged, tried or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krbcheck.facts.observation import Gap
from krbcheck.facts.share_access import LocalGroup, SidName
from krbcheck.judging.verdict import Finding
from krbcheck.windows.descriptor import Ace, Descriptor
from krbcheck.windows.remedy import StepClass

if TYPE_CHECKING:
    from krbcheck.windows.remedy import StepClass
from tests.support.access import World

EVERYONE, AUTHENTICATED = "S-1-1-0", "S-1-5-11"
H, S = "S-1-5-21-1-1-1", "S-1-5-21-2-2-2"
ALICE_HOSTS, BOB_HOSTS, BOB_ADMINS, BOB_ADMIN = f"{H}-1110", f"{H}-1111", f"{H}-1113", f"{H}-1115"
DOMAIN_ADMINS, ALICE_ACCESS = f"{S}-512", f"{S}-2001"
FULL, CHANGE, READ = 0x1F01FF, 0x1301BF, 0x1200A9
FINE = ["fine alice AliceVMs on vmstore", "fine bob BobVMs on vmstore"]
ALICE, BOB = "alice AliceVMs on vmstore", FINE[1]


def allow(sid: str, mask: int = FULL, flags: int = 0) -> Ace:
    return Ace(True, mask, sid, flags=flags)


def lists(*entries: Ace) -> Descriptor:
    return Descriptor(dacl=(allow(ALICE_HOSTS), *entries))


def test_what_the_site_states_and_no_more_is_fine(world: World) -> None:
    assert world.lines("isolation.acl") == FINE


@pytest.mark.parametrize(
    ("share", "code"),
    [
        pytest.param(lists(allow(EVERYONE)), "open-to-all", id="everyone"),
        pytest.param(lists(allow(AUTHENTICATED, READ)), "open-to-all", id="authenticated-users-read"),
        pytest.param(lists(allow(f"{H}-513")), "open-to-all", id="domain-users"),
        pytest.param(lists(allow(f"{S}-515")), "open-to-all", id="domain-computers"),
        pytest.param(Descriptor(), "open-to-all", id="null-dacl"),
        pytest.param(lists(allow(BOB_HOSTS, READ)), "foreign-grant", id="other-tenants-hosts"),
        pytest.param(lists(allow(f"{H}-1106")), "foreign-grant", id="one-host-of-another-tenant"),
        pytest.param(lists(allow(BOB_ADMINS)), "foreign-grant", id="other-tenants-administrators"),
        pytest.param(lists(allow(BOB_ADMIN)), "foreign-grant", id="one-administrator-of-another-tenant"),
        pytest.param(lists(allow(f"{H}-1130")), "unused-grant", id="empty-group"),
        pytest.param(lists(allow(f"{H}-1131")), "unused-grant", id="group-of-outsiders"),
        pytest.param(lists(allow(f"{H}-1132")), "unused-grant", id="an-account-that-is-not-stated"),
        pytest.param(lists(allow(f"{S}-9999")), "unused-grant", id="a-sid-without-an-owner"),
        pytest.param(Descriptor(dacl=()), "missing-grant", id="empty-dacl"),
        pytest.param(Descriptor(dacl=(allow(ALICE_HOSTS, CHANGE),)), "missing-grant", id="change-where-full"),
        pytest.param(Descriptor(dacl=(allow(ALICE_HOSTS, flags=8),)), "missing-grant", id="inherit-only"),
        pytest.param(Descriptor(dacl=(Ace(False, FULL, EVERYONE), allow(ALICE_HOSTS))), "missing-grant", id="deny"),
    ],
)
def test_each_fault_of_a_list_is_one_finding(world: World, share: Descriptor, code: str) -> None:
    world.shares["AliceVMs"] = share
    assert world.lines("isolation.acl") == [f"isolation.acl/{code} {ALICE}", BOB]


@pytest.mark.parametrize(
    "share",
    [
        pytest.param(lists(Ace(False, FULL, BOB_HOSTS), allow(BOB_HOSTS)), id="denied-before"),
        pytest.param(lists(allow(BOB_HOSTS, flags=8)), id="for-children-alone"),
        pytest.param(lists(allow(BOB_HOSTS, 0x20000)), id="without-data"),
        pytest.param(lists(allow("S-1-5-18"), allow("S-1-5-32-544"), allow("S-1-3-0")), id="of-the-system"),
        pytest.param(lists(allow(f"{H}-1116"), allow(f"{H}-1117")), id="who-backs-up"),
        pytest.param(lists(allow(DOMAIN_ADMINS)), id="the-storages-administrators"),
    ],
)
def test_entries_that_let_in_nobody_else(world: World, share: Descriptor) -> None:
    world.shares["AliceVMs"] = share
    assert world.lines("isolation.acl")[0].startswith(("fine", "isolation.acl/unused-grant"))


def under_condition(sid: str, *, allows: bool = True) -> Ace:
    return Ace(allows, FULL, sid, conditional=True)


@pytest.mark.parametrize(
    ("share", "who", "tried"),
    [
        pytest.param(lists(under_condition(BOB_HOSTS)), "VMLEVEL\\Bob Hosts", "bob", id="may-let-in-another-tenant"),
        pytest.param(lists(under_condition(EVERYONE)), "Everyone", "bob", id="may-let-in-everyone"),
        pytest.param(
            Descriptor(dacl=(under_condition(ALICE_HOSTS),)), "VMLEVEL\\Alice Hosts", "alice", id="may-let-in-its-own"
        ),
        pytest.param(
            Descriptor(dacl=(under_condition(ALICE_HOSTS, allows=False), allow(ALICE_HOSTS))),
            "VMLEVEL\\Alice Hosts",
            "alice",
            id="may-keep-out-its-own",
        ),
    ],
)
def test_what_hangs_on_a_condition_is_unknown(world: World, share: Descriptor, who: str, tried: str) -> None:
    world.shares["AliceVMs"] = share
    world.sessions[f"{tried}-hv01$@VMLEVEL.COM"] = {"AliceVMs": FULL}
    verdicts = world.judged("isolation.acl")
    assert world.lines("isolation.acl")[0] == f"unknown {ALICE}"
    assert f"a conditional entry for {who}" in getattr(verdicts[0], "says", "")


def test_a_condition_for_nobody_of_the_site_changes_nothing(world: World) -> None:
    world.shares["AliceVMs"] = lists(under_condition("S-1-5-18"))
    assert world.lines("isolation.acl") == FINE


def test_a_condition_in_the_root_folder_is_told(world: World) -> None:
    world.folders["AliceVMs"] = Descriptor(dacl=(under_condition(ALICE_HOSTS),))
    (said, _) = world.judged("isolation.acl")
    assert "its root folder has a conditional entry for VMLEVEL\\Alice Hosts" in getattr(said, "says", "")


def test_a_folder_that_lets_in_its_tenant_alone_guards_an_open_share(world: World) -> None:
    world.shares["AliceVMs"] = lists(allow(EVERYONE), allow(BOB_HOSTS))
    world.folders["AliceVMs"] = Descriptor(dacl=(allow(ALICE_HOSTS),))
    assert world.lines("isolation.acl") == FINE


@pytest.mark.parametrize(
    ("share", "folder", "code"),
    [
        pytest.param(EVERYONE, BOB_HOSTS, "foreign-grant", id="its-hosts"),
        pytest.param(f"{H}-515", f"{H}-1106", "foreign-grant", id="one-host"),
        pytest.param(AUTHENTICATED, BOB_ADMIN, "foreign-grant", id="its-administrator"),
        pytest.param(EVERYONE, f"{H}-515", "open-to-all", id="all-computers"),
        pytest.param(f"{H}-515", EVERYONE, "open-to-all", id="all-computers-of-an-open-folder"),
    ],
)
def test_a_folder_that_lets_others_in_through_an_open_share_is_told(
    world: World, share: str, folder: str, code: str
) -> None:
    world.shares["AliceVMs"] = lists(allow(share))
    world.folders["AliceVMs"] = Descriptor(dacl=(allow(ALICE_HOSTS), allow(folder)))
    assert world.lines("isolation.acl") == [f"isolation.acl/{code} {ALICE}", BOB]


def test_nobody_is_of_two_domains(world: World) -> None:
    world.shares["AliceVMs"] = lists(allow(f"{H}-513"))
    world.folders["AliceVMs"] = Descriptor(dacl=(allow(ALICE_HOSTS), allow(f"{S}-513")))
    assert world.lines("isolation.acl") == FINE


def test_a_share_guards_a_folder_without_a_list(world: World) -> None:
    world.folders["AliceVMs"] = Descriptor()
    assert world.lines("isolation.acl") == FINE


@pytest.mark.parametrize("folder", [Descriptor(dacl=()), Descriptor(dacl=(allow(ALICE_HOSTS, READ),))])
def test_a_folder_that_keeps_its_tenant_out_is_told(world: World, folder: Descriptor) -> None:
    world.folders["AliceVMs"] = folder
    (said, _) = world.judged("isolation.acl")
    assert isinstance(said, Finding)
    assert said.code == "isolation.acl/missing-grant"
    assert "in the root folder" in said.says


def test_a_folder_that_was_not_read_is_not_determined(world: World) -> None:
    world.folders["AliceVMs"] = None
    assert world.lines("isolation.acl") == [f"unknown {ALICE}", BOB]


def test_an_open_share_is_no_finding_where_the_folder_may_keep_others_out(world: World) -> None:
    world.shares["AliceVMs"], world.folders["AliceVMs"] = lists(allow(EVERYONE)), None
    assert world.lines("isolation.acl") == [f"unknown {ALICE}", BOB]


@pytest.mark.parametrize("domain", ["vmlevel.com", "tintri.com"])
def test_a_domain_without_an_identity_makes_no_entry_an_unused_one(world: World, domain: str) -> None:
    world.unidentified = (domain,)
    world.shares["AliceVMs"] = lists(allow(ALICE_HOSTS), allow("S-1-5-21-9-9-9-512"))
    assert world.lines("isolation.acl") == [f"unknown {ALICE}", "unknown bob BobVMs on vmstore"]


def test_a_host_whose_groups_were_not_all_read_lacks_nothing(world: World) -> None:
    world.tokens_hidden = True
    world.members["Alice Hosts"] = ("alice-hv01$",)
    assert world.lines("isolation.acl") == [f"unknown {ALICE}", "unknown bob BobVMs on vmstore"]


@pytest.mark.parametrize(
    ("members", "chain"),
    [
        ({"Alice Hosts": ("Bob Hosts",)}, "VMLEVEL\\Bob Hosts → VMLEVEL\\Alice Hosts"),
        ({"Alice Access": ("Bob Hosts",)}, "VMLEVEL\\Bob Hosts → TINTRI\\Alice Access"),
        ({"Alice Access": ("Inner",), "Inner": ("bob-hv01$",)}, "TINTRI\\Inner → TINTRI\\Alice Access"),
    ],
    ids=["nested", "across-the-trust", "nested-across-the-trust"],
)
def test_nested_groups_are_followed_and_named(world: World, members: dict[str, tuple[str, ...]], chain: str) -> None:
    for group, those in members.items():
        world.members[group] = world.members.get(group, ()) + those
    world.shares["AliceVMs"] = lists(allow(ALICE_ACCESS))
    found = [entry for entry in world.judged("isolation.acl") if isinstance(entry, Finding)]
    codes = {entry.code for entry in found}
    assert "isolation.acl/foreign-grant" in codes
    assert any(f"VMLEVEL\\bob-hv01$ → {chain}" in entry.values.get("reason", "") for entry in found)


def test_a_domain_local_group_of_the_hosts_domain_counts_for_nothing_at_the_storage(world: World) -> None:
    world.members["Local Only"] = ("alice-hv01$", "alice-hv02$")
    world.shares["AliceVMs"] = Descriptor(dacl=(allow(f"{H}-1134"),))
    assert f"isolation.acl/missing-grant {ALICE}" in world.lines("isolation.acl")


def test_the_storages_own_groups_count(world: World) -> None:
    world.aliases += (LocalGroup("S-1-5-32-547", "BUILTIN\\Power Users", 0, (BOB_HOSTS,)),)
    world.shares["AliceVMs"] = lists(allow("S-1-5-32-547"))
    assert world.lines("isolation.acl") == [f"isolation.acl/foreign-grant {ALICE}", BOB]


def test_what_the_storage_names_is_no_stranger(world: World) -> None:
    world.names = (SidName("S-1-22-1-0", "Unix User\\root", 1), SidName("S-1-5-21-7-7-7-1", "", 8))
    world.shares["AliceVMs"] = lists(allow("S-1-22-1-0"), allow("S-1-5-21-7-7-7-1"))
    found = [entry.says for entry in world.judged("isolation.acl") if isinstance(entry, Finding)]
    assert len(found) == 2
    assert "unused entry for Unix User\\root: the group contains no account of the site file" in found[0]
    assert "S-1-5-21-7-7-7-1: no account or group has this SID" in found[1]


def test_one_host_of_two_without_its_group_is_named(world: World) -> None:
    world.members["Alice Hosts"] = ("alice-hv01$",)
    (said, _) = world.judged("isolation.acl")
    assert isinstance(said, Finding)
    assert said.code == "isolation.acl/missing-grant"
    assert "grants alice-hv02$@VMLEVEL.COM no access, not full" in said.says


@pytest.mark.parametrize(
    ("principal", "share", "access", "code", "says"),
    [
        ("alice-hv01$", "AliceVMs", None, "missing-grant", "full (0x001F01FF) by its access list, but no access"),
        ("alice-hv01$", "BobVMs", FULL, "foreign-grant", "no access by its access lists, but full (0x001F01FF)"),
    ],
)
def test_what_was_tried_and_what_was_computed_are_both_told_where_they_differ(
    world: World, principal: str, share: str, access: int | None, code: str, says: str
) -> None:
    world.sessions[f"{principal}@VMLEVEL.COM"] = {share: access}
    (said,) = (entry for entry in world.judged("isolation.acl") if isinstance(entry, Finding))
    assert said.code == f"isolation.acl/{code}"
    assert f"{says} when tested" in said.says


def test_a_list_that_gives_too_little_but_lets_in_all_the_same_is_told(world: World) -> None:
    world.shares["AliceVMs"] = Descriptor(dacl=(allow(ALICE_HOSTS, READ),))
    world.sessions["alice-hv01$@VMLEVEL.COM"] = {"AliceVMs": FULL}
    said = [entry.says for entry in world.judged("isolation.acl") if isinstance(entry, Finding)]
    assert "read (0x001200A9) by its access list, but full (0x001F01FF) when tested" in said[0]
    assert len(said) == 2  # the second host was not tried


def changing(world: World) -> list[str]:
    """The commands that change something, of the first finding, for Windows."""
    finding = next(entry for entry in world.judged("isolation.acl") if isinstance(entry, Finding))
    return [step.command for step in finding.remedy if step.command and step.step_class is not StepClass.LOOKS]


def test_the_entry_of_a_group_of_the_hosts_is_raised(world: World) -> None:
    world.shares["AliceVMs"] = Descriptor(dacl=(allow(ALICE_HOSTS, READ),))
    assert changing(world) == [
        "Grant-SmbShareAccess -Name 'AliceVMs' -AccountName 'VMLEVEL\\Alice Hosts' -AccessRight Full -Force"
    ]
    finding = next(entry for entry in world.judged("isolation.acl") if isinstance(entry, Finding))
    assert finding.remedy[0].says.startswith(
        "If read access is enough for these hosts, state access: read for AliceVMs"
    )
    assert finding.remedy[1].undo.endswith("-AccountName 'VMLEVEL\\Alice Hosts' -AccessRight Read -Force")


def test_the_folder_entry_of_a_group_is_raised(world: World) -> None:
    world.folders["AliceVMs"] = Descriptor(dacl=(allow(ALICE_HOSTS, READ, 3), allow(DOMAIN_ADMINS)))
    assert changing(world) == ["icacls PATH /grant 'VMLEVEL\\Alice Hosts:(OI)(CI)F'"]


@pytest.mark.parametrize(
    ("share", "alone"),
    [
        pytest.param((allow("S-1-5-11", READ),), True, id="of-everyone"),
        pytest.param((Ace(False, READ, BOB_HOSTS), allow(ALICE_HOSTS, READ)), True, id="beside-an-entry-that-denies"),
        pytest.param((allow(ALICE_HOSTS, READ),), False, id="of-another-tenant-too"),
    ],
)
def test_an_entry_that_others_have_too_is_not_raised(world: World, share: tuple[Ace, ...], alone: bool) -> None:
    if not alone:
        world.members["Alice Hosts"] = ("alice-hv01$", "alice-hv02$", "bob-hv01$")
    world.shares["AliceVMs"] = Descriptor(dacl=share)
    finding = next(
        entry
        for entry in world.judged("isolation.acl")
        if isinstance(entry, Finding) and entry.code == "isolation.acl/missing-grant"
    )
    commands = [step.command for step in finding.remedy if "Grant-SmbShareAccess" in step.command]
    assert commands == [
        "Grant-SmbShareAccess -Name 'AliceVMs' -AccountName 'VMLEVEL.COM\\alice-hv01$', 'VMLEVEL.COM\\alice-hv02$' "
        "-AccessRight Full -Force"
    ]


def test_whether_the_accounts_belong_in_the_group_comes_before_its_entry_is_removed(world: World) -> None:
    world.shares["AliceVMs"] = lists(allow(BOB_HOSTS))
    (finding,) = (entry for entry in world.judged("isolation.acl") if isinstance(entry, Finding))
    assert finding.remedy[0].says.startswith("If these accounts must not be in the group of the entry, remove them ")
    world.shares["AliceVMs"] = lists(allow(f"{H}-1106"))
    (finding,) = (entry for entry in world.judged("isolation.acl") if isinstance(entry, Finding))
    assert not finding.remedy[0].says.startswith("If these accounts")


def test_what_backup_rights_open_says_nothing_of_the_list(world: World) -> None:
    world.sessions["alice-hv01$@VMLEVEL.COM"] = {"AliceVMs": FULL, "BobVMs": 0x011F01BF}
    assert world.lines("isolation.acl") == FINE


@pytest.mark.parametrize(
    ("gap", "lines"),
    [
        pytest.param(Gap.TIMED_OUT, [f"unknown {ALICE}", f"unknown {BOB[5:]}"], id="silent"),
        pytest.param(Gap.CLOSED, [f"unknown {ALICE}", f"unknown {BOB[5:]}"], id="closed"),
        pytest.param(Gap.NEEDS_OTHER, FINE, id="without-a-ticket"),
        pytest.param(Gap.NO_CREDENTIALS, FINE, id="without-a-secret"),
    ],
)
def test_a_session_that_was_not_answered_can_contradict_the_lists(world: World, gap: Gap, lines: list[str]) -> None:
    world.unanswered["alice-hv01$@VMLEVEL.COM"] = gap
    assert world.lines("isolation.acl") == lines


def test_a_session_that_ended_before_a_share_is_not_seen(world: World) -> None:
    world.sessions["alice-hv01$@VMLEVEL.COM"] = {"AliceVMs": FULL}
    assert world.lines("isolation.acl") == [FINE[0], f"unknown {BOB[5:]}"]
    world.sessions["alice-hv01$@VMLEVEL.COM"] = {"AliceVMs": FULL, "BobVMs": None}
    assert world.lines("isolation.acl") == FINE


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"not_told": True}, "the storage is silent"),
        (
            {"refused": "SESSION_SETUP", "status": 0xC000006D},
            "vmstore rejects queries of the reader of its domain: ",
        ),
        (
            {"shares": {"AliceVMs": None, "BobVMs": None}},
            "does not return the access list of AliceVMs to krbcheck@TINTRI.COM, which is no administrator",
        ),
        ({"shares": {}}, "the access list of AliceVMs was not queried"),
        ({"silent": ("vmlevel.com",)}, "vmlevel.com is silent"),
        ({"silent": ("tintri.com",)}, "tintri.com is silent"),
        ({"blind": ("tintri.com",)}, "dc returns none of the accounts and groups that were searched for"),
    ],
)
def test_what_was_not_told_is_unknown(world: World, changes: dict[str, object], says: str) -> None:
    for name, value in changes.items():
        setattr(world, name, value)
    verdicts = world.judged("isolation.acl")
    assert world.lines("isolation.acl") == [f"unknown {ALICE}", "unknown bob BobVMs on vmstore"]
    assert says in getattr(verdicts[0], "says", "")


def test_a_share_that_is_not_there_is_another_checks_matter(world: World) -> None:
    world.shares["AliceVMs"], world.statuses["AliceVMs"] = None, 2310
    assert "see smb.share" in getattr(world.judged("isolation.acl")[0], "says", "")
