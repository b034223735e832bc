"""SIDs, times and accounts out of raw attributes, whatever a directory holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.collectors.ldap import records
from krbcheck.probes.ldap.queries import Entry
from krbcheck.windows.descriptor import sid
from krbcheck.windows.spn_forms import forms

ALICE_SID = bytes.fromhex("010500000000000515000000" + "01000000" + "02000000" + "03000000" + "51040000")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (ALICE_SID, "S-1-5-21-1-2-3-1105"),
        (bytes.fromhex("0101000000000005" + "12000000"), "S-1-5-18"),
        (bytes.fromhex("0100000000000005"), "S-1-5"),
        (bytes.fromhex("0101" + "ffffffffffff" + "ffffffff"), f"S-1-{(1 << 48) - 1}-{(1 << 32) - 1}"),
        (b"", ""),
        (ALICE_SID[:-1], ""),
        (ALICE_SID + b"\0", ""),
    ],
)
def test_a_sid_is_written_as_everybody_writes_it(data: bytes, text: str) -> None:
    assert sid(data) == text


@pytest.mark.parametrize(
    ("ticks", "moment"),
    [
        (133_645_248_000_000_000, datetime(2024, 7, 4, tzinfo=UTC)),
        (1, datetime(1601, 1, 1, tzinfo=UTC)),
        (None, None),
        (0, None),
        (0x7FFFFFFFFFFFFFFF, None),
        (0x7FFFFFFFFFFFFFFE, None),
        (-1, datetime(1600, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        (-(1 << 62), None),
    ],
)
def test_a_filetime_is_a_moment_or_never(ticks: int | None, moment: datetime | None) -> None:
    assert records.moment(ticks) == moment


def test_an_account_has_what_its_attributes_say() -> None:
    raw = {
        "samaccountname": [b"VMSTORE$"],
        "objectsid": [ALICE_SID],
        "objectclass": [b"top", b"computer"],
        "useraccountcontrol": [b"4098"],
        "accountexpires": [b"9223372036854775807"],
        "pwdlastset": [b"133645248000000000"],
        "msds-supportedencryptiontypes": [b"24"],
        "serviceprincipalname": [b"cifs/vmstore", b"HOST/vmstore"],
        "dnshostname": [b"vmstore.tintri.com"],
    }
    entry = records.account("CN=VMSTORE,DC=tintri,DC=com", raw, ("S-1-5-21-1",))
    assert (entry.sam, entry.sid, entry.classes) == ("VMSTORE$", "S-1-5-21-1-2-3-1105", ("top", "computer"))
    assert (entry.disabled, entry.expires, entry.etypes) == (True, None, 24)
    assert entry.password_set == datetime(2024, 7, 4, tzinfo=UTC)
    assert (entry.spns, entry.dns_name, entry.groups) == (
        ("cifs/vmstore", "HOST/vmstore"),
        "vmstore.tintri.com",
        ("S-1-5-21-1",),
    )


def test_what_is_absent_is_not_zero() -> None:
    entry = records.account("CN=x", {})
    assert (entry.etypes, entry.expires, entry.password_set, entry.groups) == (None, None, None, None)
    assert not entry.disabled


def test_a_trust_has_what_its_attributes_say() -> None:
    raw = {
        "trustpartner": [b"VMLEVEL.COM"],
        "flatname": [b"VMLEVEL"],
        "securityidentifier": [ALICE_SID],
        "trustdirection": [b"3"],
        "trusttype": [b"2"],
        "trustattributes": [b"4"],
    }
    entry = records.trust(raw)
    assert (entry.partner, entry.flat_name, entry.direction, entry.kind, entry.attributes, entry.etypes) == (
        "vmlevel.com",
        "VMLEVEL",
        3,
        2,
        4,
        None,
    )


NAMES = [name.lower() for name in (*records.ACCOUNT_ATTRIBUTES, *records.TRUST_ATTRIBUTES)]
HOSTILE = st.dictionaries(
    st.sampled_from(NAMES),
    st.lists(st.one_of(st.binary(max_size=40), st.integers().map(lambda entry: str(entry).encode())), max_size=3),
)


@given(HOSTILE)
def test_any_attributes_make_a_record(raw: dict[str, list[bytes]]) -> None:
    assert records.account("CN=x", raw).dn == "CN=x"
    assert isinstance(records.trust(raw).direction, int)
    assert isinstance(records.identity(raw, raw, "f", raw, ()).sid, str)


def test_the_forms_of_an_spn_begin_with_itself() -> None:
    assert forms("cifs/vmstore-alice.tintri.com") == (
        "cifs/vmstore-alice.tintri.com",
        "cifs/vmstore-alice.tintri.com:445",
        "cifs/vmstore-alice",
        "HOST/vmstore-alice.tintri.com",
        "HOST/vmstore-alice.tintri.com:445",
        "HOST/vmstore-alice",
    )


def test_a_short_name_has_no_form_twice() -> None:
    assert forms("cifs/vmstore") == ("cifs/vmstore", "cifs/vmstore:445", "HOST/vmstore", "HOST/vmstore:445")


@pytest.mark.parametrize(
    ("found", "groups"),
    [
        ([("CN=host", {"tokengroups": [ALICE_SID]})], ("S-1-5-21-1-2-3-1105",)),
        ([("CN=host", {})], None),
        ([], None),
    ],
    ids=["read", "denied", "no-entry"],
)
def test_token_groups_that_the_reader_is_denied_are_not_no_groups(
    found: list[Entry], groups: tuple[str, ...] | None
) -> None:
    assert records.token_groups(found) == groups
