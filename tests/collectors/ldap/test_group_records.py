"""Groups out of directory entries: msDS-ReplValueMetaData as Windows writes it, and what is not that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.collectors.ldap.group_records import group
from krbcheck.facts.groups import MemberWritten

CREATED, WRITTEN = datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 3, 9, 30, 1, tzinfo=UTC)
NEVER = "1601-01-01T00:00:00Z"


def value(
    dn: str = "CN=alice-hv01,OU=Hosts,DC=vmlevel,DC=com", *, attribute: str = "member", deleted: str = NEVER
) -> bytes:
    """One value in the form of MS-ADTS 3.1.1.4.5.21, the zero at the end included."""
    return (
        "<DS_REPL_VALUE_META_DATA>\n"
        f"\t<pszAttributeName>{attribute}</pszAttributeName>\n"
        f"\t<pszObjectDn>{dn}</pszObjectDn>\n"
        "\t<cbData>0</cbData>\n\t<pbData></pbData>\n"
        f"\t<ftimeDeleted>{deleted}</ftimeDeleted>\n"
        "\t<ftimeCreated>2026-07-01T08:00:00Z</ftimeCreated>\n"
        "\t<dwVersion>1</dwVersion>\n"
        "\t<ftimeLastOriginatingChange>2026-07-03T09:30:01Z</ftimeLastOriginatingChange>\n"
        "\t<uuidLastOriginatingDsaInvocationID>9d6e5c2b-0000-4000-8000-000000000000"
        "</uuidLastOriginatingDsaInvocationID>\n"
        "\t<usnOriginatingChange>12843</usnOriginatingChange>\n"
        "\t<usnLocalChange>12843</usnLocalChange>\n"
        "\t<pszLastOriginatingDsaDN>CN=NTDS Settings,CN=DC1</pszLastOriginatingDsaDN>\n"
        "</DS_REPL_VALUE_META_DATA>\n\0"
    ).encode()


def written(*values: bytes, option: str = "") -> tuple[MemberWritten, ...] | None:
    return group("CN=G", {f"msds-replvaluemetadata{option}": values}).members


def test_a_member_has_its_first_and_its_last_moment() -> None:
    dn = "CN=alice-hv01,OU=Hosts,DC=vmlevel,DC=com"
    assert written(value()) == (MemberWritten(dn, CREATED, WRITTEN),)


def test_a_removed_member_is_kept_as_removed() -> None:
    (found,) = written(value(deleted="2026-07-03T09:30:01Z")) or ()
    assert found.removed


def test_a_dn_is_unescaped() -> None:
    (found,) = written(value("CN=R&amp;D &lt;1&gt;,DC=x")) or ()
    assert found.dn == "CN=R&D <1>,DC=x"


def test_values_of_other_attributes_are_left_out() -> None:
    assert written(value(attribute="managedBy"), value("CN=a")) == (MemberWritten("CN=a", CREATED, WRITTEN),)


@pytest.mark.parametrize(
    ("option", "cut"), [("", False), (";range=0-999", True), (";range=0-*", False), (";range=1000-*", False)]
)
def test_the_first_range_of_a_large_group_is_known_to_be_that(option: str, cut: bool) -> None:
    found = group("CN=G", {"msds-replvaluemetadata": [], f"msds-replvaluemetadata{option}": [value()]})
    assert (found.cut, len(found.members or ())) == (cut, 1)


def test_a_directory_that_does_not_tell_is_not_one_without_members() -> None:
    found = group("CN=G", {"samaccountname": [b"G"], "whenchanged": [b"20260703093001.0Z"]})
    assert (found.name, found.members, found.changed) == ("G", None, WRITTEN)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\xff\xfe",
        b"<a>" * 100_000,
        value().replace(b"2026-07-03T09:30:01Z", b"yesterday"),
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        value()[:150],
    ],
    ids=["empty", "no-text", "deep", "no-time", "entities", "cut-off"],
)
def test_what_is_no_value_is_left_out(rubbish: bytes) -> None:
    assert written(rubbish) is None


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_any_bytes_are_read_or_left_out(data: bytes, stamp: bytes) -> None:
    found = group("CN=G", {"msds-replvaluemetadata": [data, value() + data], "whenchanged": [stamp]})
    assert len(found.members or ()) <= 2
