"""tests/run tests the wheel as it is installed, not the checkout; and the wheel holds all that the checkout has."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import krbcheck

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "fixtures/recorded"
PLAIN = os.environ.get("KRBCHECK_PLAIN")
"""The environment that tests/run installed the wheel into without extras and without a compiler; where a developer runs
pytest there is none, and the developer's own serves with gssapi hidden."""
MEANT = os.environ.get("KRBCHECK_WHEEL", str(ROOT))
"""The environment that tests/run installed the wheel into; the checkout where a developer runs pytest in it."""
LIMIT = 900
"""Seconds for a subprocess, which needs some ten on an idle core and minutes on a busy machine."""


def without_gssapi(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs Python code with the installed krbcheck, where gssapi cannot be imported."""
    python = f"{PLAIN}/bin/python" if PLAIN else sys.executable
    hidden = "" if PLAIN else "import sys; sys.modules['gssapi'] = None\n"
    command = [python, "-c", hidden + script]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=LIMIT, check=False)


def command(*arguments: object) -> str:
    """Returns Python code that runs the command krbcheck."""
    words = ["krbcheck", *map(str, arguments)]
    return f"import sys; sys.argv = {words}; from krbcheck.cli.main import main; main()"


def modules(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*.py")}


def folder_of(package: str) -> Path:
    return Path(str(importlib.import_module(package).__file__)).parent


def test_what_is_tested_is_what_is_meant() -> None:
    assert Path(krbcheck.__file__).is_relative_to(MEANT)


def test_it_holds_every_module_of_the_checkout() -> None:
    assert modules(ROOT / "krbcheck") <= modules(folder_of("krbcheck"))
    assert modules(ROOT / "checks") == modules(folder_of("krbcheck.checks"))


def test_every_test_module_is_imported_without_the_checkout_in_the_path(tmp_path: Path) -> None:
    """tests/run calls pytest in another folder, so that `import krbcheck` is the wheel."""
    script = "import pytest, sys; sys.exit(pytest.main(sys.argv[1:]))"
    options = ["--collect-only", "-qq", "-p", "no:cacheprovider", "-m", "lab or not lab"]
    where = ["--config-file", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), str(ROOT / "tests")]
    command = [sys.executable, "-c", script, *options, *where]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_tests_run_with_the_extra() -> None:
    """Else the tests of the check that compares with libkrb5 would test its absence."""
    assert importlib.import_module("gssapi").__name__ == "gssapi"


def test_without_the_extra_only_libkrb5_is_not_tested(tmp_path: Path) -> None:
    script = """
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos import libkrb5
try:
    libkrb5._gssapi()
except NoAnswer as missing:
    print(missing.gap is Gap.NOT_HERE, missing)
"""
    done = without_gssapi(script, tmp_path)
    assert done.stdout.startswith("True "), done.stderr
    assert "pip install 'krbcheck[libkrb5]'" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (["--help"], 0, "Checks every link"),
        (["list"], 0, "ticket.client"),
        (["judge", RECORDED / "site.yaml", RECORDED / "healthy/facts.json", "--max-age", "none"], 0, "No problems"),
        (["judge", RECORDED / "site.yaml", RECORDED / "spn-missing/facts.json", "--max-age", "none"], 1, "spn."),
    ],
)
def test_without_the_extra_every_command_starts(
    tmp_path: Path, arguments: list[object], status: int, shown: str
) -> None:
    done = without_gssapi(command(*arguments), tmp_path)
    assert done.returncode == status, done.stderr
    assert shown in done.stdout
