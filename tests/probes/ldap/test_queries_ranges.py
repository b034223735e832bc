"""Attributes of which a directory gives some values at a time are read to their end (MS-ADTS 3.1.1.3.1.3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from krbcheck.probes.ldap.queries import MOST_RANGES, Search, found_by

GROUP = "CN=Hosts,DC=vmlevel,DC=com"
SEARCH = Search("DC=vmlevel,DC=com", "(objectClass=group)", ("member",), dacl=True)


class Directory:
    """What stands in for ldap3's connection: one group, whose members come `step` at a time."""

    def __init__(self, members: int, step: int) -> None:
        self.members = [f"CN=H{number}".encode() for number in range(members)]
        self.step = step
        self.asked: list[tuple[str, str, Any]] = []

    def search(self, base: str, filter_: str, *, attributes: list[str], **rest: Any) -> tuple[Any, ...]:
        self.asked.append((base, attributes[0], rest["controls"]))
        name, _, span = attributes[0].partition(";range=")
        start = int(span.partition("-")[0]) if span else 0
        held = self.values(name, start)
        return True, {"result": 0}, [{"type": "searchResEntry", "dn": GROUP, "raw_attributes": held}], None

    def values(self, name: str, start: int) -> dict[str, list[bytes]]:
        if start == 0 and len(self.members) <= self.step:
            return {name: self.members}
        part = self.members[start : start + self.step]
        end = "*" if start + self.step >= len(self.members) else str(start + len(part) - 1)
        return {name: [], f"{name};Range={start}-{end}": part}


@pytest.mark.parametrize(("members", "requests"), [(0, 1), (3, 1), (4, 2), (6, 2), (7, 3), (30, 10)])
def test_all_values_are_read(members: int, requests: int) -> None:
    there = Directory(members, 3)
    ((dn, raw),) = found_by(there, SEARCH)
    assert dn == GROUP
    assert raw == {"member": there.members}
    assert len(there.asked) == requests


def test_the_rest_is_asked_of_the_entry_itself_and_in_the_same_manner() -> None:
    there = Directory(7, 3)
    list(found_by(there, SEARCH))
    assert [(base, asked) for base, asked, _ in there.asked] == [
        ("DC=vmlevel,DC=com", "member"),
        (GROUP, "member;range=3-*"),
        (GROUP, "member;range=6-*"),
    ]
    assert len({str(controls) for _, _, controls in there.asked}) == 1


class Endless(Directory):
    """It says each time that there is more, and gives the same."""

    def values(self, name: str, start: int) -> dict[str, list[bytes]]:
        return {f"{name};range={start}-{start}": [b"CN=X"]}


def test_a_directory_that_never_comes_to_the_end_is_left() -> None:
    there = Endless(1, 1)
    ((_, raw),) = found_by(there, SEARCH)
    assert len(raw["member"]) == MOST_RANGES + 1


class Forgetful(Directory):
    """It does not know the rest when it is asked for it."""

    def values(self, name: str, start: int) -> dict[str, list[bytes]]:
        return {} if start else super().values(name, start)


def test_what_a_directory_does_not_go_on_with_ends_there_and_is_said_to_be_cut() -> None:
    there = Forgetful(7, 3)
    ((_, raw),) = found_by(there, SEARCH)
    assert raw == {"member": there.members[:3], "member;range=0-2": []}
    assert len(there.asked) == 2
