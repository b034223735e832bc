"""A report that the user names: it is read, or the message says what is wrong with the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.report_files import load_report
from krbcheck.report.formats.json import encode
from tests.support.reports import bad_night, report


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(encode(report(bad_night())))
    assert load_report(file) == report(bad_night())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none.json", "none.json: cannot be read: No such file or directory; specify a file of krbcheck run"),
        (".", "cannot be read: Is a directory; specify a file"),
        ("a\0b", "cannot be read: not a valid file name; specify a file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(Mistake) as mistake:
        load_report(tmp_path / name)
    assert says in str(mistake.value)
    assert "\0" not in str(mistake.value)
    assert "\n" not in str(mistake.value)


def test_a_file_that_is_no_report_is_named(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text("[]")
    with pytest.raises(Mistake, match=r"facts\.json"):
        load_report(file)
