"""What tests/conftest.py makes of missing vectors, of skipped tests and of --part: tried with a copy of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TESTS = """
import pytest

def test_one(vectors): pass

@pytest.mark.parametrize("number", range(2))
def test_two(vectors, number): pass

@pytest.mark.lab
@pytest.mark.parametrize("number", range(5))
def test_lab(number): print(f"lab test {number}")

@pytest.mark.lab
@pytest.mark.each_lab
def test_each_lab(): print("lab test of each")
"""
PASSES, FAILS = 0, 1


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """The exit code and the output of pytest in a checkout beside which no vectors lie."""
    tests = tmp_path / "checkout" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(HERE / "conftest.py", tests)
    (tests / "test_copy.py").write_text(TESTS)

    def pytest_of_copy(*options: str, **environment: str) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KRBCHECK_", "PYTEST_"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tests), *options, str(tests)],
            capture_output=True, text=True, check=False, cwd=tests, env=kept | environment, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout

    return pytest_of_copy


def test_missing_vectors_skip_tests_and_are_reported_in_one_line(run: Callable[..., tuple[int, str]]) -> None:
    code, output = run(CI="true")
    assert code == PASSES
    assert [line for line in output.splitlines() if "shared/vectors" in line] == [
        "3 tests were skipped: ../shared/vectors is missing"
    ]


def test_missing_vectors_fail_where_they_are_required(run: Callable[..., tuple[int, str]]) -> None:
    code, output = run(KRBCHECK_VECTORS="required")
    assert code == FAILS
    assert "3 errors" in output


def test_a_skipped_test_fails_the_run_where_skips_are_forbidden(run: Callable[..., tuple[int, str]]) -> None:
    code, output = run(KRBCHECK_SKIPS="forbidden")
    assert code == FAILS
    assert "3 tests were skipped, which KRBCHECK_SKIPS forbids" in output


def test_the_public_pipeline_requires_both() -> None:
    script = (HERE.parent / ".ci" / "run").read_text()
    assert "export CI=true" in script
    assert "export KRBCHECK_VECTORS=required" in script
    assert "export KRBCHECK_SKIPS=forbidden" in script


def test_two_parts_of_the_lab_tests_are_the_whole(run: Callable[..., tuple[int, str]]) -> None:
    parts = [
        [line for line in run("-m", "lab", "-s", "-q", "--part", part)[1].splitlines() if "lab test" in line]
        for part in ("1/2", "2/2")
    ]
    numbers = [sorted(re.findall(r"lab test (\w+)", " ".join(lines))) for lines in parts]
    assert numbers == [["0", "2", "4", "of"], ["1", "3", "of"]]
