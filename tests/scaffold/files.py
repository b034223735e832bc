"""Which files a new part consists of, and what is inserted into the tables that list it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parents[2]
SKELETONS = Path(__file__).resolve().parent / "skeletons"
TOOLS = Path(os.environ.get("KRBCHECK_TOOLS", Path(sys.executable).parent))
"""Where ruff and mypy are: beside this Python, unless tests/run tests a wheel."""
MARK = "FILL" + " IN"
"""What a skeleton contains wherever something is missing."""


class Mistake(Exception):
    """A name that cannot be used; the message is one line for the person who typed it."""


@dataclass(frozen=True)
class Name:
    """A name as it was typed: `area.name`, or `name` where the kind has no areas. `_` and `-` are the same."""

    area: str
    module: str

    @property
    def id(self) -> str:
        """As in the id of a check and on the command line."""
        return (f"{self.area}.{self.module}" if self.area else self.module).replace("_", "-")

    @property
    def family(self) -> str:
        """The class of a fact family or view: `ExampleAnswers` for `example_answers`."""
        return "".join(word.title() for word in self.module.split("_"))

    @property
    def values(self) -> Mapping[str, str]:
        """What the skeletons name."""
        return {
            "id": self.id,
            "name": self.id,
            "area": self.area,
            "module": self.module,
            "function": self.module,
            "family": self.family,
            "record": self.family.removesuffix("s"),
        }


@dataclass(frozen=True)
class Kind:
    """`files` are skeletons by the path that each is written to; `lists` inserts the part into the tables."""

    example: str
    files: Mapping[str, str]
    lists: Callable[[Path, Name], list[Path]] = lambda root, name: []

    @property
    def has_areas(self) -> bool:
        return "." in self.example


def _table_of_checks(root: Path, name: Name) -> list[Path]:
    return _package(root, f"checks/{name.area}", f"krbcheck.checks.{name.area}")


def _table_of_probes(root: Path, name: Name) -> list[Path]:
    return _package(root, f"krbcheck/probes/{name.area}", f"krbcheck.probes.{name.area}")


def _table_of_collectors(root: Path, name: Name) -> list[Path]:
    """The collector stands in COLLECTORS behind the last one of its area."""
    table = root / "krbcheck/collectors/__init__.py"
    lines = table.read_text().splitlines()
    package = f"krbcheck.collectors.{name.area}"
    same = [number for number, line in enumerate(lines) if f'"{package}.' in line]
    end = max(number for number, line in enumerate(lines) if line == "}")
    lines.insert(same[-1] + 1 if same else end, f'    "{name.family}": "{package}.{name.module}:{name.module}",')
    table.write_text("\n".join(lines) + "\n")
    return [table, *_package(root, package.replace(".", "/"), package)]


def _package(root: Path, folder: str, package: str) -> list[Path]:
    """Makes a package where there is none, and lists it in pyproject.toml; the files that it changed."""
    start, project = root / folder / "__init__.py", root / "pyproject.toml"
    if start.exists():
        return []
    start.parent.mkdir(parents=True, exist_ok=True)
    start.write_text(f'"""{MARK}: what belongs in {package}."""\n')
    before, packages, after = re.split(r"(?ms)^(packages = \[\n.*?^\])", project.read_text(), maxsplit=1)
    listed = sorted([*re.findall(r'"(.+?)"', packages), package])
    inner = "".join(f'    "{entry}",\n' for entry in listed)
    project.write_text(f"{before}packages = [\n{inner}]{after}")
    return [start, project]


KINDS: Mapping[str, Kind] = {
    "check": Kind(
        "spn.example",
        {"checks/$area/$module.py": "check", "tests/checks/$area/test_$module.py": "check_test"},
        _table_of_checks,
    ),
    "probe": Kind(
        "dns.example",
        {"krbcheck/probes/$area/$module.py": "probe", "tests/probes/$area/test_$module.py": "probe_test"},
        _table_of_probes,
    ),
    "fact": Kind(
        "dns.example_answers",
        {
            "krbcheck/facts/$module.py": "fact",
            "tests/facts/test_$module.py": "fact_test",
            "krbcheck/collectors/$area/$module.py": "collector",
            "tests/collectors/$area/test_$module.py": "collector_test",
        },
        _table_of_collectors,
    ),
    "view": Kind(
        "example_views",
        {"krbcheck/views/$module.py": "view", "tests/views/test_$module.py": "view_test"},
    ),
    "format": Kind(
        "example",
        {"krbcheck/report/formats/$module.py": "format", "tests/report/formats/test_$module.py": "format_test"},
    ),
    "fault": Kind("example", {"fixtures/lab/faults/$module.py": "fault"}),
}


def parsed(kind: str, text: str) -> Name:
    """The name that was typed. Raises Mistake with what is allowed."""
    pattern = (
        r"([a-z][a-z0-9]*)\.([a-z][a-z0-9]*([_-][a-z0-9]+)*)" if KINDS[kind].has_areas else r"()([a-z][a-z0-9_-]*)"
    )
    match = re.fullmatch(pattern, text)
    if not match:
        raise Mistake(
            f"{text!r} is not a name of a {kind}; allowed are lower case, digits and _: {KINDS[kind].example}"
        )
    name = Name(match[1], match[2].replace("-", "_"))
    if kind == "fact" and not name.module.endswith("s"):
        raise Mistake(f"{text!r}: a fact family is a plural, such as {KINDS[kind].example}")
    return name


def write(kind: str, text: str, root: Path = ROOT) -> list[Path]:
    """Writes the skeletons of a part and lists it in the tables; returns what it wrote or changed.

    Raises Mistake, and writes nothing, if the name cannot be used or one of the files exists.
    """
    name = parsed(kind, text)
    files = {
        root / Template(path).substitute(name.values): (SKELETONS / f"{skeleton}.txt").read_text()
        for path, skeleton in KINDS[kind].files.items()
    }
    existing = [str(file.relative_to(root)) for file in files if file.exists()]
    if existing:
        raise Mistake(f"{', '.join(existing)} exists")
    for file, skeleton in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(skeleton).substitute(name.values))
    return [*files, *KINDS[kind].lists(root, name)]


def left_to_fill_in(root: Path = ROOT) -> list[str]:
    """Each line with a mark, as `file:line: text`."""
    files = [
        file for folder in ("krbcheck", "checks", "tests", "fixtures/lab") for file in (root / folder).rglob("*.py")
    ]
    return [
        f"{file.relative_to(root)}:{number}: {line.strip()}"
        for file in sorted(files)
        if ".state" not in file.parts and file.name != "test_scaffold.py"
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if MARK in line
    ]
