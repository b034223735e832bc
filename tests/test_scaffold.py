"""What the scaffold writes passes lint and types, fails its tests until it is filled in, and passes them then."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template

import pytest

from tests.scaffold.files import KINDS, MARK, ROOT, TOOLS, Mistake, left_to_fill_in, parsed, write

FILLED = ROOT / "tests" / "scaffold" / "filled"
ARCHITECTURE = (
    *("tests/test_architecture.py", "tests/test_rooms.py", "tests/test_project.py", "tests/test_mirror.py"),
    "tests/report/test_forms.py",
)


def test_nothing_is_left_to_fill_in() -> None:
    left = left_to_fill_in()
    assert left == [], "\n".join(["these lines are still to be written:", *left])


class Copy:
    """A copy of the checkout with one part of each kind, in which tests run against the copy's own krbcheck."""

    def __init__(self, root: Path) -> None:
        self.root = root / "checkout"
        large = shutil.ignore_patterns("__pycache__", ".state", "recorded", "benchmark")
        for folder in ("krbcheck", "checks", "tests", "fixtures", "requirements"):
            shutil.copytree(ROOT / folder, self.root / folder, ignore=large)
        for file in ("pyproject.toml", "CONTRIBUTING.md"):
            shutil.copy(ROOT / file, self.root)
        self.installed = root / "installed"
        (self.installed / "krbcheck").mkdir(parents=True)
        for entry in (self.root / "krbcheck").iterdir():
            (self.installed / "krbcheck" / entry.name).symlink_to(entry)
        (self.installed / "krbcheck" / "checks").symlink_to(self.root / "checks")
        self.written = {kind: self._scaffold(kind, part.example) for kind, part in KINDS.items()}

    def _scaffold(self, kind: str, name: str) -> list[Path]:
        """What the command printed that it wrote."""
        passed, text = self.run(sys.executable, "-P", "-m", "tests.scaffold", kind, name)
        assert passed, text
        return [self.root / line.strip() for line in text.partition("\n\n")[0].splitlines()[1:]]

    def run(self, *command: str | Path) -> tuple[bool, str]:
        path = f"{self.installed}:{self.root}"
        environment = os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment["COLUMNS"] = "300"
        environment.pop("KRBCHECK_SKIPS", None)
        done = subprocess.run(
            list(map(str, command)), cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode == 0, done.stdout + done.stderr

    def pytest(self, *arguments: str | Path) -> tuple[bool, str]:
        return self.run(sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)

    def lint(self) -> None:
        """Ruff on everything, since a part changes tables; mypy on the new files and what they import."""
        if not (TOOLS / "ruff").exists():
            pytest.skip("ruff and mypy are not installed (pip install '.[dev]')")
        python = [file for files in self.written.values() for file in files if file.suffix == ".py"]
        for tool, *arguments in (
            ("ruff", "check", "."),
            ("ruff", "format", "--check", "."),
            ("mypy", *map(str, python)),
        ):
            passed, text = self.run(TOOLS / tool, *arguments)
            assert passed, text

    def tests_of(self, kind: str) -> list[Path]:
        return [file for file in self.written[kind] if file.name.startswith("test_")]

    def fill_in(self) -> None:
        for kind, part in KINDS.items():
            name = parsed(kind, part.example)
            for path, skeleton in part.files.items():
                text = Template((FILLED / f"{skeleton}.txt").read_text()).substitute(name.values)
                (self.root / Template(path).substitute(name.values)).write_text(text)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    copy = Copy(tmp_path_factory.mktemp("scaffold"))
    yield copy
    shutil.rmtree(copy.root)


def test_skeletons_pass_lint_and_types(copy: Copy) -> None:
    copy.lint()


def test_skeletons_fail_their_tests_and_name_what_is_missing(copy: Copy) -> None:
    files = [file for kind in KINDS for file in copy.tests_of(kind)]
    passed, text = copy.pytest("--tb=short", *files)
    assert not passed
    failed = [line for line in text.splitlines() if line.startswith("FAILED") and MARK in line]
    assert [file for file in files if not any(str(file.relative_to(copy.root)) in line for line in failed)] == []


def test_every_file_of_a_skeleton_is_listed_until_it_is_filled_in(copy: Copy) -> None:
    """A fault has no tests without the lab: this is the test that fails."""
    left = {line.partition(":")[0] for line in left_to_fill_in(copy.root)}
    parts = [(part, parsed(kind, part.example)) for kind, part in KINDS.items()]
    assert left == {Template(path).substitute(name.values) for part, name in parts for path in part.files}


def test_what_is_filled_in_passes(copy: Copy) -> None:
    """Runs after the tests of the skeletons, in the same copy."""
    copy.fill_in()
    assert left_to_fill_in(copy.root) == []
    copy.lint()
    tests = [file for kind in KINDS for file in copy.tests_of(kind)]
    passed, text = copy.pytest(*tests, *ARCHITECTURE)
    assert passed, text


def test_a_new_area_is_a_package(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    write("check", "appliance.name-form", tmp_path)
    assert (tmp_path / "checks/appliance/name_form.py").exists()
    assert (tmp_path / "checks/appliance/__init__.py").exists()
    before, after = ((root / "pyproject.toml").read_text().splitlines() for root in (ROOT, tmp_path))
    assert set(after) - set(before) == {'    "krbcheck.checks.appliance",'}
    assert after.index('    "krbcheck.checks.appliance",') == after.index('    "krbcheck.checks.backup",') - 1


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("check", "spn.unique", "tests/checks/spn/test_unique.py exists"),
        ("check", "unique", "allowed are"),
        ("format", "a.b", "allowed are"),
        ("view", "Bad", "allowed are"),
        ("fact", "dns.answer", "plural"),
    ],
)
def test_a_name_that_cannot_be_used_writes_nothing(kind: str, name: str, says: str) -> None:
    with pytest.raises(Mistake, match=says):
        write(kind, name)
