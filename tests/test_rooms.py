"""Every import of every module is one that tests/rooms.py allows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms import MAY_IMPORT, PURE, PURE_LIBRARY, READS_FILES

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(file for folder in ("krbcheck", "checks") for file in (ROOT / folder).rglob("*.py"))


def dotted(file: Path) -> tuple[str, ...]:
    """A module's name as it is imported; that of a package for its `__init__`."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    parts = ("krbcheck", *parts) if parts[0] == "checks" else parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(file: Path) -> Iterator[str]:
    """The absolute names of all modules that are imported anywhere in the file."""
    here = dotted(file)
    package = here if file.name == "__init__.py" else here[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(name: str) -> str:
    """The room of a module, empty for the package itself and for what is not ours."""
    parts = name.split(".")
    return parts[1] if parts[0] == "krbcheck" and len(parts) > 1 and parts[1] in MAY_IMPORT else ""


def label(file: Path) -> str:
    return str(file.relative_to(ROOT))


def area(name: str) -> str:
    """Of a check its area, of a probe or collector its protocol."""
    parts = name.split(".")
    return parts[2] if len(parts) > 3 else ""


def test_every_package_is_a_room() -> None:
    lobby = {"__init__.py", "__main__.py"}
    flat = [label(file) for file in (ROOT / "krbcheck").glob("*.py") if file.name not in lobby]
    assert flat == [], "a module belongs into a room"
    assert {file.parent.name for file in (ROOT / "krbcheck").glob("*/__init__.py")} == set(MAY_IMPORT) - {"checks"}


@pytest.mark.parametrize("of", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_that_it_may(of: str) -> None:
    allowed = MAY_IMPORT[of] | {of, ""}
    wrong = {
        label(file): name
        for file in MODULES
        if room(".".join(dotted(file))) == of
        for name in imports(file)
        if room(name) not in allowed
    }
    assert wrong == {}


def test_the_arrows_are_one_way() -> None:
    for of, allowed in MAY_IMPORT.items():
        for other in allowed:
            assert of not in MAY_IMPORT[other], f"{of} and {other} import each other"


def test_no_check_reaches_into_another_area() -> None:
    wrong = {
        label(file): name
        for file in MODULES
        if room(own := ".".join(dotted(file))) == "checks"
        for name in imports(file)
        if room(name) == "checks" and area(name) != area(own)
    }
    assert wrong == {}


def test_a_pure_room_has_no_clock_no_network_and_no_environment() -> None:
    wrong = {
        label(file): name
        for file in MODULES
        if room(".".join(dotted(file))) in PURE and label(file) not in READS_FILES
        for name in imports(file)
        if not name.startswith("krbcheck") and name.partition(".")[0] not in PURE_LIBRARY
    }
    assert wrong == {}
