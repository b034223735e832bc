"""The grid has the letter of each verdict and of each cell of a matrix."""

from __future__ import annotations

import pytest

from fixtures.scenarios import facts_of, judged, report_of, site_of
from krbcheck.facts.observation import Observed
from krbcheck.report.access_grid import AccessGrid, GridShare, grid_of_matrix, grid_of_verdicts
from krbcheck.site.stated import Site
from tests.support import matrix_report
from tests.support.matrix_report import facts, made, said, seen

site = matrix_report.site
ALICE = ("alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM")


def grid(scenario: str) -> AccessGrid:
    return report_of(facts_of(scenario), site_of(scenario)).access


def rows(found: AccessGrid) -> dict[tuple[str, str], str]:
    return {(row.principal, row.path): row.cells for row in found.rows}


def test_a_healthy_site_has_its_own_shares_and_is_denied_the_others() -> None:
    found = grid("healthy")
    assert found.shares == (
        GridShare("AliceVMs", "alice", "vmstore"),
        GridShare("BobVMs", "bob", "vmstore"),
        GridShare("FabVMs", "alice", "fabstore"),
    )
    assert rows(found) == {
        **{(name, "vmstore-alice.tintri.com"): "o. " for name in ALICE},
        **{(name, "fabstore-alice.fabric.com"): "  o" for name in ALICE},
        **{(f"bob-hv0{n}$@VMLEVEL.COM", "vmstore-bob.tintri.com"): ".o " for n in (1, 2)},
    }


@pytest.mark.parametrize(
    ("scenario", "cells"),
    [
        ("access-foreign-host", {ALICE[0]: "oB ", ALICE[1]: "o. "}),
        ("access-folder-read", {ALICE[0]: "l. ", ALICE[1]: "l. "}),
        ("share-acl-without-tenant", {ALICE[0]: "L. ", ALICE[1]: "L. "}),
        ("spn-missing", {ALICE[0]: "?? ", ALICE[1]: "?? "}),
    ],
)
def test_a_deviation_has_its_letter(scenario: str, cells: dict[str, str]) -> None:
    found = rows(grid(scenario))
    assert {name: found[name, "vmstore-alice.tintri.com"] for name in ALICE} == cells


def test_without_checks_of_access_there_is_no_grid() -> None:
    recorded = site_of("healthy")
    checks = [check for check in judged(facts_of("healthy"), recorded) if check.id.startswith("dns.")]
    assert grid_of_verdicts(recorded, checks) == AccessGrid()


def test_a_matrix_gives_the_same_letters(site: Site) -> None:
    answer = seen(said("aliceVMs", "bobVMs", breach=True))
    assert isinstance(answer, Observed)
    found = grid_of_matrix(made(site, facts(answer)))
    assert [share.share for share in found.shares] == ["aliceVMs", "bobVMs"]
    assert [(row.principal, row.cells) for row in found.rows] == [
        ("a1@VM.COM", "oB"),
        ("a2@VM.COM", "o."),
        ("(anonymous)", ".."),
        ("(a user who does not exist)", ".."),
        ("b1@VM.COM", "??"),
        ("(anonymous)", "??"),
        ("(a user who does not exist)", "??"),
    ]
    assert found.count("B") == 1
