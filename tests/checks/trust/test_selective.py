"""With selective authentication a host needs the right on the storage's account, itself or by a group that counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.admissions import (
    ALLOWED_TO_AUTHENTICATE,
    CONTROL_ACCESS,
    AccountDacl,
    AccountDaclAnswer,
    Admissions,
    GrantedGroupAnswer,
)
from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, GroupMembers
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.windows.descriptor import Ace
from tests.support.remedies import text

Codes = Callable[..., list[str]]
HOST, HOSTS, LOCAL = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-1200", "S-1-5-21-9-9-9-1300"
FULL_CONTROL = 0xF01FF
APPLY_POLICY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"


def selective(made: Any) -> Directories:
    facts: Directories = made.sides(made.trust("tintri.com"), made.trust("vmlevel.com", attributes=0x10))
    return facts


def grant(sid: str, *, mask: int = CONTROL_ACCESS, right: str = ALLOWED_TO_AUTHENTICATE, **more: bool) -> Ace:
    return Ace(more.get("allow", True), mask, sid, right, more.get("conditional", False))


def admitted(made: Any, *aces: Ace, members: tuple[str, ...] | None = (), controller: str = "tidc") -> Admissions:
    """The DACL of the storage's account at one controller, and who is in the storage's domain's group LOCAL."""
    dacl = AccountDaclAnswer("tintri.com", controller, "VMSTORE$@TINTRI.COM", made.seen(AccountDacl("CN=VM", aces)))
    seen = made.seen(None if members is None else GroupMembers(LOCAL, members))
    return Admissions((dacl,), (GrantedGroupAnswer("tintri.com", controller, LOCAL, seen),))


@pytest.mark.parametrize(
    ("aces", "members", "expected"),
    [
        pytest.param([], (), "not-allowed-to-authenticate", id="nothing granted"),
        pytest.param([grant(HOST)], (), "fine", id="the account"),
        pytest.param([grant(HOSTS)], (), "fine", id="a group of its domain"),
        pytest.param([grant("S-1-5-11")], (), "fine", id="authenticated users"),
        pytest.param([grant("S-1-5-1000")], (), "fine", id="other organization"),
        pytest.param([grant("S-1-5-15")], (), "not-allowed-to-authenticate", id="this organization is not theirs"),
        pytest.param([grant(LOCAL)], (HOSTS,), "fine", id="a group of the storage's domain with its group in it"),
        pytest.param([grant(LOCAL)], (), "not-allowed-to-authenticate", id="a group that it is not in"),
        pytest.param([grant(LOCAL)], None, "unknown", id="a group whose members are not told"),
        pytest.param([grant(HOST)], None, "fine", id="granted, whoever is in the group"),
        pytest.param([grant(HOST, mask=FULL_CONTROL, right="")], (), "fine", id="full control"),
        pytest.param([grant(HOST, right="")], (), "fine", id="all extended rights"),
        pytest.param([grant(HOST, right=APPLY_POLICY)], (), "not-allowed-to-authenticate", id="another right"),
        pytest.param([grant(HOST, mask=0x20094, right="")], (), "not-allowed-to-authenticate", id="read"),
        pytest.param(
            [grant(HOSTS, allow=False), grant(HOST)], (), "not-allowed-to-authenticate", id="denied before granted"
        ),
        pytest.param([grant(HOST), grant(HOSTS, allow=False)], (), "fine", id="granted before denied"),
        pytest.param([grant(HOST, conditional=True)], (), "unknown", id="under a condition"),
    ],
)
def test_the_dacl_decides(
    made: Any, codes: Codes, aces: list[Ace], members: tuple[str, ...] | None, expected: str
) -> None:
    assert codes("trust.selective", selective(made), admitted(made, *aces, members=members)) == [expected]


def test_without_selective_authentication_nobody_needs_the_right(made: Any, codes: Codes) -> None:
    assert codes("trust.selective", made.both(), Admissions()) == ["fine"]


@pytest.mark.parametrize("storage", ["", None], ids=["no trust", "directory not read"])
def test_a_side_that_is_not_known_is_unknown(made: Any, codes: Codes, storage: str | None) -> None:
    assert codes("trust.selective", made.sides(made.trust("tintri.com"), storage), Admissions()) == ["unknown"]


@pytest.mark.parametrize(
    "dacl", [None, AccountDacl(""), AccountDacl("CN=VM", None)], ids=["silent", "no account", "DACL not told"]
)
def test_a_dacl_that_is_not_known_is_unknown(made: Any, codes: Codes, dacl: AccountDacl | None) -> None:
    answers = (AccountDaclAnswer("tintri.com", "tidc", "VMSTORE$@TINTRI.COM", made.seen(dacl)),)
    assert codes("trust.selective", selective(made), Admissions(answers)) == ["unknown"]
    assert codes("trust.selective", selective(made), Admissions()) == ["unknown"]


def test_a_host_whose_groups_are_not_known_is_unknown(made: Any, verdicts: Callable[..., list[Verdict]]) -> None:
    known = selective(made)
    facts = type(known)(trusts=known.trusts)
    (verdict,) = verdicts("trust.selective", facts, admitted(made))
    assert isinstance(verdict, Unknown)
    assert verdict.tenant == "alice"


def test_one_controller_that_refuses_is_told(made: Any, verdicts: Callable[..., list[Verdict]]) -> None:
    good, bad = admitted(made, grant(HOST)), admitted(made, controller="tidc2")
    merged = Admissions(good.accounts + bad.accounts + good.accounts, good.groups)
    (finding,) = verdicts("trust.selective", selective(made), merged)
    assert isinstance(finding, Finding)
    assert (finding.subject, finding.tenant) == ("alice-hv01$@VMLEVEL.COM", "alice")
    assert finding.values["found"] == "no allow entry at tidc2"
    assert "dsacls 'CN=VM" in text(finding)


@pytest.mark.parametrize(
    "found", [(), (Account("CN=alice-hv01", "alice-hv01$", HOST),)], ids=["no such account", "groups not told"]
)
def test_a_host_whose_groups_its_directory_does_not_tell_is_unknown(
    made: Any, verdicts: Callable[..., list[Verdict]], found: tuple[Account, ...]
) -> None:
    name = "alice-hv01$@VMLEVEL.COM"
    answers = (AccountAnswer("vmlevel.com", "vmdc1", name, made.seen(Accounts(found))),)
    facts = Directories(trusts=selective(made).trusts, accounts=answers)
    (verdict,) = verdicts("trust.selective", facts, admitted(made, grant(HOST)))
    assert isinstance(verdict, Unknown)
    assert "the groups of alice-hv01$@VMLEVEL.COM" in verdict.says


def test_why_nothing_is_known_of_the_right_is_told(made: Any, verdicts: Callable[..., list[Verdict]]) -> None:
    (verdict,) = verdicts("trust.selective", selective(made), admitted(made, grant(HOST, conditional=True)))
    assert isinstance(verdict, Unknown)
    assert "conditional entry" in verdict.says
