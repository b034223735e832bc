"""Entries of an account's DACL that concern "Allowed to authenticate"."""

from __future__ import annotations

import pytest

from krbcheck.facts.admissions import AccountDacl, about_authenticating
from krbcheck.windows.descriptor import Ace

AUTHENTICATE = "68b1d179-0d15-4d4f-ab71-46152e79a7bc"
RESET_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"
CONTROL_ACCESS, WRITE_PROPERTY, GENERIC_ALL_OF_AN_OBJECT = 0x100, 0x20, 0xF01FF


@pytest.mark.parametrize(
    ("mask", "right", "about"),
    [
        (CONTROL_ACCESS, AUTHENTICATE, True),
        (CONTROL_ACCESS, "", True),
        (GENERIC_ALL_OF_AN_OBJECT, "", True),
        (CONTROL_ACCESS, RESET_PASSWORD, False),
        (WRITE_PROPERTY, AUTHENTICATE, False),
    ],
)
def test_an_entry_concerns_it_by_its_mask_and_its_right(mask: int, right: str, about: bool) -> None:
    """MS-ADTS 5.1.3.2: an extended right is named by a GUID; without one, the entry is for all of them."""
    assert about_authenticating(Ace(True, mask, "S-1-5-11", right=right)) is about


def test_a_dacl_that_is_not_returned_is_not_an_empty_one() -> None:
    assert AccountDacl("").summary() == "no such account"
    assert AccountDacl("CN=VMSTORE").summary() == "CN=VMSTORE: DACL not returned"
    assert AccountDacl("CN=VMSTORE", ()).summary() == "CN=VMSTORE: DACL of 0 entries"
