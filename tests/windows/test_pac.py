"""PACs of Windows, Samba and Heimdal, read right; bytes that are none, refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from krbcheck.facts.observation import Gap
from krbcheck.windows import der, pac
from krbcheck.windows.pac import Pac
from tests.support.gaps import NO_ANSWERS, gap_of

DOMAIN = "S-1-5-21-1-2-3"


def read(data: bytes) -> Pac | None:
    """None where the bytes are refused; anything else than NoAnswer(MALFORMED) fails the test."""
    try:
        return pac.groups(data)
    except NO_ANSWERS as refused:
        if gap_of(refused) is not Gap.MALFORMED:
            raise
        return None


def expected(logon: dict[str, Any]) -> tuple[str, str, str, set[str], set[str], set[str]]:
    home = logon["LogonDomainId"]
    groups = {f"{home}-{rid}" for rid, _ in logon["GroupIds"]} | {f"{home}-{logon['PrimaryGroupId']}"}
    extra = {sid for sid, _ in logon["ExtraSids"]}
    resource = {f"{logon['ResourceGroupDomainSid']}-{rid}" for rid, _ in logon["ResourceGroupIds"]}
    return logon["EffectiveName"], logon["LogonDomainName"], f"{home}-{logon['UserId']}", groups, extra, resource


def seen(entry: Pac) -> tuple[str, str, str, set[str], set[str], set[str]]:
    return entry.name, entry.domain, entry.account, set(entry.groups), set(entry.extra), set(entry.resource)


def test_every_recorded_pac_reads_as_its_expected_values_say(vectors: Path) -> None:
    folder = vectors / "pac"
    whole = json.loads((folder / "EXPECTED-decoded-by-impacket.json").read_text())
    for name, entry in whole.items():
        data = (folder / name).read_bytes()
        if "adtypes" in entry:
            data = pac.authorization_pac(data) or b""
        found = pac.validation_info(data) if "LOGON_INFO" not in entry else pac.groups(data)
        assert seen(found) == expected(entry.get("LOGON_INFO", entry)), name
        if "CLIENT_INFO" in entry:
            assert f"{found.authtime:%Y-%m-%dT%H:%M:%SZ}" == entry["CLIENT_INFO"]["ClientId"], name
            assert list(found.buffers) == entry["types"], name
    assert len(whole) > 30


def test_every_decrypted_ticket_has_the_groups_that_were_expected(vectors: Path) -> None:
    tickets = json.loads((vectors / "kerberos-msg" / "EXPECTED-tickets-decrypted.json").read_text())
    read_ = 0
    for name, entry in tickets.items():
        file = vectors / "pac" / f"{name}.bin"
        if file.exists() and "LOGON_INFO" in entry.get("pac", {}):
            assert seen(pac.groups(file.read_bytes())) == expected(entry["pac"]["LOGON_INFO"]), name
            read_ += 1
    assert read_ > 10


def test_what_a_fuzzer_made_is_refused(vectors: Path) -> None:
    for name in ("mit-fuzz1-bad.bin", "mit-fuzz2-bad.bin"):
        assert read((vectors / "pac" / name).read_bytes()) is None


def test_claims_and_new_buffers_are_passed_over(vectors: Path) -> None:
    found = pac.groups((vectors / "pac" / "heimdal-extra_logon_info.bin").read_bytes())
    assert found.extra == ("S-1-18-1", "S-1-5-21-0-0-0-497")
    assert found.buffers == (1, 10, 12, 13, 17, 18, 6, 7)


def made(*, flags: int = 0x20, rids: int = 2, extra: int = 1, count: int | None = None) -> bytes:
    """A PAC with a logon information of ours: RIDs from 1000 on, extra SIDs S-1-5-21-9-9-9-N."""

    def sid(*parts: int) -> bytes:
        return struct.pack(f"<IBB6s{len(parts)}I", len(parts), 1, len(parts), (5).to_bytes(6, "big"), *parts)

    text = "host$".encode("utf-16-le")
    fixed = bytes(48) + struct.pack("<HHI", len(text), len(text), 1) + bytes(40) + bytes(4)
    fixed += struct.pack("<5I", 1104, 515, rids if count is None else count, 2, flags) + bytes(16) + bytes(16)
    fixed += struct.pack("<I", 3) + bytes(40) + struct.pack("<5I", extra, 4 if extra else 0, 0, 0, 0)
    body = struct.pack("<III", 5, 0, 5) + text + bytes(2)
    body += struct.pack("<I", rids) + b"".join(struct.pack("<II", 1000 + number, 7) for number in range(rids))
    body += sid(21, 1, 2, 3)
    if extra:
        body += struct.pack("<I", extra) + struct.pack("<II", 9, 7) * extra
        body += b"".join(sid(21, 9, 9, 9, number) for number in range(extra))
    logon = b"\x01\x10\x08\x00" + b"\xcc" * 4 + struct.pack("<II", 4 + len(fixed) + len(body), 0)
    logon += struct.pack("<I", 7) + fixed + body
    return struct.pack("<II", 1, 0) + struct.pack("<IIQ", 1, len(logon), 24) + logon


def test_the_primary_group_is_one_of_the_groups() -> None:
    found = pac.groups(made())
    assert found.groups == (f"{DOMAIN}-1000", f"{DOMAIN}-1001", f"{DOMAIN}-515")
    assert found.primary == f"{DOMAIN}-515"
    assert found.sids == {*found.groups, "S-1-5-21-9-9-9-0"}


def test_extra_groups_count_only_where_the_flag_says_so() -> None:
    assert pac.groups(made(flags=0)).extra == ()


def test_a_thousand_groups_are_read() -> None:
    assert len(pac.groups(made(rids=1000, extra=25)).sids) == 1026


@pytest.mark.parametrize("count", [0, 1, 3, 0xFFFFFFFF], ids=["none", "fewer", "more", "four-thousand-million"])
def test_a_count_that_is_not_the_arrays_is_malformed(count: int) -> None:
    assert read(made(count=count)) is None


HEADER, NAME, SID = 24, 24 + 16 + 4 + 48, made().index(b"\x01\x04\0\0\0\0\0\5\x15")


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (HEADER + 16, 0),  # no logon information
        (HEADER + 16 + 4 + 152, 0),  # no domain
        (HEADER, 2),  # version of the type serialization
        (HEADER + 1, 0),  # byte order
        (HEADER + 2, 9),  # length of the header
        (NAME, 9),  # an odd number of bytes
        (NAME + 2, 8),  # a string longer than it may be
        (NAME + 4, 0),  # a string without a pointer
        (SID, 2),  # revision
        (SID + 1, 3),  # fewer parts than the array has
    ],
)
def test_what_contradicts_itself_is_malformed(position: int, value: int) -> None:
    data = bytearray(made())
    data[position] = value
    assert read(bytes(data)) is None


def test_a_string_that_does_not_start_at_its_start_is_malformed() -> None:
    data = bytearray(made())
    data[data.index(b"h\0o\0s\0t") - 8] = 1
    assert read(bytes(data)) is None


@pytest.mark.parametrize(("behind", "value"), [(-12, 4), (-4, 4), (-4, 6)], ids=["no room", "shorter", "longer"])
def test_a_string_of_another_length_than_its_header_says_is_malformed(behind: int, value: int) -> None:
    """Before the text stand how many units there may be, where it starts, and how many there are."""
    data = bytearray(made())
    data[data.index(b"h\0o\0s\0t") + behind] = value
    assert read(bytes(data)) is None


def test_every_truncation_of_the_logon_information_is_malformed() -> None:
    logon = made()[24:]
    for size in range(len(logon)):
        with pytest.raises(NO_ANSWERS, match="not readable"):
            pac.validation_info(logon[:size])


@pytest.mark.parametrize(
    ("position", "value", "words"),
    [(4, 1, "version 1 with 1"), (0, 65, "version 0 with 65"), (0, 2, "buffer 99 lies outside")],
    ids=["version", "too many buffers", "a buffer that lies outside"],
)
def test_a_head_that_is_none_is_malformed(position: int, value: int, words: str) -> None:
    data = bytearray(made() + bytes(4096))
    data[position] = value
    if value == 2:
        data[24:40] = struct.pack("<IIQ", 99, 16, len(data) - 8)
        data[16:24] = struct.pack("<Q", 40)
        data[40:] = made()[24:]
    with pytest.raises(NO_ANSWERS, match=words):
        pac.groups(bytes(data))


def test_a_sid_has_at_most_fifteen_parts() -> None:
    logon = made(extra=0)[24:]
    start = SID - 4 - 24
    for parts in (15, 16):
        sid = struct.pack(f"<IBB6s{parts}I", parts, 1, parts, (5).to_bytes(6, "big"), *range(parts))
        longer = logon[:start] + sid
        if parts == 15:
            assert pac.validation_info(longer).account.endswith("-14-1104")
        else:
            with pytest.raises(NO_ANSWERS, match="a SID of 16 parts"):
                pac.validation_info(longer)


def test_resource_groups_without_their_domain_are_malformed() -> None:
    logon = bytearray(made()[24:] + struct.pack("<III", 1, 500, 7))
    logon[20 + 196 + 12 : 20 + 196 + 20] = struct.pack("<II", 1, 6)
    with pytest.raises(NO_ANSWERS, match="groups without their domain"):
        pac.validation_info(bytes(logon))


FIXED, BODY, TEXT, RIDS = 20, 20 + 216, 24, 20
"""Within the logon information: its fixed part, what its pointers lead to, the name's and the RIDs' share of that."""


def with_number(logon: bytearray, position: int, value: int) -> bytearray:
    logon[position : position + 4] = struct.pack("<I", value)
    return logon


def refused(logon: bytearray) -> bool:
    try:
        pac.validation_info(bytes(logon))
    except NO_ANSWERS as none:
        return gap_of(none) is Gap.MALFORMED
    return False


def test_what_is_stated_and_is_not_there_is_malformed() -> None:
    whole = bytearray(made()[24:])
    assert not refused(whole)
    shorter = whole.copy()
    shorter[FIXED + 48] = 8
    assert refused(shorter), "a string of four units that has five"
    odd = whole.copy()
    odd[FIXED + 48], odd[FIXED + 50] = 11, 11
    assert refused(odd), "a string of eleven bytes"
    no_text = with_number(whole.copy(), FIXED + 52, 0)
    del no_text[BODY : BODY + TEXT]
    assert refused(no_text), "a string of ten bytes that is nowhere"
    no_rids = with_number(whole.copy(), FIXED + 112, 0)
    del no_rids[BODY + TEXT : BODY + TEXT + RIDS]
    assert refused(no_rids), "two groups that are nowhere"
    assert refused(with_number(whole.copy(), FIXED + 200, 0)), "an extra SID that is nowhere"
    assert refused(with_number(whole.copy(), BODY + TEXT + RIDS + 28, 0)), "an array of another count"


def test_an_extra_sid_without_a_pointer_is_none() -> None:
    logon = with_number(bytearray(made()[24:]), BODY + TEXT + RIDS + 28 + 4, 0)
    assert pac.validation_info(bytes(logon)).extra == ()


def test_the_moment_of_the_logon_is_told_where_a_calendar_holds_it() -> None:
    logon = made()[24:]

    def with_client(data: bytes) -> bytes:
        head = struct.pack("<II", 2, 0) + struct.pack("<IIQ", 1, len(logon), 40)
        return head + struct.pack("<IIQ", 10, len(data), 40 + len(logon)) + logon + data

    assert pac.groups(made()).authtime is None
    assert pac.groups(with_client(b"\xff" * 10)).authtime is None
    reply = pac.groups(with_client(struct.pack("<QH", 133_000_000_000_000_000, 0))).authtime
    assert reply is not None
    assert reply.year == 2022


def test_what_is_no_if_relevant_container_is_not_looked_into() -> None:
    def entry(kind: int, content: bytes) -> bytes:
        return der.sequence(der.sequence(der.context(0, der.integer(kind)), der.context(1, der.octets(content))))

    inner = entry(128, b"a PAC")
    assert pac.authorization_pac(entry(1, inner)) == b"a PAC"
    assert pac.authorization_pac(inner) == b"a PAC"
    assert pac.authorization_pac(entry(4, inner)) is None


def test_every_truncation_is_malformed() -> None:
    whole = made()
    assert [size for size in range(len(whole)) if read(whole[:size]) is not None] == []


@given(st.binary(max_size=600))
@settings(max_examples=200, deadline=None)
def test_bytes_that_are_no_pac_are_refused(data: bytes) -> None:
    assert read(data) is None


@given(st.lists(st.tuples(st.integers(0, len(made()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_a_damaged_pac_is_read_or_refused_and_never_grows(changes: list[tuple[int, int]]) -> None:
    data = bytearray(made())
    for position, value in changes:
        data[position] = value
    found = read(bytes(data))
    assert found is None or len(found.sids) <= len(made()) // 4


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_authorization_data_of_any_bytes_is_read_or_refused(data: bytes) -> None:
    try:
        pac.authorization_pac(data)
    except NO_ANSWERS as refused:
        if gap_of(refused) is not Gap.MALFORMED:
            raise
