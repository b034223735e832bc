"""Members of the wrong type count as absent, texts are cut, and rubbish never raises anything but NoAnswer."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.vmstore import MOST_TEXT
from krbcheck.probes.rest import inventory, shapes, vmstore

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), (7, "7"), (True, ""), (None, ""), (1.5, ""), ({}, ""), ("x" * 9999, "x" * MOST_TEXT)],
)
def test_a_text(value: object, expected: str) -> None:
    assert shapes.text(value) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"ipCidr": "10.77.0.40/24"}, ("10.77.0.40", 24)),
        ({"ipCidr": "fd00::40/64"}, ("fd00::40", 64)),
        ({"ip": "10.77.0.40", "netmask": "255.255.255.0"}, ("10.77.0.40", 24)),
        ({"ip": "10.77.0.40"}, ("10.77.0.40", None)),
        ({"ipCidr": "10.77.0.40/99"}, ("10.77.0.40", None)),
        ({"ipCidr": "a name"}, ("a name", None)),
        ({}, ("", None)),
    ],
)
def test_an_address(entry: dict[str, str], expected: tuple[str, int | None]) -> None:
    assert shapes.address(entry) == expected


@pytest.mark.parametrize(("value", "expected"), [("untagged", 0), ("11", 11), (11, 11), ("", None), ("eleven", None)])
def test_a_vlan(value: object, expected: int | None) -> None:
    assert shapes.vlan(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("S-1-5-32-544", ("S-1-5-32-544",)),
        ({"typeId": "x", "name": "g", "id": "1"}, ("1", "g")),
        ({"uuid": {"typeId": "x", "uuid": "u"}, "name": "g"}, ("u", "g")),
        ([], ()),
    ],
)
def test_the_texts_of_a_group(value: object, expected: tuple[str, ...]) -> None:
    assert shapes.all_texts(value) == expected


def test_what_is_no_object_is_malformed() -> None:
    with pytest.raises(NoAnswer) as raised:
        shapes.an_object([], "a role")
    assert (raised.value.gap, raised.value.detail) == (Gap.MALFORMED, "a role is not a JSON object")


@given(JSON)
def test_no_reply_raises_anything_but_no_answer(value: Any) -> None:
    entries = (value, {"uuid": value, "vmware": value, "externalGroups": [value], "ipCidr": value, "role": value})
    for parse in (
        vmstore._identity, vmstore._appliance, vmstore._smb_settings, vmstore._encryption_types, vmstore._acl,
        inventory._disk_list,
    ):  # fmt: skip
        for reply in (value, {"shareDacl": value, "roles": value, "items": value}):
            _unless_malformed(lambda parse=parse, reply=reply: parse(reply))
    for parse_list in (
        vmstore._addresses, vmstore._shares, vmstore._roles, vmstore._groups, vmstore._accounts,
        inventory._licenses, inventory._managers, inventory._machines, inventory._snapshots,
    ):  # fmt: skip
        for entry in entries:
            _unless_malformed(lambda parse=parse_list, entry=entry: parse((entry,), True))


def _unless_malformed(read: Any) -> None:
    with suppress(NoAnswer):
        read()
