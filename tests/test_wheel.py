"""tests/run tests the wheel as it is installed, not the checkout; and the wheel holds all that the checkout has."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import krbcheck

ROOT = Path(__file__).resolve().parents[1]
MEANT = os.environ.get("KRBCHECK_WHEEL", str(ROOT))
"""The environment that tests/run installed the wheel into; the checkout where a developer runs pytest in it."""


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
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
