"""krbcheck export: a recording and its site file with pseudonyms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from krbcheck.recording import encoding


def test_the_recording_and_its_site_file_are_judged_alike(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    facts, out = tmp_path / "facts.json", tmp_path / "out.json"
    assert krbcheck("collect", site, "--vantage", "alice", "--save", facts).status == 0
    ended = krbcheck("export", facts, "--pseudonymous", "--site", site, "--output", out)
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    beside = tmp_path / "out.json.site.yaml"
    for file in (out, beside):
        text = re.sub(r"Vmstore(Answers|Inventories)", "", file.read_text()).lower()  # fact families
        assert not [name for name in ("alice", "vmlevel", "tintri", "vmstore", "krbcheck_test_reader") if name in text]
        assert "203.0.113.30" not in text
    reports = [
        json.loads(krbcheck("judge", stated, file, "--format", "json").out)["totals"]
        for stated, file in ((site, facts), (beside, out))
    ]
    assert reports[0] == reports[1]


def test_without_an_output_it_goes_to_stdout(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    assert krbcheck("collect", site, "--vantage", "alice", "--save", facts).status == 0
    shown = krbcheck("export", facts, "--pseudonymous").out
    assert "alice" not in shown
    assert encoding.decode(shown.encode(), "stdout")[0].signer == ""


def test_mistakes(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    assert "state --pseudonymous" in krbcheck("export", site).line
    assert "--site needs --output" in krbcheck("export", site, "--pseudonymous", "--site", site).line
    assert "not a recording" in krbcheck("export", site, "--pseudonymous").line
