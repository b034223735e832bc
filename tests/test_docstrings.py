"""Docstrings are plain technical English, and those of probes state their exceptions and their limits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_language import banned

KRBCHECK = Path(__file__).parent.parent / "krbcheck"
PROBES = sorted((KRBCHECK / "probes").rglob("*.py"))
PACKAGES = sorted({path.relative_to(KRBCHECK).parts[0] for path in KRBCHECK.glob("*/*.py")})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yields each docstring of a module with its line, those of attributes too."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield node.lineno, text


def without_code(text: str) -> str:
    return re.sub(r"`[^`]*`", "", text)


def public_functions(path: Path) -> Iterator[Function]:
    """Yields the public functions of a module, and the public methods of its public classes."""
    bodies = [ast.parse(path.read_text()).body]
    bodies += [node.body for node in bodies[0] if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for body in bodies:
        yield from (node for node in body if isinstance(node, Function) and not node.name.startswith("_"))


def raised(function: Function) -> set[str]:
    """Returns the names of the exceptions in the `raise` statements of a function, without those that it catches."""
    names, caught = set(), set()
    for node in ast.walk(function):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) | ast.Name(id=name)) if name[0].isupper():
                names.add(name)
            case ast.ExceptHandler(type=ast.expr() as kinds):
                caught |= {each.id for each in ast.walk(kinds) if isinstance(each, ast.Name)}
    return names - caught


def is_probe(function: Function) -> bool:
    """Returns whether a function sends a query: from a source address or with a ticket, within a limit."""
    parameters = {parameter.arg for parameter in function.args.args}
    return "seconds" in parameters and not parameters.isdisjoint({"source", "ticket"})


def module(path: Path) -> str:
    return path.relative_to(KRBCHECK).as_posix()


@pytest.mark.parametrize(
    ("text", "found"), [("Asks the server", ["Asks"]), ("Calls `told` of each", []), ("The way to a KDC", ["way"])]
)
def test_code_in_a_docstring_is_not_searched_for_banned_expressions(text: str, found: list[str]) -> None:
    assert [entry.partition(":")[0] for entry in banned(without_code(text))] == found


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_use_the_terms_of_the_field(package: str) -> None:
    texts = [(path, *each) for path in sorted((KRBCHECK / package).rglob("*.py")) for each in docstrings(path)]
    assert len(texts) > 5
    assert [
        f"{module(path)}:{line}: {entry}" for path, line, text in texts for entry in banned(without_code(text))
    ] == []


QUERIES = [(module(path), each) for path in PROBES for each in public_functions(path) if is_probe(each)]


def test_the_probes_are_found() -> None:
    found = {f"{path}:{function.name}" for path, function in QUERIES}
    assert {"dns/queries.py:ask", "kerberos/exchanges.py:tgt", "ldap/queries.py:read"} <= {
        name.removeprefix("probes/") for name in found
    }


@pytest.mark.parametrize(("path", "function"), QUERIES, ids=[f"{path}:{each.name}" for path, each in QUERIES])
def test_a_probe_states_its_exceptions_and_its_limit(path: str, function: Function) -> None:
    text = ast.get_docstring(function) or ""
    assert re.search(r"\b[Rr]aises\b", text), "which exceptions, and when"
    assert "seconds" in text, "what the limit includes"


@pytest.mark.parametrize("path", PROBES, ids=module)
def test_a_public_function_of_a_probe_names_what_it_raises(path: Path) -> None:
    lacks = {
        function.name: missing
        for function in public_functions(path)
        if (missing := {name for name in raised(function) if name not in (ast.get_docstring(function) or "")})
    }
    assert lacks == {}
