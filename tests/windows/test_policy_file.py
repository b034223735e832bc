"""Registry.pol and GPT.INI: read right where they are right, and said to be wrong, and where, when they are not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from krbcheck.windows import policy_file
from krbcheck.windows.policy_file import CLIENT_KEY, KDC_KEY, MOST_BYTES, Setting, read_registry, read_version

Bytes = Callable[..., bytes]


def said(data: bytes) -> tuple[str, int]:
    found = read_registry(data)
    return found.malformed, found.at


def test_both_values_are_read_in_their_order(registry_pol: Bytes, entry: Bytes) -> None:
    data = registry_pol(entry("UseForestSearch", 1), entry("ForestSearchList", "tintri.com;fabric.com"))
    assert read_registry(data).settings == (
        Setting(CLIENT_KEY, "UseForestSearch", 4, number=1),
        Setting(CLIENT_KEY, "ForestSearchList", 1, "tintri.com;fabric.com"),
    )


def test_a_semicolon_and_brackets_within_data_are_data(registry_pol: Bytes, entry: Bytes) -> None:
    data = registry_pol(entry("ForestSearchList", "a.com];[b;c"), entry("UseForestSearch", 1))
    found = read_registry(data)
    assert [setting.text for setting in found.settings] == ["a.com];[b;c", ""]
    assert (found.entries, found.malformed) == (2, "")


def test_keys_and_values_are_found_in_any_letter_case(registry_pol: Bytes, entry: Bytes) -> None:
    data = registry_pol(entry("USEFORESTSEARCH", 1, key=KDC_KEY.upper()))
    assert read_registry(data).settings == (Setting(KDC_KEY.upper(), "USEFORESTSEARCH", 4, number=1),)


def test_other_settings_are_counted_and_left(registry_pol: Bytes, entry: Bytes) -> None:
    found = read_registry(registry_pol(entry("Enable", 1, key="Software\\Policies\\x"), entry("SkewTime", 5)))
    assert (found.entries, found.settings) == (2, ())


@pytest.mark.parametrize(
    ("name", "key", "kept"),
    [
        ("**Del.ForestSearchList", CLIENT_KEY, True),
        ("**DelVals.", CLIENT_KEY, True),
        ("**DeleteValues", CLIENT_KEY, True),
        ("**DeleteKeys", CLIENT_KEY.removesuffix("\\parameters"), True),
        ("**DeleteKeys", "", True),
        ("**DeleteKeys", "software\\other", False),
        ("**Del.ForestSearchList", "software\\other", False),
    ],
)
def test_deletions_are_kept_where_they_reach_the_search_order(
    registry_pol: Bytes, entry: Bytes, name: str, key: str, kept: bool
) -> None:
    found = read_registry(registry_pol(entry(name, "Parameters", key=key)))
    assert [setting.name for setting in found.settings] == ([name] if kept else [])


@pytest.mark.parametrize(
    ("kind", "value", "text", "number"),
    [
        pytest.param(2, "tintri.com", "tintri.com", None, id="REG_EXPAND_SZ"),
        pytest.param(7, "a.com\0b.com\0", "a.com\0b.com", None, id="REG_MULTI_SZ"),
        pytest.param(5, b"\0\0\0\1", "", 1, id="REG_DWORD_BIG_ENDIAN"),
        pytest.param(4, b"\1\0", "0100", None, id="REG_DWORD of two bytes"),
        pytest.param(3, b"\xde\xad", "dead", None, id="REG_BINARY"),
        pytest.param(1, b"", "", None, id="REG_SZ without bytes"),
    ],
)
def test_every_registry_type_is_told(
    registry_pol: Bytes, entry: Bytes, kind: int, value: str | bytes, text: str, number: int | None
) -> None:
    found = read_registry(registry_pol(entry("ForestSearchList", value, kind=kind))).settings[0]
    assert (found.kind, found.text, found.number) == (kind, text, number)


def test_what_is_cut_off_says_where(registry_pol: Bytes, entry: Bytes) -> None:
    whole = registry_pol(entry("UseForestSearch", 1), entry("ForestSearchList", "tintri.com"))
    second = len(registry_pol(entry("UseForestSearch", 1)))
    for size in range(len(whole)):
        found = read_registry(whole[:size])
        if size in (8, second):
            assert not found.malformed
        else:
            assert found.malformed
            assert found.at <= size
            assert len(found.settings) == (1 if size > second else 0)


def test_a_size_beyond_the_end_is_malformed_at_the_data(registry_pol: Bytes, entry: Bytes) -> None:
    data = bytearray(registry_pol(entry("UseForestSearch", 1)))
    data[-12:-8] = (0xFFFFFFF0).to_bytes(4, "little")
    assert said(bytes(data)) == ("data of 4294967280 bytes, where 6 are left", len(data) - 6)


def test_a_size_too_small_is_malformed_at_the_bracket(registry_pol: Bytes, entry: Bytes) -> None:
    data = bytearray(registry_pol(entry("UseForestSearch", 1)))
    data[-12:-8] = (2).to_bytes(4, "little")
    assert said(bytes(data)) == ("']' is missing", len(data) - 4)


@pytest.mark.parametrize(
    ("data", "why", "at"),
    [
        pytest.param(b"", "cut off within the header", 0, id="empty"),
        pytest.param(b"PReg\x01\0", "cut off within the header", 6, id="half a header"),
        pytest.param(b"PReg\x02\0\0\0", "not a policy file of version 1", 4, id="version 2"),
        pytest.param(b"<html>", "not a policy file of version 1", 0, id="a web page"),
        pytest.param(b"PReg\x01\0\0\0[", "cut off", 8, id="half a bracket"),
        pytest.param(b"PReg\x01\0\0\0rubbish!", "'[' is missing", 8, id="rubbish after the header"),
    ],
)
def test_what_is_no_policy_file_says_so(data: bytes, why: str, at: int) -> None:
    assert said(data) == (why, at)


def test_a_hundred_megabytes_are_not_read(registry_pol: Bytes) -> None:
    data = registry_pol(bytes(100 << 20))
    started = time.perf_counter()
    assert said(data) == (f"longer than {MOST_BYTES} bytes, not read", MOST_BYTES)
    assert time.perf_counter() - started < 1
    assert read_registry(data[:MOST_BYTES], len(data)).size == len(data)


def test_a_file_of_which_only_a_part_came_is_malformed(registry_pol: Bytes, entry: Bytes) -> None:
    data = registry_pol(entry("UseForestSearch", 1))
    found = read_registry(data, len(data) + 10)
    assert (found.malformed, found.at, found.settings) == (f"only {len(data)} bytes came", len(data), ())


def test_the_settings_of_one_file_are_bounded(registry_pol: Bytes, entry: Bytes) -> None:
    found = read_registry(registry_pol(*[entry("UseForestSearch", 1)] * 1000))
    assert len(found.settings) == policy_file.MOST_SETTINGS
    assert found.malformed == "more than 64 entries about the search order"


def test_long_names_and_texts_are_cut(registry_pol: Bytes, entry: Bytes) -> None:
    found = read_registry(registry_pol(entry("ForestSearchList", "a" * 100_000))).settings[0]
    assert len(found.text) == policy_file.MOST_TEXT


@pytest.mark.parametrize("half", ["Machine", "User"])
def test_the_files_of_the_windows_editor_are_read_entry_for_entry(vectors: Path, half: str) -> None:
    folder = vectors / "gpo" / "samba-gpo-1E1DC8EA"
    reply = ElementTree.parse(folder / f"{half}.Registry.pol.xml").getroot()
    data = (folder / f"{half}.Registry.pol").read_bytes()
    found = list(policy_file.entries(data))
    assert [(entry.key, entry.name, str(entry.kind)) for entry in found] == [
        (element.findtext("Key"), element.findtext("ValueName") or "", element.get("type")) for element in reply
    ]
    numbers = [element.findtext("Value") for element in reply if element.get("type_name") == "REG_DWORD"]
    assert [str(int.from_bytes(entry.data, "little")) for entry in found if entry.kind == 4] == numbers
    assert read_registry(data).entries == int(reply.get("num_entries", ""))


@pytest.mark.parametrize(("name", "entries"), [("nsacyber-firewall", 24), ("nsacyber-empty-8byte", 0)])
def test_other_real_files_are_read_to_their_end(vectors: Path, name: str, entries: int) -> None:
    found = read_registry((vectors / "gpo" / f"{name}.registry.pol").read_bytes())
    assert (found.entries, found.malformed, found.settings) == (entries, "", ())


@pytest.mark.parametrize(
    ("data", "version"),
    [
        (b"[General]\r\nVersion=65539\r\n", 65539),
        (b"\xef\xbb\xbf[General]\nversion = 7\n", 7),
        ("[General]\r\nVersion=3\r\n".encode("utf-16"), 3),
        (b"[Other]\nVersion=9\n[ general ]\nVersion=4", 4),
        (b"[Other]\nVersion=9\n", None),
        (b"[General]\nVersion=many\n", None),
        (b"[General]\nVersion=99999999999999999999\n", None),
        (b"", None),
        (b"\xff\xfe\x00", None),
    ],
)
def test_the_version_of_gpt_ini(data: bytes, version: int | None) -> None:
    assert read_version(data) == version


def test_the_version_of_a_real_gpt_ini(vectors: Path) -> None:
    assert read_version((vectors / "gpo" / "samba-gpo-1E1DC8EA" / "GPT.INI").read_bytes()) == 1179715
