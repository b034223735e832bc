"""Markdown is read by a CommonMark parser: headings, commands in blocks, and no markup of servers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from krbcheck.judging.verdict import Severity
from krbcheck.report.formats import markdown
from krbcheck.report.formats.markdown import text
from krbcheck.report.forms import Screen
from krbcheck.report.report import Report
from krbcheck.site.stated import Site
from tests.support import matrix_report
from tests.support.matrix_report import NASTY, facts, made, nasty, said, seen
from tests.support.traces import FIX, trace

site = matrix_report.site
PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def tokens(pieces: Iterable[bytes] | str) -> list[Token]:
    source = pieces if isinstance(pieces, str) else b"".join(pieces).decode()
    return [inner for token in PARSER.parse(source) for inner in (token, *(token.children or ()))]


def shown(found: Iterable[Token]) -> str:
    return "".join(token.content for token in found if token.type in ("text", "code_inline", "fence"))


def headings(found: list[Token]) -> list[str]:
    return [
        "".join(child.content for child in found[number + 1].children or ())
        for number, token in enumerate(found)
        if token.type == "heading_open"
    ]


def test_each_cause_is_a_section_with_its_commands_in_blocks(bad_report: Report) -> None:
    found = tokens(markdown.report(bad_report, Screen()))
    sections = headings(found)
    assert sections[0].startswith("krbcheck: 2 problems, 1 warning")
    wrong = [finding for finding in bad_report.findings() if finding.severity is not Severity.NOTE]
    assert {section.split()[1] for section in sections[1:4]} == {finding.code for finding in wrong}
    assert sections[4:] == ["Not determined", "Crashes of krbcheck"]
    blocks = {token.content.strip() for token in found if token.type == "fence"}
    assert {step.command for finding in wrong for step in finding.remedy if step.command} <= blocks
    words = shown(found)
    assert [finding.says for finding in wrong if finding.says not in words] == []


def test_a_matrix_is_a_table_of_deviations(site: Site) -> None:
    found = tokens(markdown.matrix(made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True)))), Screen()))
    assert headings(found)[0].startswith("krbcheck matrix: 1 breach")
    rows = [token for token in found if token.type == "tr_open"]
    assert len(rows) == 1 + 1 + 3, "a heading, the breach, and three groups that are not known of bob"


def test_a_trace_has_its_fix_and_hops() -> None:
    found = tokens(markdown.trace(trace(), Screen()))
    assert headings(found)[0] == "krbcheck trace: no ticket: a1@VM.COM for cifs/v.t.com"
    assert FIX in shown(found)
    assert len([token for token in found if token.type == "tr_open"]) == 3


@pytest.mark.parametrize(
    "said",
    ["# x", "- x", "1. x", "1) x", "=== x", "[x](http://y)", "![x](y)", "<b>x</b>", "a *b* _c_ `d`", "a | b", "~~~",
     "&lt;", "https:x", "    x"],
)  # fmt: skip
def test_text_is_no_markup(said: str) -> None:
    for source, kinds in ((text(said), {"paragraph_open", "paragraph_close", "inline", "text"}),):
        found = tokens(source.strip())
        assert {token.type for token in found} <= kinds
        assert shown(found) == said.strip()


def test_a_name_mentions_nobody() -> None:
    found = tokens(text("host$@VM.COM and @admins|x `y`@z"))
    assert [token.content for token in found if token.type == "code_inline"] == [
        "host$@VM.COM", "@admins¦x", "'y'@z",
    ]  # fmt: skip


def test_text_of_servers_does_no_harm(hostile_report: Report, site: Site) -> None:
    for pieces in (
        markdown.report(hostile_report, Screen()),
        markdown.matrix(nasty(site), Screen()),
        markdown.trace(trace(NASTY, "```\n# heading\n"), Screen()),
    ):
        found = tokens(pieces)
        assert not {token.type for token in found} & {"html_block", "html_inline", "link_open", "image"}
        assert all(line.isprintable() for token in found for line in token.content.splitlines())
