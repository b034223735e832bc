"""Records of group policy: attributes that are missing or damaged, links, and paths outside SYSVOL."""

from __future__ import annotations

import pytest

from krbcheck.collectors.ldap.policy_records import (
    MOST_PATH,
    container,
    files_of,
    policy_files,
    policy_object,
    refusal,
    within_sysvol,
)
from krbcheck.facts.observation import MAX_TEXT
from krbcheck.facts.policy import Link, PolicyObject
from krbcheck.probes.smb.files import FileRead

DN = "CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,DC=vmlevel,DC=com"
DOMAIN = "vmlevel.com"
CONTROLLERS = ("vmdc1.vmlevel.com",)
PATH = r"\\vmlevel.com\SysVol\vmlevel.com\Policies\{31B2F340}"
DENIED, NO_FILE, NO_PATH, SHARING = 0xC0000022, 0xC0000034, 0xC000003A, 0xC0000043


def test_an_object_without_attributes_has_the_defaults_of_the_protocol() -> None:
    assert policy_object(DN, {}) == PolicyObject(DN, "", functionality=2, dacl=None)


def test_an_object_is_read_with_all_of_its_attributes() -> None:
    read = policy_object(
        DN,
        {
            "displayname": [b"Search order"],
            "gpcfilesyspath": [PATH.encode()],
            "versionnumber": [b"65539"],
            "flags": [b"1"],
            "gpcfunctionalityversion": [b"0"],
            "gpcmachineextensionnames": [b"[{35378EAC}{D02B1F72}]"],
            "gpcwqlfilter": [b" [vmlevel.com;{5A}] "],
        },
    )
    assert read == PolicyObject(
        DN, "Search order", PATH, 65539, 1, 0, "[{35378EAC}{D02B1F72}]", "[vmlevel.com;{5A}]", None
    )


def test_a_version_is_an_unsigned_number_and_rubbish_is_zero() -> None:
    """The directory stores it signed (MS-ADTS 3.1.1.2.2.2)."""
    assert policy_object(DN, {"versionnumber": [b"-2147483647"]}).version == 0x80000001
    assert policy_object(DN, {"versionnumber": [b"rubbish"], "flags": [b"x"]}).version == 0


def test_texts_are_cut() -> None:
    read = policy_object("x" * 5000, {"displayname": [b"n" * 5000], "gpcwqlfilter": [b"f" * 5000]})
    assert [len(text) for text in (read.dn, read.name, read.wmi_filter)] == [MAX_TEXT] * 3


def test_links_are_read_in_their_order_with_their_options() -> None:
    raw = {"gplink": [f"[LDAP://{DN};0][ldap://cn=other,DC=x;3] [LDAP://{DN}]".encode()], "gpoptions": [b"1"]}
    read = container("OU=Hosts,DC=vmlevel,DC=com", raw)
    assert read.links == (Link(DN, 0), Link("cn=other,DC=x", 3))
    assert (read.blocks, [link.enforced for link in read.links]) == (True, [False, True])


@pytest.mark.parametrize(("options", "blocks"), [([b"0"], False), ([b"2"], False), ([b"3"], True), ([], False)])
def test_a_container_blocks_inheritance_by_the_lowest_bit(options: list[bytes], blocks: bool) -> None:
    assert container("OU=x", {"gpoptions": options}).blocks is blocks


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        PATH + "\\",
        PATH.upper().replace("{31B2F340}", "{31B2F340}"),
        PATH.replace("\\\\vmlevel", "\\\\vmdc1.vmlevel"),
    ],
)
def test_a_path_in_sysvol_of_the_domain_is_read_in_the_share(path: str) -> None:
    assert within_sysvol(path, DOMAIN, CONTROLLERS).lower() == r"vmlevel.com\policies\{31b2f340}"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="empty"),
        pytest.param(r"\\evil.com\SysVol\vmlevel.com\Policies\x", id="another-server"),
        pytest.param(r"\\vmlevel.com\C$\vmlevel.com\Policies\x", id="another-share"),
        pytest.param(r"\\vmlevel.com\SysVol\evil.com\Policies\x", id="another-domain"),
        pytest.param(r"\\vmlevel.com\SysVol\vmlevel.com", id="the-top"),
        pytest.param(r"C:\vmlevel.com\SysVol\vmlevel.com\Policies\x", id="a-drive"),
        pytest.param(r"\x\vmlevel.com\SysVol\vmlevel.com\Policies\x", id="one-backslash"),
        pytest.param(PATH + r"\..\..\secret", id="dots"),
        pytest.param(PATH + "\\\\x", id="an-empty-part"),
        pytest.param(PATH + "\\x ", id="a-blank-at-the-end"),
        pytest.param(PATH + "\\x:stream", id="a-stream"),
        pytest.param(PATH + "\\x/y", id="a-slash"),
        pytest.param(PATH + "\\x\x1b", id="an-escape"),
        pytest.param(PATH + "\\" + "x" * MOST_PATH, id="too-long"),
    ],
)
def test_a_path_elsewhere_is_not_read(path: str) -> None:
    assert within_sysvol(path, DOMAIN, CONTROLLERS) == ""


def test_the_files_of_a_policy_for_machines() -> None:
    assert files_of(r"vmlevel.com\Policies\{1}") == (
        r"vmlevel.com\Policies\{1}\GPT.INI",
        r"vmlevel.com\Policies\{1}\Machine\Registry.pol",
    )


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((0, 0), 0),
        ((0, NO_FILE), 0),
        ((NO_PATH, NO_PATH), 0),
        ((NO_FILE, DENIED), DENIED),
        ((SHARING, DENIED), SHARING),
    ],
)
def test_a_file_that_does_not_exist_is_no_refusal(statuses: tuple[int, ...], expected: int) -> None:
    assert refusal(*(FileRead(status) for status in statuses)) == expected


def test_a_version_and_settings_are_read_where_the_files_exist() -> None:
    gpt, registry = FileRead(0, 27, b"[General]\r\nVersion=65539\r\n"), FileRead(0, 8, b"PReg\1\0\0\0")
    read = policy_files(gpt, registry)
    assert read.version == 65539
    assert read.registry is not None
    none = policy_files(FileRead(NO_FILE), FileRead(NO_FILE))
    assert (none.version, none.registry) == (None, None)
