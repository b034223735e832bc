"""The members of groups: what is added can be removed again."""

from __future__ import annotations

from krbcheck.windows.group_steps import add_member
from krbcheck.windows.remedy import Platform


def test_a_member_is_added_and_the_undo_removes_it() -> None:
    steps = {step.platform: step for step in add_member("Hosts", "hv01$", "example.com", says="why")}
    assert steps[Platform.WINDOWS].command.startswith("Add-ADGroupMember -Identity 'Hosts' ")
    assert "'hv01$'" in steps[Platform.WINDOWS].undo
    assert steps[Platform.WINDOWS].undo.startswith("Remove-ADGroupMember -Identity 'Hosts' ")
    assert steps[Platform.SAMBA].command == "samba-tool group addmembers 'Hosts' 'hv01$'"
    assert steps[Platform.SAMBA].undo == "samba-tool group removemembers 'Hosts' 'hv01$'"
