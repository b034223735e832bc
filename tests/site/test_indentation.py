"""The line whose indentation is wrong is named, and how far it may be indented."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.site.indentation import wrong_indentation
from krbcheck.site.reading import SiteError, site_of

GOOD = Path(__file__).with_name("site.yaml").read_text().splitlines(keepends=True)


def test_a_good_file_has_no_wrong_indentation() -> None:
    assert wrong_indentation("".join(GOOD)) is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n  b: 1\n c: 2\n", 3, "indented by 1 spaces, and the lines above that can contain it by 0, 2"),
        ("a:\n  b: 1\n    c: 2\n", 3, "indented by 4 spaces, but line 2 with 2 has its value"),
        ("a:\n\tb: 1\n", 2, "a tab is in the indentation"),
        ("a:\n  - b: 1\n   c: 2\n", 3, "indented by 3 spaces"),
    ],
)
def test_the_line_and_what_is_allowed_are_named(text: str, line: int, words: str) -> None:
    found = wrong_indentation(text)
    assert found is not None
    assert found[0] == line
    assert words in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "a:\n- b\n- c\nd: 1\n",
        "a:\n  - b: 1\n    c: 2\n  - b: 3\n",
        "a: [1,\n       2,\n 3]\nb: 1\n",
        "# comment\na:\n        # deeper comment\n  b: 'x: y'\n  c: \"it's\"\n",
    ],
)
def test_valid_yaml_is_not_wrong(text: str) -> None:
    assert wrong_indentation(text) is None


def errors_of(shift: int) -> list[str]:
    """The first mistake for each line of the good file, shifted by itself."""
    found = []
    for index, line in enumerate(GOOD):
        indent = len(line) - len(line.lstrip(" ")) + shift
        if indent < 0 or not line.strip():
            continue
        text = "".join([*GOOD[:index], " " * indent + line.lstrip(" "), *GOOD[index + 1 :]])
        try:
            site_of(text.encode(), "s", Path("/x/s"))
        except SiteError as bad:
            found.append(str(bad))
    return found


@pytest.mark.parametrize("shift", [1, -1, 2])
def test_each_shifted_line_is_explained_and_never_by_the_parsers_own_text(shift: int) -> None:
    """A list that is indented differently as a whole, and the only key of a mapping, are still valid."""
    errors = errors_of(shift)
    assert len(errors) > 20
    assert [error for error in errors if "not YAML" in error] == []


def test_a_key_in_the_wrong_mapping_is_named_with_the_mapping_that_has_it() -> None:
    text = (
        "".join(GOOD)
        .replace("    name_servers: [10.77.11.1]", "  name_servers: [10.77.11.1]")
        .replace("    networks: [10.77.11.0/24]\n", "")
    )
    with pytest.raises(SiteError) as caught:
        site_of(text.encode(), "s", Path("/x/s"))
    assert any("indent" in line for line in caught.value.lines), caught.value.lines
