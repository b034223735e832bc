"""What a climb through a directory's groups makes of their entries."""

from __future__ import annotations

import struct

from krbcheck.probes.ldap.groups import Climbed, domain_of

HERE = "DC=tintri,DC=com"
ABROAD = "S-1-5-21-9-9-9-1111"


def raw_sid(rid: int) -> bytes:
    return bytes((1, 5)) + (5).to_bytes(6, "big") + struct.pack("<5I", 21, 2, 2, 2, rid)


def group(rid: int, name: str, **more: list[bytes]) -> dict[str, list[bytes]]:
    return {"objectsid": [raw_sid(rid)], "samaccountname": [name.encode()], "objectclass": [b"top", b"group"], **more}


def test_a_foreign_member_is_known_by_the_name_that_the_group_gives_it() -> None:
    climbed = Climbed()
    foreign = f"CN={ABROAD},CN=ForeignSecurityPrincipals,{HERE}"
    climbed.take(f"CN=Access,{HERE}", group(2001, "Access", member=[foreign.encode()]))
    node = climbed.nodes[foreign.lower()]
    assert (node.sid, node.is_foreign, node.parents) == (ABROAD, True, {f"cn=access,{HERE}".lower()})


def test_both_ends_of_a_membership_tell_of_it() -> None:
    climbed = Climbed()
    inner, outer = f"CN=Inner,{HERE}", f"CN=Outer,{HERE}"
    climbed.take(inner, group(2001, "Inner"))
    climbed.take(outer, group(2002, "Outer", **{"member;range=0-1499": [inner.upper().encode()]}))
    assert climbed.nodes[inner.lower()].parents == {outer.lower()}
    climbed.take(inner, group(2001, "Inner", memberof=[f"CN=Third,{HERE}".encode()]))
    assert climbed.nodes[inner.lower()].parents == {outer.lower(), f"cn=third,{HERE}".lower()}


def test_groups_that_hold_each_other_end() -> None:
    climbed = Climbed()
    entry, other = f"CN=One,{HERE}", f"CN=Other,{HERE}"
    climbed.take(entry, group(2001, "One", memberof=[other.encode()]))
    climbed.take(other, group(2002, "Other", memberof=[entry.encode()]))
    assert climbed.below([entry.lower()]) == {entry.lower(), other.lower()}


def test_attributes_that_are_no_text_and_no_numbers_are_read() -> None:
    node = Climbed().take("CN=x", {"objectsid": [b"\1\2"], "grouptype": [b"\xff"], "memberof": [b"\xff\xfe"]})
    assert (node.sid, node.scope, node.is_group) == ("", 0, False)


def test_a_member_of_another_domain_of_the_forest_is_kept_by_its_dn() -> None:
    climbed = Climbed()
    child, sibling = "CN=hv01,OU=Hosts,DC=emea,DC=tintri,DC=com", "CN=hv02,DC=lab,DC=com"
    here, access = f"CN=hv03,{HERE}", f"CN=Access,{HERE}"
    climbed.take(access, group(2001, "Access", member=[name.encode() for name in (child, sibling, here)]))
    assert climbed.outside == {access.lower(): {child, sibling}}
    assert set(climbed.nodes) == {access.lower()}


def test_the_domain_of_a_dn_is_that_of_all_its_components() -> None:
    names = ("CN=x,OU=DC=y,DC=emea,DC=Tintri,DC=com", "CN=x", f"CN={ABROAD},CN=ForeignSecurityPrincipals,{HERE}")
    assert [domain_of(name) for name in names] == ["emea.tintri.com", "", "tintri.com"]
