"""Group policy as directories and SYSVOL contain it: links, versions, and the containers above an account."""

from __future__ import annotations

import pytest

from krbcheck.facts.policy import Container, Containers, Link, PolicyFiles, PolicyObject, upward


@pytest.mark.parametrize(
    ("dn", "containers"),
    [
        (
            "CN=alice-hv01,OU=Hosts,OU=Alice,DC=vmlevel,DC=com",
            ["OU=Hosts,OU=Alice,DC=vmlevel,DC=com", "OU=Alice,DC=vmlevel,DC=com", "DC=vmlevel,DC=com"],
        ),
        ("CN=alice-hv01,CN=Computers,DC=vmlevel,DC=com", ["DC=vmlevel,DC=com"]),
        (r"CN=host\,OU=Alice,OU=Hosts,DC=vmlevel,DC=com", ["OU=Hosts,DC=vmlevel,DC=com", "DC=vmlevel,DC=com"]),
        ("cn=alice-hv01,ou=Hosts,dc=vmlevel,dc=com", ["ou=Hosts,dc=vmlevel,dc=com", "dc=vmlevel,dc=com"]),
    ],
)
def test_links_are_at_the_ous_and_the_domain_above_an_account(dn: str, containers: list[str]) -> None:
    """MS-GPOL 3.2.5.1.4; a comma with a backslash belongs to the name (RFC 4514 2.4)."""
    assert list(upward(dn)) == containers


@pytest.mark.parametrize(
    ("options", "disabled", "enforced"), [(0, False, False), (1, True, False), (2, False, True), (3, True, True)]
)
def test_the_options_of_a_link_are_two_bits(options: int, disabled: bool, enforced: bool) -> None:
    """MS-GPOL 2.2.2."""
    link = Link("CN={1},CN=Policies", options)
    assert (link.disabled, link.enforced) == (disabled, enforced)


def test_the_version_for_machines_is_the_lower_half() -> None:
    """MS-GPOL 2.2.4: the upper 16 bits are the version for users."""
    assert PolicyObject("CN={1}", "Search order", version=0x0003_0007).machine_version == 7


def test_files_that_do_not_exist_are_named() -> None:
    assert PolicyFiles().summary() == "no Machine\\Registry.pol, version not stated"
    assert PolicyFiles(version=0).summary() == "no Machine\\Registry.pol, version 0"
    assert Containers((Container("DC=a", (Link("CN={1}"),)),)).summary() == "DC=a: 1 links"
    assert Containers().summary() == "no domain and no OU"
