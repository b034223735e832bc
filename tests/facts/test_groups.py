"""The groups of a ticket that a directory can contain."""

from __future__ import annotations

from krbcheck.facts.groups import Group, Groups, of_a_domain


def test_only_groups_of_a_domain_are_in_a_directory() -> None:
    """MS-DTYP 2.4.2.4: built-in groups, Everyone, and the SIDs of claims (…-497) and compound identity (…-496)."""
    domain = "S-1-5-21-1004336348-1177238915-682003330-512"
    others = ("S-1-1-0", "S-1-5-32-544", "S-1-18-1", "S-1-5-21-0-0-0-496", "S-1-5-21-0-0-0-497")
    assert of_a_domain((domain, *others)) == {domain}


def test_a_group_without_a_name_is_shown_by_its_dn() -> None:
    named, unnamed = Group("CN=Hosts,DC=a", "Hosts", "S-1"), Group("CN=Old,DC=a", "", "S-2")
    assert Groups((named, unnamed)).summary() == "Hosts, CN=Old,DC=a"
    assert Groups().summary() == "no group"
