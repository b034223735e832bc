"""One way through the house: probes ask, collectors arrange, checks judge, reports tell. What each may import, how
large a file may be, and that what is written down in two places is the same.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import pytest

from krbcheck.asking.needs import load_collector, needs
from krbcheck.asking.omissions import Omissions
from krbcheck.asking.scheduler import Limits
from krbcheck.asking.this_host import ThisHost
from krbcheck.asking.writes import Writes
from krbcheck.collectors import COLLECTORS
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Facts
from krbcheck.facts.older_answers import OlderAnswers
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import Vantages
from krbcheck.judging import registry
from krbcheck.recording import encoding
from krbcheck.site.stated import Site
from krbcheck.windows.remedy import COMMANDS, PROSE

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LIBRARIES = set(PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-module-level-imports"])
OURS = sorted(file for folder in ("krbcheck", "checks") for file in (ROOT / folder).rglob("*.py"))
CHECKS = [file for file in OURS if file.is_relative_to(ROOT / "checks")]
EVERYTHING = OURS + sorted(
    file for folder in ("tests", "fixtures") for file in (ROOT / folder).rglob("*.py") if ".state" not in file.parts
)
MOST_LINES = 400


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def imported(node: ast.AST) -> Iterator[str]:
    """The absolute names that are imported anywhere below; relative ones are a package's own."""
    for t in ast.walk(node):
        if isinstance(t, ast.Import):
            yield from (alias.name for alias in t.names)
        elif isinstance(t, ast.ImportFrom) and not t.level and t.module:
            yield from (f"{t.module}.{alias.name}" for alias in t.names)


def at_import(module: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported: not those within functions."""
    waiting: list[ast.stmt] = list(module.body)
    while waiting:
        entry = waiting.pop()
        if not isinstance(entry, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield entry
            waiting += [each for each in ast.iter_child_nodes(entry) if isinstance(each, ast.stmt)]


def test_only_probes_and_pages_load_libraries_when_they_are_imported() -> None:
    """A probe's module may, if it is itself imported late; nothing else."""
    others = [file for file in OURS if file.relative_to(ROOT).parts[1] not in {"probes", "report"}]
    loading = {
        name(file): text
        for file in others
        for each in at_import(tree(file))
        for text in imported(each)
        if text.partition(".")[0] in LIBRARIES
    }
    assert loading == {}


def test_judging_loads_no_network_library() -> None:
    script = (
        "import sys; from krbcheck.judging import judge, registry; from krbcheck.recording import encoding; "
        "from krbcheck.site import reading; import krbcheck.cli.main; "
        "registry.load(); encoding.families(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & (LIBRARIES - {"rich", "jinja2"})


def test_only_the_registry_finds_checks() -> None:
    for file in OURS:
        named = [text for text in imported(tree(file)) if text.startswith("krbcheck.checks")]
        assert not named, f"{name(file)} imports {named}"


def test_files_are_small() -> None:
    sizes = {name(file): len(file.read_text().splitlines()) for file in EVERYTHING}
    assert {file: lines for file, lines in sizes.items() if lines > MOST_LINES} == {}


# checks


def check_id(file: Path) -> str:
    return ".".join(file.relative_to(ROOT / "checks").with_suffix("").parts).replace("_", "-")


def test_every_check_file_is_a_check_and_every_package_is_listed() -> None:
    assert sorted(check_id(file) for file in CHECKS if not file.name.startswith("_")) == list(registry.load())
    packages = {
        f"krbcheck.{'.'.join(('checks', *file.parent.relative_to(ROOT / 'checks').parts))}"
        for file in CHECKS
        if file.name == "__init__.py"
    }
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in OURS
        if file.name == "__init__.py" and file not in CHECKS
    }
    assert packages | found == set(PROJECT["tool"]["setuptools"]["packages"])


def test_a_check_says_what_it_tells_and_why() -> None:
    for check in registry.load().values():
        assert "" not in (check.title, check.tells), check.id
        assert check.problems, check.id
        assert len(check.about.split()) > 20, f"{check.id}: several sentences are its documentation"
        slugs = [problem.slug for problem in check.problems]
        assert len(set(slugs)) == len(slugs), check.id
        assert [problem.slug for problem in check.problems if not problem.means] == [], (
            f"{check.id}: nothing to explain"
        )


GIVEN = {"subject", "tenant", "expected", "found"}
"""What every finding has."""


def problems(module: ast.Module) -> dict[str, ast.Call]:
    """The Problem constants of a file."""
    return {
        assign.targets[0].id: assign.value
        for assign in module.body
        if isinstance(assign, ast.Assign)
        and isinstance(assign.targets[0], ast.Name)
        and isinstance(assign.value, ast.Call)
        and isinstance(assign.value.func, ast.Name)
        and assign.value.func.id == "Problem"
    }


def passed(area: str) -> set[str]:
    """Keywords of any call in the area stand for what is passed, and so do the keys of the dictionaries there."""
    found = set(GIVEN)
    for module in map(tree, (ROOT / "checks" / area).glob("*.py")):
        for t in ast.walk(module):
            if isinstance(t, ast.Call):
                found |= {word.arg for word in t.keywords if word.arg}
            elif isinstance(t, ast.Dict):
                found |= {str(key.value) for key in t.keys if isinstance(key, ast.Constant)}
    return found


def test_a_sentence_names_only_values_that_some_call_passes() -> None:
    known = {area: passed(area) for area in {text.partition(".")[0] for text in registry.load()}}
    for check in registry.load().values():
        for problem in check.problems:
            fields = registry.template_fields(problem.says)
            for step in problem.remedy:
                if not isinstance(step, str):
                    fields |= {
                        each for text in (*COMMANDS, *PROSE) for each in registry.template_fields(getattr(step, text))
                    }
            assert fields <= known[check.id.partition(".")[0]], f"{check.id}/{problem.slug}"
            assert not registry.template_fields(problem.means), f"{check.id}/{problem.slug}: means is plain text"


def test_every_problem_of_a_file_is_one_of_its_check() -> None:
    for file in CHECKS:
        here = {str(ast.literal_eval(call.args[0])) for call in problems(tree(file)).values() if call.args}
        listed = registry.load().get(check_id(file))
        assert here <= ({problem.slug for problem in listed.problems} if listed else here), name(file)


# facts and collectors


OF_COLLECTIONS = (Vantages, Scopes, OlderAnswers)
"""Families that a collection, or the merging of several, makes without a query."""


def test_every_family_has_a_collector_and_every_collector_a_family() -> None:
    assert set(encoding.families()) == set(COLLECTORS) | {of_collection.__name__ for of_collection in OF_COLLECTIONS}


@pytest.mark.parametrize("family", COLLECTORS)
def test_a_collector_makes_its_family_of_things_that_there_are(family: str) -> None:
    kind = encoding.families()[family]
    function = load_collector(kind, COLLECTORS)
    returned = get_type_hints(function)["return"]
    assert get_origin(returned).__name__ == "Generator"
    assert get_args(returned)[2] is kind
    known = {Site, ThisHost, Wallet, Limits, Omissions, Writes, Vantages, *encoding.families().values()}
    assert set(needs(function).values()) <= known
    assert kind() == kind(), "it can be empty"


def test_no_family_rests_on_itself() -> None:
    made: set[type] = {Site, ThisHost, Wallet, Limits, Omissions, Writes, Vantages}
    waiting = {kind: set(needs(load_collector(kind, COLLECTORS)).values()) for kind in encoding.families().values()
               if kind not in OF_COLLECTIONS}  # fmt: skip
    while ready := [kind for kind, wanted in waiting.items() if wanted <= made]:
        made |= set(ready)
        for kind in ready:
            del waiting[kind]
    assert not waiting, "these wait for each other"


@pytest.mark.parametrize("kind", encoding.families().values(), ids=encoding.families())
def test_a_family_is_frozen_and_made_of_tuples(kind: type[Facts]) -> None:
    assert kind.__struct_config__.frozen
    for field, hint in get_type_hints(kind).items():
        assert get_origin(hint) is tuple, f"{kind.__name__}.{field}"
