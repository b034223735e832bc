"""CONTRIBUTING.md describes the rooms that tests/rooms.py has, and names files and commands that exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.rooms import MAY_IMPORT
from tests.scaffold.__main__ import next_steps
from tests.scaffold.files import KINDS
from tests.test_language import banned

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
MOST_BYTES = 150_000
"""Of a picture."""
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "fixtures/lab/README.md")


def direct(rooms: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """The imports that a room may make and that none of its other rooms leads to: the picture stays readable."""
    return [
        (room, other)
        for room, allowed in rooms.items()
        for other in sorted(allowed)
        if not any(other in rooms[between] for between in allowed)
    ]


def picture() -> str:
    return "\n".join(["graph TD", *(f"    {room} --> {other}" for room, other in direct(MAY_IMPORT))])


def test_the_picture_shows_the_rooms() -> None:
    drawn = re.search(r"```mermaid\n(.*?)\n```", TEXT, re.DOTALL)
    assert drawn
    assert drawn[1] == picture(), f"replace the picture in CONTRIBUTING.md with:\n{picture()}"


def test_every_room_has_a_sentence() -> None:
    rows = re.findall(r"^\| `(?:krbcheck/)?(\w+)/` \| (.*?) \| (.*?) \|$", TEXT, re.MULTILINE)
    assert [room for room, _, _ in rows] == list(MAY_IMPORT)
    for room, holds, imports in rows:
        assert holds.endswith("."), room
        named = MAY_IMPORT[room] if imports.startswith("all others") else set(re.findall(r"`(\w+)`", imports))
        assert named == MAY_IMPORT[room], f"{room} may import {', '.join(sorted(MAY_IMPORT[room])) or 'nothing'}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_has_steps(kind: str) -> None:
    steps = next_steps(kind, KINDS[kind].example)
    assert 3 <= len(steps) <= 9
    renamed = next_steps(kind, "rpc.other_answers" if KINDS[kind].has_areas else "other_views")
    area = f"/{KINDS[kind].example.partition('.')[0]}/" if KINDS[kind].has_areas else "example"
    assert [step for step in renamed if "example" in step.lower() or area in step] == []


def test_the_steps_name_the_file_and_the_fault() -> None:
    steps = "\n".join(next_steps("fault", "some-name"))
    assert "`fixtures/lab/faults/some_name.py`" in steps
    assert "tests/record some-name" in steps


@pytest.mark.parametrize(("kind", "name"), [("fault", "time-example"), ("check", "spn.example-of-all")])
def test_a_name_that_contains_that_of_the_example_is_kept(kind: str, name: str) -> None:
    """The name, and the module with underscores: nothing is replaced twice."""
    steps = "\n".join(next_steps(kind, name))
    module = name.rpartition(".")[2].replace("-", "_")
    assert f"{module}.py`" in steps
    typed = set(re.findall(r"[\w.-]*example[\w-]*", steps))
    assert {text.removeprefix("test_").rpartition(".")[2].replace("-", "_") for text in typed} == {module}


def test_a_fault_that_changes_the_lab_repairs_it() -> None:
    modules = (ROOT / "fixtures" / "lab" / "faults").glob("[!_]*.py")
    changes = {path.name: path.read_text() for path in modules}
    assert len(changes) > 100
    lacks = [name for name, text in changes.items() if ("def break_(" in text) != ("def repair(" in text)]
    assert lacks == [], "a fault has `break_(lab)` and `repair(lab)`, or only `SITE`"


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_links_to_exists(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_in_the_repository_exists(page: str) -> None:
    """Paths in code that begin with a folder of the repository; those of the examples are made by the scaffold."""
    named = re.findall(
        r"`(?:\./)?((?:krbcheck|checks|tests|fixtures|docs|requirements)/[\w./-]+)", (ROOT / page).read_text()
    )
    missing = [name for name in named if "example" not in name and not (ROOT / name).exists()]
    assert [name for name in missing if ".state" not in name and "/test_" not in name] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_uses_the_terms_of_the_field(page: str) -> None:
    """Code is left out: names of files and commands are what they are."""
    text = re.sub(r"(?ms)^```.*?^```$|`[^`\n]*`|^    .*?$", "", (ROOT / page).read_text())
    assert banned(text) == []


def test_the_pictures_of_the_readme_are_small() -> None:
    """To make them again: docs/pictures"""
    pictures = re.findall(r"!\[[^]]+\]\((.*?)\)", (ROOT / "README.md").read_text())
    assert sorted(pictures) == ["docs/matrix.png", "docs/report.svg"]
    assert [name for name in pictures if (ROOT / name).stat().st_size > MOST_BYTES] == []
