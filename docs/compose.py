"""Writes the pages of the documentation with what krbcheck prints: python -m docs.compose FOLDER

A page contains two kinds of blocks that are filled in. A fence ```console exit=1 first=30``` contains commands of
krbcheck, each after a dollar sign. They run in a folder with a link to fixtures/, the last must end with that status,
and the page shows up to that many lines of each output. The comment <!-- generated: NAME --> is replaced with a part of
the reference.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from docs import reference

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs"
WIDTH = 98
FENCE = re.compile(r"^```console(?P<options>( \w+=\d+)*)\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)
GENERATED = re.compile(r"^<!-- generated: (?P<name>[\w ]+) -->$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """Commands of one fence: the status that the last must end with, and the number of lines to show of each."""

    commands: tuple[str, ...]
    status: int
    first: int


class Failed(Exception):
    """A command of a page ended with another status than the page states."""


def pages() -> list[Path]:
    """Returns every page, by its path."""
    return sorted(PAGES.rglob("*.md"))


def blocks(text: str) -> Iterator[Block]:
    """Yields the blocks of commands of a page."""
    for fence in FENCE.finditer(text):
        yield _block(fence)


def _block(fence: re.Match[str]) -> Block:
    options: Mapping[str, int] = {
        name: int(value) for name, value in (option.split("=") for option in fence["options"].split())
    }
    joined = re.sub(r"\s*\\\n\s*", " ", fence["commands"])
    commands = tuple(line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ "))
    return Block(commands, options.get("exit", 0), options.get("first", 1000))


def composed(text: str) -> str:
    """Returns the text of a page with its blocks filled in; raises Failed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "fixtures").symlink_to(ROOT / "fixtures")
        filled = FENCE.sub(lambda fence: _shown(fence, Path(folder)), text)
    return GENERATED.sub(lambda part: reference.PARTS[part["name"]](), filled)


def _shown(fence: re.Match[str], folder: Path) -> str:
    block = _block(fence)
    outputs = [f"$ {command}\n{_output(command, block, folder)}" for command in block.commands]
    return "```text\n" + "\n".join(outputs) + "```"


def _output(command: str, block: Block, folder: Path) -> str:
    words = shlex.split(command)
    if words[0] != "krbcheck":
        raise Failed(f"{command}: only krbcheck can run in a page")
    environ = {**os.environ, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(
        [sys.executable, "-m", "krbcheck", *words[1:]],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    expected = block.status if command == block.commands[-1] else done.returncode
    if done.returncode != expected or done.returncode in (2, 4):
        raise Failed(f"{command}: ended with {done.returncode}, not with {expected}: {done.stderr}")
    lines = done.stdout.splitlines()
    cut = [*lines[: block.first], "…"] if len(lines) > block.first else lines
    return "".join(f"{line.rstrip()}\n" for line in cut)


def main(target: Path) -> None:
    for page in pages():
        written = target / page.relative_to(PAGES)
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(composed(page.read_text()))
    for picture in ("report.svg", "matrix.png"):
        (target / picture).write_bytes((PAGES / picture).read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
