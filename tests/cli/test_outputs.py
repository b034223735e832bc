"""Each report goes to its output, whatever the output is."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.outputs import Sink, sinks
from krbcheck.report.forms import Kind


def test_every_format_goes_to_the_output_behind_it(krbcheck: Callable[..., Any], site: Path, tmp_path: Path) -> None:
    text, data = tmp_path / "r.txt", tmp_path / "r.json"
    words = ["--only", "backup.path", "--format", "terminal", "--output", text, "--format=json", f"--output={data}"]
    assert krbcheck("run", site, *words).out == ""
    assert text.read_text().startswith("No problems found")
    assert json.loads(data.read_text())["schema"] == 2
    ended = krbcheck("run", site, "--only", "backup.path", "--format", "json", "--output", data, "--format", "terminal")
    assert ended.out.startswith("No problems found")


def test_a_single_output_has_the_form_that_its_suffix_names(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    for name, start in (("r.json", "{"), ("r.csv", "check,outcome,"), ("r.txt", "No problems found"), ("r", "No pro")):
        assert krbcheck("run", site, "--only", "backup.path", "--output", tmp_path / name).out == ""
        assert (tmp_path / name).read_text().startswith(start)


def test_only_the_file_for_node_exporter_can_be_read_by_other_users(
    krbcheck: Callable[..., Any], site: Path, tmp_path: Path
) -> None:
    metrics, data = tmp_path / "r.prom", tmp_path / "r.json"
    old = os.umask(0o027)
    try:
        krbcheck("run", site, "--only", "backup.path", "--output", metrics, "--output", data)
    finally:
        os.umask(old)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (metrics, data)] == [0o640, 0o600]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("r.html", "html"),
        ("r.HTM", "html"),
        ("r.xml", "junit"),
        ("r.junit", "junit"),
        ("r.prom", "prometheus"),
        ("r.md", "markdown"),
        ("r.txt", "terminal"),
        ("r.pdf", "terminal"),
    ],
)
def test_a_suffix_names_a_format(tmp_path: Path, name: str, form: str) -> None:
    assert sinks(Kind.REPORT, [], [tmp_path / name], []) == [Sink(form, tmp_path / name)]


def test_each_output_without_a_format_has_the_format_of_its_suffix(tmp_path: Path) -> None:
    page, table, text = tmp_path / "a.html", tmp_path / "b.csv", tmp_path / "c"
    words = ["--output", str(page), "--format", "terminal", "--output", str(text), "--output", str(table)]
    assert sinks(Kind.MATRIX, ["terminal"], [page, text, table], words) == [
        Sink("html", page),
        Sink("terminal", text),
        Sink("csv", table),
    ]


def test_a_format_that_does_not_serve_a_command_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("krbcheck.report.formats.prometheus.trace")
    with pytest.raises(Mistake, match="prometheus is not available for krbcheck trace; allowed: terminal, csv, html"):
        sinks(Kind.TRACE, ["prometheus"], [], ["--format", "prometheus"])


def test_a_reader_that_leaves_is_no_trouble(site: Path) -> None:
    for words in (["list"], ["schema", "facts"], ["run", str(site), "--only", "backup.path"]):
        command = [sys.executable, "-m", "krbcheck", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
            assert asked.stdout is not None
            assert asked.stderr is not None
            asked.stdout.close()
            assert asked.stderr.read() == ""
            assert asked.wait(timeout=30) == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_a_full_disk_is_no_bug(site: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "krbcheck", "schema", "site"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("krbcheck: stdout: cannot be written: No space left on device")
    assert "Traceback" not in done.stderr
