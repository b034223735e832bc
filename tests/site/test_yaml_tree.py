"""YAML as plain nodes: scalars stay text, and what a site file does not need is rejected with its line."""

from __future__ import annotations

import pytest

from krbcheck.site.yaml_tree import MAX_DEPTH, TOO_DEEP, BadYaml, Mapping, Sequence, Text, read_tree


def test_every_scalar_stays_what_was_typed() -> None:
    tree = read_tree("[no, 1e3, 10.77, 0x10, 2026-11-26]")
    assert tree == Sequence(1, [Text(1, text) for text in ("no", "1e3", "10.77", "0x10", "2026-11-26")])


def test_nodes_have_the_lines_of_the_file() -> None:
    tree = read_tree("krbcheck: 1\ntenants:\n  alice:\n    - a\n")
    assert isinstance(tree, Mapping)
    (version, _), (tenants, below) = tree.pairs
    assert (version.line, tenants.line, below.line) == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "null"), [("~", True), ("null", True), ("''", False), ("'null'", False), ("none", False)]
)
def test_only_a_plain_scalar_is_null(text: str, null: bool) -> None:
    node = read_tree(text)
    assert isinstance(node, Text)
    assert node.is_null is null


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "the file is empty"),
        ("a: 1\nb: *a\n", 2, "aliases (*name) are not supported"),
        ("a: &a 1\n", 1, "anchors (&name) are not supported"),
        ("a: !!python/object:os.system x\n", 1, "tags (!name) are not supported"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins"),
        ("a: 1\n? [b]\n: 2\n", 2, "a list or mapping is used as a key"),
        ("a: 1\nb: \x07\n", 2, "the file contains control characters"),
        ('a: "VMLEVEL\\Hosts"\n', 1, "a backslash within double quotes"),
        ("a:\n\tb: 1\n", 2, "a tab begins the line"),
    ],
)
def test_what_is_not_supported_is_named_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(BadYaml) as bad:
        read_tree(text)
    assert bad.value.line == line
    assert says in bad.value.says


def test_depth_is_bounded() -> None:
    deepest = read_tree("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert isinstance(deepest, Sequence)
    for depth in (MAX_DEPTH + 1, 5_000):
        with pytest.raises(BadYaml) as bad:
            read_tree("[" * depth + "]" * depth)
        assert bad.value.says == TOO_DEEP
