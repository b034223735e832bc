"""Raw attributes of a directory entry as text, numbers and SIDs."""

from __future__ import annotations

from krbcheck.probes.ldap.values import number, sids, text, texts

ADMINISTRATORS = bytes((1, 2, 0, 0, 0, 0, 0, 5)) + (32).to_bytes(4, "little") + (544).to_bytes(4, "little")
EVERYONE = bytes((1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0))


def test_an_attribute_is_found_in_any_letter_case() -> None:
    assert text({"cn": [b"alice", b"second"]}, "CN") == "alice"
    assert texts({"cn": [b"alice", b"second"]}, "CN") == ("alice", "second")


def test_an_attribute_that_is_absent_is_empty() -> None:
    assert (text({}, "cn"), texts({}, "cn"), number({}, "flags"), sids({}, "tokenGroups")) == ("", (), None, ())


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    assert text({"cn": [b"a\xffb"]}, "cn") == "a\ufffdb"


def test_a_number_is_decimal_and_may_be_negative() -> None:
    assert number({"flags": [b"-2147483646"]}, "flags") == -2147483646
    assert number({"flags": [b"0x1"]}, "flags") is None


def test_sids_are_sorted_and_what_is_no_sid_is_left_out() -> None:
    assert sids({"tokengroups": [ADMINISTRATORS, EVERYONE, b"rubbish"]}, "tokenGroups") == ("S-1-1-0", "S-1-5-32-544")
