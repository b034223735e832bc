"""Who has "Allowed to authenticate" on a storage's account, at each controller of its domain."""

from __future__ import annotations

from krbcheck.facts.admissions import AccountDacl, AccountDaclAnswer, Admissions, GrantedGroupAnswer
from krbcheck.facts.directory import GroupMembers
from krbcheck.facts.observation import Observation
from krbcheck.views.admitted_hosts import AdmittedHosts
from krbcheck.windows.descriptor import Ace
from tests.support.observing import observed, silence

ACCOUNT, HOST, GROUP = "VMSTORE$@TINTRI.COM", "S-1-5-21-1-1-1-1104", "S-1-5-21-2-2-2-2001"
RIGHT, CONTROL_ACCESS = "68b1d179-0d15-4d4f-ab71-46152e79a7bc", 0x100


def ace(sid: str, *, allow: bool = True, conditional: bool = False) -> Ace:
    return Ace(allow, CONTROL_ACCESS, sid, right=RIGHT, conditional=conditional)


def result(*aces: Ace, group: Observation[GroupMembers] | None = None) -> tuple[bool | None, str]:
    groups = () if group is None else (GrantedGroupAnswer("tintri.com", "tidc", GROUP, group),)
    return of(AccountDacl("CN=VMSTORE", aces), groups)


def of(dacl: AccountDacl, groups: tuple[GrantedGroupAnswer, ...] = ()) -> tuple[bool | None, str]:
    answer = AccountDaclAnswer("tintri.com", "tidc", ACCOUNT, observed(dacl))
    (found,) = AdmittedHosts(Admissions((answer,), groups)).at(ACCOUNT.lower(), frozenset({HOST}))
    return found.granted, found.why


def test_the_first_entry_that_applies_decides() -> None:
    """MS-DTYP 2.5.3.2."""
    assert result(ace(HOST)) == (True, "")
    assert result(ace(HOST, allow=False), ace(HOST)) == (False, "")
    assert result(ace(HOST), ace(HOST, allow=False)) == (True, "")
    assert result(ace("S-1-5-21-9-9-9-1")) == (False, "")


def test_everyone_and_authenticated_users_include_a_host_of_another_domain() -> None:
    assert result(ace("S-1-1-0"))[0] is result(ace("S-1-5-11"))[0] is True


def test_a_host_is_admitted_as_a_member_of_a_group_of_the_storages_domain() -> None:
    member, other = observed(GroupMembers(GROUP, (HOST,))), observed(GroupMembers(GROUP, ("S-1-5-21-1-1-1-9",)))
    assert result(ace(GROUP), group=member) == (True, "")
    assert result(ace(GROUP), group=other) == (False, "")


def test_members_that_could_not_be_read_leave_a_denial_open() -> None:
    granted, why = result(ace(GROUP), group=silence())
    assert granted is None
    assert why == f"the members of the groups in the DACL of {ACCOUNT} could not be read at tidc"
    assert result(ace(HOST), ace(GROUP), group=silence()) == (True, "")


def test_a_condition_is_not_evaluated() -> None:
    granted, why = result(ace(HOST, conditional=True))
    assert granted is None
    assert "conditional entry" in why


def test_a_dacl_that_was_not_returned_decides_nothing() -> None:
    assert of(AccountDacl("")) == (None, f"tidc has no account {ACCOUNT}")
    assert of(AccountDacl("CN=VMSTORE")) == (None, f"the DACL of {ACCOUNT} could not be read at tidc")
    unread = AccountDaclAnswer("tintri.com", "tidc", ACCOUNT, silence())
    (found,) = AdmittedHosts(Admissions((unread,))).at(ACCOUNT, frozenset({HOST}))
    assert (found.granted, found.why) == (None, "")
