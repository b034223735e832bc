"""What pyproject.toml and the lock in requirements/ state agrees with what the code imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import krbcheck

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
IMPORTED_AS = {
    "dnspython": "dns",
    "markdown-it-py": "markdown_it",
    "prometheus-client": "prometheus_client",
    "pyyaml": "yaml",
    "tree-sitter": "tree_sitter",
    "tree-sitter-powershell": "tree_sitter_powershell",
}
"""Where the name of a distribution is not the name that is imported."""
RUN_AS_COMMANDS = {"build", "mypy", "ruff", "types-pyyaml", "types-jsonschema"}
"""What tests/run calls, and the types that mypy reads: no module imports them."""
LOCKS = ("dev", "test", "run", "docs", "release", "build")


def distribution(requirement: str) -> str:
    """The normalized name in a requirement."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def imported(*folders: str) -> set[str]:
    """The top-level modules that the folders import anywhere, without the standard library and our own."""

    def names(file: Path) -> Iterator[str]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                yield node.module

    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py") if ".state" not in file.parts]
    modules = {name.partition(".")[0] for file in files for name in names(file)}
    return modules - set(sys.stdlib_module_names) - {"krbcheck", "checks", "docs", "tests", "fixtures"}


def stated(requirements: list[str]) -> set[str]:
    """The modules that the requirements install."""
    names = {distribution(requirement) for requirement in requirements}
    return {IMPORTED_AS.get(name, name) for name in names - RUN_AS_COMMANDS - {"krbcheck"}}


def locked(name: str) -> dict[str, str]:
    """Distribution and exact version of each line of a lock."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if "==" in line and not line.startswith((" ", "#"))]
    return {distribution(pin): version.split()[0] for pin, version, *_ in pins}


def test_every_dependency_is_imported_and_every_import_is_a_dependency() -> None:
    assert stated([*PROJECT["dependencies"], *EXTRAS["libkrb5"]]) == imported("krbcheck", "checks")


def test_the_test_tools_are_what_the_tests_import_beside_the_dependencies() -> None:
    assert stated(EXTRAS["test"]) == imported("tests", "fixtures") - stated(
        [*PROJECT["dependencies"], *EXTRAS["libkrb5"]]
    )
    assert stated(EXTRAS["dev"]) == set()


def test_the_version_is_written_once() -> None:
    assert "version" not in PROJECT
    assert PROJECT["dynamic"] == ["version"]
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "krbcheck.__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", krbcheck.__version__)


@pytest.mark.parametrize(
    ("lock", "extras"), [("dev", ("test", "dev")), ("test", ("test",)), ("run", ()), ("docs", ("docs",))]
)
def test_a_lock_holds_all_that_pyproject_states(lock: str, extras: tuple[str, ...]) -> None:
    wanted = [*PROJECT["dependencies"], *(requirement for extra in extras for requirement in EXTRAS[extra])]
    assert {distribution(requirement) for requirement in wanted} - {"krbcheck"} <= locked(lock).keys()


def test_the_locks_agree_with_each_other() -> None:
    everything = locked("dev")
    for lock in LOCKS:
        shared = locked(lock).keys() & everything.keys()
        assert {name: locked(lock)[name] for name in shared} == {name: everything[name] for name in shared}
    assert locked("test").keys() <= everything.keys()
    assert locked("run").keys() <= locked("test").keys()
    assert locked("build").keys() == {"setuptools", "cython"}


def test_only_the_extra_needs_a_compiler() -> None:
    """gssapi has no Linux wheel; tests/run installs requirements/run.txt with --only-binary :all:."""
    assert stated(EXTRAS["libkrb5"]) == {"gssapi"}
    assert "gssapi" in locked("test")
    assert "gssapi" not in locked("run")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_names_no_index(lock: str) -> None:
    """Nothing but `name==version ; marker` with its hashes: no option, no address, no path."""
    header, *requirements = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ").splitlines()
    assert header.startswith("# Made by tests/lock")
    line = re.compile(r"[\w.-]+==[\w.]+( ; [\w<>=!.' ]+)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [requirement for requirement in requirements if not line.fullmatch(requirement)] == []
