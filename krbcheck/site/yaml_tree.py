"""Reads YAML as plain nodes with their line. Every scalar stays text: `no`, `1e3` and `10.77` are what was typed.

Anchors, aliases and tags are rejected, and depth is bounded: a hostile file costs no more than its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from krbcheck.site.indentation import wrong_indentation

MAX_DEPTH = 12
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels; a site file needs six"
NOT_YAML = "not YAML"
NULLS = frozenset(("", "~", "null", "Null", "NULL"))


@dataclass(frozen=True)
class Text:
    line: int
    value: str
    plain: bool = True

    @property
    def is_null(self) -> bool:
        return self.plain and self.value in NULLS


@dataclass(frozen=True)
class Sequence:
    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True)
class Mapping:
    line: int
    pairs: list[tuple[Text, Node]] = field(default_factory=list)


Node = Text | Sequence | Mapping


class BadYaml(Exception):
    """`says` names the fault and never quotes a value: it may be a secret."""

    def __init__(self, line: int, says: str) -> None:
        super().__init__(f"{line}: {says}")
        self.line = line
        self.says = says


def read_tree(text: str) -> Node:
    """The one document of the text. Raises BadYaml."""
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.reader.ReaderError as bad:
        line = text.count("\n", 0, bad.position) + 1
        raise BadYaml(line, "the file contains control characters; a site file is YAML in UTF-8") from None
    except RecursionError:
        raise BadYaml(1, TOO_DEEP) from None
    except yaml.MarkedYAMLError as bad:
        mark = bad.problem_mark or bad.context_mark
        lines = text.splitlines() or [""]
        number = min(mark.line, len(lines) - 1) if mark else 0
        says = _syntax(bad, lines[number])
        if says.startswith(NOT_YAML) and (wrong := wrong_indentation(text)) is not None and wrong[0] <= number + 2:
            raise BadYaml(*wrong) from None
        raise BadYaml(number + 1, says) from None
    if not builder.roots:
        raise BadYaml(1, "the file is empty; it begins with 'krbcheck: 1'")
    return builder.roots[0]


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.parse(text, Loader=loader)


def _syntax(bad: yaml.MarkedYAMLError, line: str) -> str:
    problem = " ".join(str(bad.problem or "cannot be read").split())[:120]
    if "nest" in problem or "depth" in problem:  # libyaml and PyYAML have limits of their own, worded by version
        return TOO_DEEP
    if "escape character" in problem:
        return "a backslash within double quotes; put the name in single quotes: 'DOMAIN\\name'"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab begins the line; YAML is indented by spaces"
    if "'-' indicator" in problem:
        return "the line is indented as the list items above, but has no hyphen; indent it as the key of the list"
    return f"{NOT_YAML}: {problem}; lines are 'key: value', indented by spaces"


class _Builder:
    """Receives the parser's events; holds the mappings and sequences that are still open."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.open: list[Sequence | Mapping] = []
        self.keys: list[Text | None] = []

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.AliasEvent():
                raise BadYaml(line, "aliases (*name) are not supported; put a value that begins with * in quotes")
            case yaml.NodeEvent() if event.anchor is not None:
                raise BadYaml(line, "anchors (&name) are not supported; put a value that begins with & in quotes")
            case yaml.ScalarEvent(tag=tag) | yaml.CollectionStartEvent(tag=tag) if tag not in (None, "!"):
                raise BadYaml(line, "tags (!name) are not supported; put a value that begins with ! in quotes")
            case yaml.ScalarEvent():
                self._add(Text(line, event.value, event.implicit[0]))
            case yaml.SequenceStartEvent():
                self._enter(Sequence(line))
            case yaml.MappingStartEvent():
                self._enter(Mapping(line))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.open.pop()
                self.keys.pop()
            case yaml.DocumentStartEvent() if self.roots:
                raise BadYaml(line, "a second document begins ('---'); a site file is one document")

    def _enter(self, node: Sequence | Mapping) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise BadYaml(node.line, TOO_DEEP)
        self._add(node)
        self.open.append(node)
        self.keys.append(None)

    def _add(self, node: Node) -> None:
        if not self.open:
            self.roots.append(node)
            return
        match self.open[-1]:
            case Sequence(items=items):
                items.append(node)
            case Mapping(pairs=pairs):
                key = self.keys[-1]
                if key is not None:
                    pairs.append((key, node))
                    self.keys[-1] = None
                elif isinstance(node, Text):
                    self.keys[-1] = node
                else:
                    raise BadYaml(node.line, "a list or mapping is used as a key; lines are 'key: value'")
