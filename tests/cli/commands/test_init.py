"""`krbcheck init`: the draft states what is missing, no file is overwritten, and no password is on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krbcheck.site.reading import read_site

STORAGE = ("--storage", "VMSTORE$", "--name-server", "127.77.0.1")


def test_where_nothing_answers_the_draft_is_a_site_file_with_todos(
    krbcheck: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READER", "secret-of-the-test")
    file = tmp_path / "site.yaml"
    ended = krbcheck(
        "init", "--domain", "vmlevel.test", "--domain", "tintri.test", *STORAGE, "--output", file,
        "--account", "reader@VMLEVEL.TEST=env:READER",
    )  # fmt: skip
    assert ended.status == 3, ended.err
    site = read_site(file)
    assert [domain.name for domain in site.domains] == ["vmlevel.test", "tintri.test"]
    assert site.storages[0].account == "VMSTORE$@TINTRI.TEST"
    text = file.read_text()
    assert "secret: {env: READER}" in text
    assert "TODO no controller of vmlevel.test is known" in text
    assert "TODO account: NAME@TINTRI.TEST" in text
    assert "secret-of-the-test" not in text + ended.out + ended.err
    before = file.read_text()
    assert "exists" in krbcheck("init", "--domain", "vmlevel.test", *STORAGE, "--output", file).line
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--domain", "vmlevel"], "--domain is 'vmlevel'"),
        (["--domain", "a.test", "--account", "x@B.TEST"], "allowed: NAME@REALM with a realm of A.TEST"),
        (["--domain", "a.test", "--account", "x@A.TEST=hunter2"], "never a password"),
        (["--domain", "a.test", "--network", "10.0.0.1"], "--network is '10.0.0.1'"),
        (["--domain", "a.test", "--backup", "dpm"], "--backup is 'dpm'"),
        (["--domain", "a.test", "--keytabs", "/nonexistent"], "is not a folder"),
    ],
)
def test_a_mistake_is_one_line(krbcheck: Callable[..., Any], tmp_path: Path, arguments: list[str], words: str) -> None:
    line = krbcheck("init", *arguments, *STORAGE, "--output", tmp_path / "s.yaml").line
    assert words in line
    assert "hunter2" not in line
    assert not (tmp_path / "s.yaml").exists()
