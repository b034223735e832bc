"""Firmware, roles and lists of a VMstore, as far as the facts themselves can say."""

from __future__ import annotations

import pytest

from krbcheck.facts.vmstore import (
    Appliance,
    ExternalGroup,
    ExternalGroups,
    FileShares,
    RestRefusal,
    Role,
    RoleGroup,
    Roles,
)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("4.4.2.0-7041", (4, 4, 2, 0)),
        ("4.10.1", (4, 10, 1)),
        ("5.2.0.1-11342.55846.24813", (5, 2, 0, 1)),
        ("5.x.1", (5,)),
        ("", ()),
        ("unknown", ()),
    ],
)
def test_the_numbers_of_a_firmware(version: str, numbers: tuple[int, ...]) -> None:
    assert Appliance(os_version=version).firmware == numbers


def test_firmware_is_compared_number_by_number() -> None:
    assert Appliance(os_version="4.10.1").firmware > Appliance(os_version="4.4.2.0-1").firmware >= (4, 4, 2)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role("1", "whatever", "AdminRole"), True),
        (Role("1", "Super Admin", "GenericRestApiRole"), True),
        (Role("1", "superadmin"), True),
        (Role("1", "ADMIN"), True),
        (Role("2", "System Admin", "SystemAdminRole"), False),
        (Role("2", "Data Protection Admin", "GenericRestApiRole"), False),
        (Role("3"), False),
    ],
)
def test_the_role_with_all_rights(role: Role, expected: bool) -> None:
    assert role.is_super_admin is expected


def test_a_group_has_the_texts_of_the_directorys_entry_with_its_id() -> None:
    groups = ExternalGroups((ExternalGroup("11", ("11", "S-1-5-21-1-2-3-1115")), ExternalGroup("12", ("12", "x"))))
    assert groups.texts(RoleGroup(("11",))) == ("11", "S-1-5-21-1-2-3-1115")
    assert groups.texts(RoleGroup(("S-1-5-32-544",))) == ("S-1-5-32-544",)


def test_summaries_are_one_line() -> None:
    assert RestRefusal(403, "ERR-API-6010", "API enforcement failed").summary() == (
        "HTTP 403 ERR-API-6010: API enforcement failed"
    )
    assert RestRefusal(503).summary() == "HTTP 503"
    assert FileShares().summary() == "no shares"
    assert Roles((Role("1", "Admin"), Role("2"))).summary() == "roles Admin, 2"
    assert Roles(tuple(Role(str(number)) for number in range(30))).summary().endswith(" and 10 more")
