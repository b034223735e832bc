"""Folders of shares that lie within each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from krbcheck.facts.listed_shares import ListedShare, ShareList, ShareRecord
from krbcheck.facts.observation import Gap
from krbcheck.judging.verdict import Finding, Unknown

if TYPE_CHECKING:
    from tests.support.access import World

DENIED = 0xC0000022
NESTED, FINE = "isolation.overlap/nested", "fine - vmstore"


def folders(alice: str, bob: str, **more: str) -> ShareList:
    known = {"AliceVMs": alice, "BobVMs": bob, **more}
    return ShareList(level=502, listed=tuple(ListedShare(share, 0, path) for share, path in known.items()))


@pytest.mark.parametrize(
    ("alice", "bob", "expected"),
    [
        pytest.param(r"D:\Alice", r"D:\Bob", FINE, id="beside"),
        pytest.param(r"D:\VMs", r"D:\VMs2", FINE, id="a-longer-name-is-another-folder"),
        pytest.param(r"D:\VMs", r"E:\VMs\Bob", FINE, id="another-volume"),
        pytest.param(r"D:\VMs", r"D:\VMs\Bob", f"{NESTED} bob BobVMs and AliceVMs on vmstore", id="within"),
        pytest.param(r"D:\VMs\a\b", r"d:\vms\\", f"{NESTED} alice AliceVMs and BobVMs on vmstore", id="letter-case"),
        pytest.param(r"D:\VMs", r"\\?\D:\VMs\Bob", f"{NESTED} bob BobVMs and AliceVMs on vmstore", id="long-path"),
        pytest.param("/srv/vms", "/srv/vms/bob/", f"{NESTED} bob BobVMs and AliceVMs on vmstore", id="unix"),
        pytest.param(r"D:\VMs", r"D:\VMs", f"{NESTED} bob BobVMs and AliceVMs on vmstore", id="the-same"),
        pytest.param(r"D:\\", r"D:\VMs", f"{NESTED} bob BobVMs and AliceVMs on vmstore", id="a-whole-volume"),
    ],
)
def test_folders_are_compared(world: World, alice: str, bob: str, expected: str) -> None:
    world.share_list = folders(alice, bob)
    assert world.lines("isolation.overlap") == [expected]


def test_a_share_that_is_not_stated_counts_and_an_administrative_one_does_not(world: World) -> None:
    world.share_list = folders(r"D:\Alice", r"E:\Bob", **{"Everything": "D:\\", "D$": "D:\\", "E$": "E:\\"})
    assert world.lines("isolation.overlap") == [f"{NESTED} alice AliceVMs and Everything on vmstore"]


def test_a_share_that_is_not_stated_is_removed_and_the_stated_one_stays(world: World) -> None:
    world.share_list = folders(r"D:\Alice", r"E:\Bob", Everything="D:\\")
    (finding,) = world.judged("isolation.overlap")
    assert isinstance(finding, Finding)
    assert finding.labels["unstated"] == ("Everything",)
    commands = [step.command for step in finding.remedy if step.command]
    assert "Remove-SmbShare -Name 'Everything' -Force" in commands
    assert "Remove-SmbShare -Name 'AliceVMs' -Force" not in commands
    assert (
        finding.remedy[0].says
        == "If Everything belongs to a tenant, state it in the site file, then run krbcheck again"
    )


def test_two_shares_of_which_none_is_stated_are_nobodys(world: World) -> None:
    world.share_list = folders(r"D:\Alice", r"D:\Bob", Old=r"E:\Old", Older=r"E:\Old\Older")
    assert world.lines("isolation.overlap") == [FINE]


def test_both_folders_are_in_the_message(world: World) -> None:
    world.share_list = folders(r"D:\VMs", r"D:\VMs\Bob")
    (finding,) = world.judged("isolation.overlap")
    assert isinstance(finding, Finding)
    assert (
        finding.says == r"The folder of BobVMs (D:\VMs\Bob) lies "
        r"within that of share AliceVMs (D:\VMs) on vmstore"
    )


@pytest.mark.parametrize("status", [2310, 123], ids=["windows", "samba"])
def test_a_share_that_does_not_exist_has_no_folder(world: World, status: int) -> None:
    listed = (ListedShare("AliceVMs", 0, r"D:\Alice"),)
    world.share_list = ShareList(level=502, listed=listed, records=(ShareRecord("BobVMs", status),))
    assert world.lines("isolation.overlap") == [FINE]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (None, "vmstore was not queried for the folders of its shares"),
        (Gap.TIMED_OUT, "the storage is silent"),
        (
            ShareList("NetrShareEnum", DENIED),
            "vmstore rejects queries of the reader of its domain: NetrShareEnum: STATUS_ACCESS_DENIED (0xC0000022)",
        ),
        (
            ShareList(level=1, records=(ShareRecord("AliceVMs", DENIED),)),
            "the folder of share AliceVMs was not read: NetrShareGetInfo returns STATUS_ACCESS_DENIED (0xC0000022)",
        ),
        (
            ShareList(level=1, records=(ShareRecord("AliceVMs", 0, "D:\\Alice"), ShareRecord("BobVMs", 0))),
            "the folder of share BobVMs was not read: the storage returned none",
        ),
        (
            ShareList(level=1, records=(ShareRecord("AliceVMs", 0, "D:\\Alice"),)),
            "the folder of share BobVMs was not read: the storage was not queried for it",
        ),
    ],
)
def test_folders_that_were_not_read_are_not_determined(world: World, reply: ShareList | Gap | None, says: str) -> None:
    world.share_list = reply
    (verdict,) = world.judged("isolation.overlap")
    assert isinstance(verdict, Unknown)
    assert verdict.says == says


def test_letter_case_counts_on_samba(world: World) -> None:
    world.system = "Samba"
    world.share_list = folders(r"C:\srv\vms", r"C:\srv\VMs\bob")
    assert world.lines("isolation.overlap") == [FINE]
