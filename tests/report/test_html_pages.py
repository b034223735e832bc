"""An HTML page loads nothing and runs only its own script."""

from __future__ import annotations

import base64
import hashlib
import re

from krbcheck.report.formats import html
from krbcheck.report.forms import Screen
from krbcheck.report.html_pages import fitted, policy
from krbcheck.report.report import Report
from tests.support.pages import assert_harmless, read_page


def digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_policy_of_a_page_allows_its_own_style_and_script_only(good_report: Report) -> None:
    text = b"".join(html.report(good_report, Screen())).decode()
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert found is not None
    directives = dict(entry.strip().split(" ", 1) for entry in found[1].replace("&#39;", "'").split(";"))
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert directives == {
        "default-src": "'none'",
        "style-src": digest(style),
        "script-src": digest(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_another_script_has_another_policy() -> None:
    assert policy("a", "b") != policy("a", "c")


def test_the_page_has_a_language_a_title_and_one_main_heading(bad_report: Report) -> None:
    page = read_page(html.report(bad_report, Screen()))
    assert ("html", {"lang": "en"}) in page.tags
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert [tag for tag, _ in page.tags].count("main") == 1
    assert page.of("title") == [f"{page.of('h1')[0]} – krbcheck cloud.yaml"]


def test_text_of_servers_is_text(hostile_report: Report) -> None:
    page = read_page(html.report(hostile_report, Screen()))
    assert_harmless(page)
    assert any("<script>alert(1)</script>" in text for text in page.of("p"))
    assert not any("\x1b" in text or "\u202e" in text for _, text in page.texts)


def test_a_label_that_does_not_fit_ends_with_an_ellipsis() -> None:
    assert [fitted("abcdef", most) for most in (5, 6, 7)] == ["abcd…", "abcdef", "abcdef"]
