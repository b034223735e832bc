"""The page of a matrix has a picture, the deviations, and every cell."""

from __future__ import annotations

import msgspec

from krbcheck.report.matrix_html import MOST_CELLS, matrix_page
from krbcheck.site.stated import Site
from tests.support import matrix_report
from tests.support.matrix_report import facts, made, nasty, said, seen
from tests.support.pages import assert_harmless, read_page

site = matrix_report.site


def test_a_breach_is_in_the_picture_the_table_and_its_cell(site: Site) -> None:
    page = read_page(matrix_page(made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))))
    classes = page.attributes("class")
    assert "cell-breach" in classes
    assert "breach" in classes
    assert "tag breach" in classes
    assert page.of("h1")[0].startswith("Who reaches which share: 1 breach · ")
    assert sum(name in ("own", "refused", "breach", "unknown", "locked-out") for name in classes) == 14
    assert_harmless(page)


def test_text_of_servers_is_text(site: Site) -> None:
    page = read_page(matrix_page(nasty(site)))
    assert_harmless(page)
    assert any("<script>" in text for text in page.of("td"))


def test_a_large_matrix_lists_its_rows_in_words(site: Site) -> None:
    whole = made(site, facts(seen(said("aliceVMs", "bobVMs"))))
    many = tuple(whole.rows * (MOST_CELLS // whole.totals.cells + 1))
    large = msgspec.structs.replace(whole, rows=many, totals=msgspec.structs.replace(whole.totals, cells=2 * len(many)))
    page = read_page(matrix_page(large))
    assert "alice, a1@VM.COM at v-alice.t.com: own share, as expected: aliceVMs" in " ".join(page.of("li"))
    assert "own" not in page.attributes("class")
