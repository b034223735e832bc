"""The documentation: every page is in the navigation, links lead to pages, commands exist and end as the page states.

`docs/build` makes the site of it, with MkDocs; these tests need neither MkDocs nor a network.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from docs import compose, reference
from tests.test_language import banned

PAGES = {str(page.relative_to(compose.PAGES)): page for page in compose.pages()}
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
WRITTEN = {"README.md": compose.ROOT / "README.md", "CONTRIBUTING.md": compose.ROOT / "CONTRIBUTING.md", **PAGES}


def without_code(text: str) -> str:
    """The text without fences, indented blocks and code in a sentence."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]*`", "", re.sub(r"^    .*$", "", text, flags=re.MULTILINE))


def shown_commands(text: str) -> Iterator[str]:
    """Every krbcheck command that is shown with at least the name of its subcommand."""
    joined = re.sub(r"\\\n\s*", "", text)
    for line in joined.splitlines():
        if command := re.match(r"(?: {4}|\$ | {4}\$ )(krbcheck [a-z].*)", line):
            yield re.sub(r"\s+#.*| && .*", "", command[1])
    yield from re.findall(r"`(krbcheck [a-z][^`]*)`", joined)


@cache
def options() -> Mapping[str, set[str]]:
    """The options of each command, from the manual page."""
    words = [sys.executable, "-m", "krbcheck", "manual"]
    page = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout.replace("\\-", "-")
    sections = page.split("\n.SS krbcheck ")[1:]
    return {
        section.split()[0]: set(re.findall(r"(?:\\fB|, )(--[a-z-]+)", section)) | {"--help"} for section in sections
    }


def wrong_with(command: str) -> list[str]:
    """What is wrong with a command line of krbcheck: a command or an option that does not exist."""
    _, name, *words = shlex.split(command.replace("…", "").replace("\\", "\\\\"))
    if name not in options():
        return [f"{command}: there is no command {name}"]
    used = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [f"{command}: {name} has no option {option}" for option in used if option not in options()[name]]


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("krbcheck run site.yaml --only backup", 0),
        ("krbcheck launch site.yaml", 1),
        ("krbcheck run site.yaml --sideways", 1),
        (r"krbcheck run SITE --path '\\server\share'", 0),
    ],
)
def test_a_wrong_command_is_found(command: str, wrong: int) -> None:
    assert len(wrong_with(command)) == wrong


@pytest.mark.parametrize("name", WRITTEN)
def test_every_command_that_is_shown_exists(name: str) -> None:
    shown = list(shown_commands(WRITTEN[name].read_text()))
    assert [wrong for command in shown for wrong in wrong_with(command)] == []


def test_commands_are_found_in_every_form() -> None:
    lines = [
        "A `krbcheck list` here:",
        "    krbcheck run a.yaml \\",
        "        --quiet   # note",
        "$ krbcheck explain 7",
    ]
    assert list(shown_commands("\n".join(lines))) == [
        "krbcheck run a.yaml --quiet",
        "krbcheck explain 7",
        "krbcheck list",
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_every_link_leads_to_a_file_and_a_heading(name: str) -> None:
    page = WRITTEN[name]
    for link in LINK.finditer(page.read_text()):
        target, _, anchor = link["target"].partition("#")
        if target.startswith("https:"):
            continue
        linked = page.parent / target if target else page
        assert linked.is_file(), link[0]
        assert not anchor or anchor in reference.headings(linked.read_text()), link[0]
        if name in PAGES:  # the site has only what docs/ contains
            assert linked.resolve().is_relative_to(compose.PAGES), link[0]


def in_navigation(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
        return
    for part in entry.values() if isinstance(entry, dict) else entry:
        yield from in_navigation(part)


def test_the_navigation_has_every_page_once() -> None:
    settings = yaml.safe_load((compose.ROOT / "mkdocs.yml").read_text())
    assert sorted(in_navigation(settings["nav"])) == sorted(PAGES)
    assert settings["strict"] is True
    assert settings["theme"]["font"] is False, "a page must not request fonts from another site"


@pytest.mark.parametrize("name", PAGES)
def test_every_output_is_what_krbcheck_prints(name: str) -> None:
    """Each command ends with the status that the page states, else this raises Failed."""
    text = PAGES[name].read_text()
    written = compose.composed(text)
    assert "```console" not in written
    assert "<!-- generated" not in written
    for block in compose.blocks(text):
        assert block.commands
        assert all(f"```text\n$ {block.commands[0]}\n" in written for _ in block.commands)


@pytest.mark.parametrize(
    ("fence", "message"),
    [
        ("```console\n$ krbcheck explain nothing-like-this\n```", "ended with 2, not with 0"),
        ("```console exit=1\n$ krbcheck explain 7\n```", "ended with 0, not with 1"),
        ("```console\n$ rm -r fixtures\n```", "only krbcheck"),
    ],
)
def test_a_command_that_ends_otherwise_is_found(fence: str, message: str) -> None:
    with pytest.raises(compose.Failed, match=message):
        compose.composed(fence)


def test_the_first_lines_of_an_output_are_shown() -> None:
    shown = compose.composed("before\n\n```console first=2\n$ krbcheck explain 7\n```\n").splitlines()
    assert shown[2:4] == ["```text", "$ krbcheck explain 7"]
    assert shown[4].startswith("KDC_ERR_S_PRINCIPAL_UNKNOWN (7, 0x7)")
    assert shown[6:] == ["…", "```"]


def test_the_tables_of_the_site_file_have_every_key() -> None:
    table = reference.site_file()
    for key in ("forest_search_order", "data_paths", "principals", "vmstore_api", "administrators", "keytab"):
        assert f"| `{key}` |" in table
    assert "| [Secret](#secret) |" in table
    assert "\n## Secret\n" in table


@pytest.mark.parametrize("name", PAGES)
def test_the_text_has_the_terms_of_the_field(name: str) -> None:
    assert banned(without_code(PAGES[name].read_text())) == []
