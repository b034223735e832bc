"""isolation.acl: what a VMstore's REST API returns is judged where SMB returns nothing, and compared where it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vmstore import Acl, AclEntry, FileShare, FileShares, RestRefusal, ShareAcl
from krbcheck.judging.verdict import Finding, Unknown
from krbcheck.windows.descriptor import Ace, Descriptor
from tests.support.access import FULL, sid

if TYPE_CHECKING:
    from tests.support.access import World

CHECK = "isolation.acl"
AT = datetime(2026, 1, 1, tzinfo=UTC)
SHARES = ("AliceVMs", "BobVMs")
FINE = ["fine alice AliceVMs on vmstore", "fine bob BobVMs on vmstore"]
FINE_BY_REST = ["fine alice AliceVMs on vmstore by REST", "fine bob BobVMs on vmstore by REST"]
READ = 0x1200A9


def entry(name: str, access: str = "FULL_CONTROL", mask: int | None = FULL) -> AclEntry:
    return AclEntry(name, sid(name), access, mask)


def entries_of(owner: str) -> list[AclEntry]:
    return [entry(f"{owner} Hosts"), entry(f"{owner} Admins"), entry("Domain Admins")]


def acl(share: str, entries: Sequence[AclEntry]) -> ShareAcl:
    return ShareAcl(share, Observed(Acl(tuple(entries)), f"ACL of {share}", AT, "station"))


def state(world: World, **acls: Observation[Acl | RestRefusal] | Sequence[AclEntry]) -> None:
    """The REST API returns the healthy ACLs, and those given."""
    listed = Observed(FileShares(tuple(FileShare(name) for name in SHARES)), "shares", AT, "station")
    wanted = {"AliceVMs": entries_of("Alice"), "BobVMs": entries_of("Bob")} | acls
    found = [
        ShareAcl(name, seen) if isinstance(seen, Observed | Unobserved) else acl(name, seen)
        for name, seen in wanted.items()
    ]
    world.state_vmstore(shares=listed, acls=tuple(found))


def lines(world: World) -> list[str]:
    return sorted(world.lines(CHECK))


def test_equal_lists_are_fine(world: World) -> None:
    state(world)
    assert lines(world) == sorted(FINE + FINE_BY_REST)


@pytest.mark.parametrize(
    ("entries", "differences"),
    [
        (
            [entry("Alice Hosts"), entry("Bob Hosts"), entry("Domain Admins")],
            r"VMLEVEL\Bob Hosts has full access by REST and no entry by SMB; "
            r"VMLEVEL\Alice Admins has no entry by REST and full access by SMB",
        ),
        (
            [*entries_of("Alice")[1:], entry("Alice Hosts", "READ", READ)],
            r"VMLEVEL\Alice Hosts has read access by REST and full access by SMB",
        ),
        (
            [*entries_of("Alice")[1:], entry("Alice Hosts", "READ", None)],
            r"VMLEVEL\Alice Hosts has read access by REST and full access by SMB",
        ),
    ],
    ids=["other-accounts", "other-mask", "other-access-without-a-mask"],
)
def test_lists_that_differ_are_reported(world: World, entries: list[AclEntry], differences: str) -> None:
    state(world, AliceVMs=entries)
    (finding,) = (verdict for verdict in world.judged(CHECK) if isinstance(verdict, Finding))
    assert (finding.code, finding.tenant) == ("isolation.acl/sources-differ", "alice")
    assert finding.values["differences"] == differences
    assert lines(world) == sorted([*FINE, FINE_BY_REST[1], f"{finding.code} alice {finding.subject}"])


def test_the_same_access_in_other_bits_is_no_difference(world: World) -> None:
    world.shares["AliceVMs"] = Descriptor(
        dacl=tuple(Ace(True, 0x10000000, sid(name)) for name in ("Alice Hosts", "Alice Admins", "Domain Admins"))
    )
    state(world)
    assert lines(world) == sorted(FINE + FINE_BY_REST)


def test_entries_that_deny_are_not_compared(world: World) -> None:
    allowed = world.shares["AliceVMs"]
    assert allowed is not None
    denying = Ace(False, FULL, sid("Bob Hosts"))
    world.shares["AliceVMs"] = Descriptor(dacl=(denying, *(allowed.dacl or ())))
    state(world)
    assert lines(world) == sorted(FINE + FINE_BY_REST)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (
            Observed(RestRefusal(403, "ERR-API-6010"), "ACL", AT, "station"),
            "the REST API of vmstore returns HTTP 403 ERR-API-6010",
        ),
        (Unobserved(Gap.TIMED_OUT, "no answer in 5 s", "ACL", AT, "station"), "no answer in 5 s"),
        (
            Observed(Acl((AclEntry("NOWHERE\\nobody", "", "READ"),)), "ACL", AT, "station"),
            r"the account or the access of its entry NOWHERE\nobody is not known",
        ),
    ],
    ids=["refused", "silence", "unknown-account"],
)
def test_a_list_that_rest_does_not_return_is_not_compared(
    world: World, seen: Observation[Acl | RestRefusal], why: str
) -> None:
    state(world, AliceVMs=seen)
    (unknown,) = (verdict for verdict in world.judged(CHECK) if isinstance(verdict, Unknown))
    assert (unknown.subject, unknown.says) == ("AliceVMs on vmstore by REST", why)
    assert lines(world) == sorted([*FINE, FINE_BY_REST[1], "unknown alice AliceVMs on vmstore by REST"])


def test_a_share_that_is_not_in_the_list_of_rest_is_not_compared(world: World) -> None:
    state(world)
    (answer,) = world.vmstore.storages
    world.state_vmstore(shares=answer.shares, acls=answer.acls[1:])
    (unknown,) = (verdict for verdict in world.judged(CHECK) if isinstance(verdict, Unknown))
    assert unknown.says == "AliceVMs is not in the REST API's list of shares"


@pytest.mark.parametrize("changes", [{"not_told": True}, {"refused": "SRVSVC", "status": 0xC0000022}])
def test_where_smb_returns_no_list_that_of_rest_is_judged(world: World, changes: dict[str, object]) -> None:
    state(world, BobVMs=[*entries_of("Bob"), entry("Alice Hosts")])
    for name, value in changes.items():
        setattr(world, name, value)
    found = [verdict for verdict in world.judged(CHECK) if isinstance(verdict, Finding)]
    assert [(finding.code, finding.tenant) for finding in found] == [("isolation.acl/foreign-grant", "bob")]
    assert all(line.startswith("unknown") for line in lines(world) if "by REST" in line), "nothing to compare with"
