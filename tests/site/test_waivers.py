"""Files of waivers: what they state, and the one line for each mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from krbcheck.cli.schemas import schema
from krbcheck.site.reading import SiteError
from krbcheck.site.waivers import Waiver, read_waivers

CODES = ("spn.enctypes/implicit", "spn.enctypes/no-aes", "smb.one/enabled")
GOOD = """\
krbcheck: 1
waivers:
  - code: spn.enctypes/implicit
    subject: VMSTORE$@TINTRI.COM
    reason: the storage gets AES keys with the next firmware
    owner: storage team
    until: 2027-03-31
"""


def read(tmp_path: Path, text: str) -> tuple[Waiver, ...]:
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    return read_waivers(path, CODES)


def test_a_waiver_is_read_and_the_schema_accepts_it(tmp_path: Path) -> None:
    reason = "the storage gets AES keys with the next firmware"
    assert read(tmp_path, GOOD) == (
        Waiver("spn.enctypes/implicit", "VMSTORE$@TINTRI.COM", reason, "storage team", date(2027, 3, 31)),
    )
    jsonschema.validate(yaml.load(GOOD, yaml.BaseLoader) | {"krbcheck": 1}, schema("waivers"))


def test_a_file_may_have_no_waivers_yet(tmp_path: Path) -> None:
    assert read(tmp_path, "krbcheck: 1\nwaivers: []\n") == ()
    with pytest.raises(SiteError, match=r"waivers\.yaml:2: waivers is empty, not a list; a list of .* or \[\]$"):
        read(tmp_path, "krbcheck: 1\nwaivers:\n")


@pytest.mark.parametrize(
    ("pattern", "subject", "fits"),
    [
        ("cifs/vmstore-*", "cifs/vmstore-alice.tintri.com", True),
        ("CIFS/VMSTORE-ALICE.tintri.com", "cifs/vmstore-alice.tintri.com", True),
        ("vmstore", "cifs/vmstore-alice.tintri.com", False),
        ("host0?", "host01", True),
        ("host0?", "host012", False),
        ("a.b", "axb", False),
        (r"h$@R on \\p\s[1]", r"h$@R on \\p\s[1]", True),
        ("*", "", True),
    ],
)
def test_the_pattern_fits_the_whole_subject(pattern: str, subject: str, fits: bool) -> None:
    waiver = Waiver("smb.one/enabled", pattern, "r", "o", date(2027, 1, 1))
    assert waiver.concerns("smb.one/enabled", subject) is fits
    assert not waiver.concerns("smb.one/other", subject)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (GOOD.replace("implicit", "implict"), 3, "no finding has the code 'spn.enctypes/implict'; did you mean"),
        (GOOD.replace("spn.enctypes/implicit", "x.y/z"), 3, "no finding has the code 'x.y/z'; codes are in the report"),
        (GOOD.replace("2027-03-31", "next year"), 7, "until is 'next year'; a day such as 2027-03-31"),
        (GOOD.replace("2027-03-31", "2027-02-30"), 7, "until is '2027-02-30'; a day such as 2027-03-31"),
        (GOOD.replace("    owner: storage team\n", ""), 3, "owner is missing in a waiver; its keys are code,"),
        (GOOD.replace("owner: storage team", "owner:"), 6, "the owner of a waiver"),
        (GOOD.replace("    owner:", "    holder:"), 3, "owner is missing in a waiver"),
        (GOOD.replace("krbcheck: 1", "krbcheck: 2"), 1, "the format version is not 1; 'krbcheck: 1'"),
        ("- code: spn.enctypes/implicit\n", 1, "not a file of waivers; 'krbcheck: 1' and 'waivers:'"),
        ("krbcheck: 1\ndomains: {}\n", 1, "not a file of waivers"),
        (GOOD.replace("  - code", "    - code"), 4, "the line is indented as"),
    ],
)
def test_a_mistake_is_one_line_with_its_line_number(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(SiteError) as raised:
        read(tmp_path, text)
    shown = str(raised.value)
    assert "\n" not in shown
    assert shown.startswith(f"{tmp_path}/waivers.yaml:{line}: {says}"), shown


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"none\.yaml: cannot be read: No such file or directory"):
        read_waivers(tmp_path / "none.yaml", CODES)
    (tmp_path / "bytes.yaml").write_bytes(b"krbcheck: 1\nwaivers: \xff\n")
    with pytest.raises(SiteError, match=r"bytes\.yaml:1: the file is not UTF-8 text"):
        read_waivers(tmp_path / "bytes.yaml", CODES)
