"""The matrix as a value and in its forms: every cell is there, exceptions stand first, text of servers is harmless."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import jsonschema
import msgspec
import pytest

from fixtures.scenarios import facts_of, site_of
from krbcheck.cli.matrix_scope import derived
from krbcheck.cli.schemas import schema
from krbcheck.facts.cross_sessions import CrossSession, CrossSessions
from krbcheck.facts.observation import Facts, Gap, Unobserved
from krbcheck.facts.smb import SessionKind, SmbSessions, SmbSetUp, TreeReply
from krbcheck.report.formats import json as json_form
from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix, assemble
from krbcheck.report.matrix_page import render
from krbcheck.site.stated import Access, Principal, SecretKind, SecretSource, Share, Site
from krbcheck.views.computed_access import Computed
from krbcheck.views.observed_access import Outcome
from tests.support import matrix_report
from tests.support.matrix_report import GRANTED, facts, made, said, seen, session

site = matrix_report.site

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
FULL, DENIED, LOGON_FAILURE = 0x1F01FF, 0xC0000022, 0xC000006D


def page(matrix: Matrix, *, quiet: bool = False) -> str:
    text = io.StringIO()
    render(matrix, text, {}, quiet=quiet)
    return text.getvalue()


def test_every_principal_meets_every_share(site: Site) -> None:
    matrix = made(site, facts(seen(said("aliceVMs", "bobVMs"))), "alice")
    assert [(row.principal, [(cell.share, str(cell.expected), str(cell.outcome)) for cell in row.cells])
            for row in matrix.rows][:2] == [
        (name, [("aliceVMs", "full", "as-expected"), ("bobVMs", "refused", "as-expected")])
        for name in ("a1@VM.COM", "a2@VM.COM")
    ]  # fmt: skip
    assert (matrix.totals.cells, matrix.totals.as_expected) == (8, 8), "the uninvited count too"
    assert page(matrix, quiet=True) == ""


def of_scenario(name: str) -> Matrix:
    known, healthy = facts_of(name), site_of("healthy")
    access, unstated = derived(healthy, known)
    return assemble(
        healthy, known, tenants=["alice", "bob"], started=AT, seconds=1.0, interrupted=False, computed=access,
        unstated=unstated,
    )  # fmt: skip


def unstated_cells(matrix: Matrix) -> set[tuple[str, str, str]]:
    return {(row.tenant, cell.share, str(cell.outcome)) for row in matrix.rows for cell in row.cells if not cell.owner}


@pytest.mark.parametrize(
    ("scenario", "cells"),
    [
        ("healthy", set()),
        ("share-unstated-of-one-tenant", {("alice", "BobISOs", "as-expected"), ("bob", "BobISOs", "breach")}),
        ("share-unstated-closed", {("alice", "Reports", "as-expected"), ("bob", "Reports", "as-expected")}),
        ("share-administrative-open", {("alice", "D$", "breach"), ("bob", "D$", "breach")}),
    ],
)
def test_shares_that_nobody_stated_are_in_the_matrix(scenario: str, cells: set[tuple[str, str, str]]) -> None:
    matrix = of_scenario(scenario)
    assert unstated_cells(matrix) == cells
    assert matrix.unlisted == ()


def test_the_page_names_shares_that_nobody_stated(site: Site) -> None:
    shown = page(of_scenario("share-unstated-of-one-tenant"))
    assert "bob at share BobISOs on vmstore" in shown
    assert "only the stated shares" not in shown
    without = page(made(site, facts(seen(said("aliceVMs", "bobVMs")))))
    line = "vmstore: only the stated shares are in the matrix: the lists of shares were not read"
    assert line in " ".join(without.split())


NULL_SESSION = 0x2
"""SMB2_SESSION_FLAG_IS_NULL (MS-SMB2 2.2.6)."""


@pytest.mark.parametrize(
    ("tree", "outcome"),
    [
        pytest.param(TreeReply("aliceVMs", DENIED), Outcome.AS_EXPECTED, id="refused"),
        pytest.param(TreeReply("aliceVMs", 0xC00000CC), Outcome.AS_EXPECTED, id="hidden"),
        pytest.param(TreeReply("aliceVMs", 0, maximal_access=FULL), Outcome.BREACH, id="opened"),
        pytest.param(TreeReply("aliceVMs", 0xC000009A), Outcome.UNKNOWN, id="the-storage-has-no-room"),
        pytest.param(TreeReply("aliceVMs", 0xC00000CC, redirected=True), Outcome.UNKNOWN, id="sent-elsewhere"),
        pytest.param(None, Outcome.UNKNOWN, id="not-connected-to"),
    ],
)
def test_what_an_anonymous_session_meets(site: Site, tree: TreeReply | None, outcome: Outcome) -> None:
    setup = SmbSetUp(0, flags=NULL_SESSION, dialect=0x311, trees=(tree,) if tree else ())
    known: dict[type[Facts], Facts] = {
        SmbSessions: SmbSessions((session("alice", "", seen(setup), SessionKind.ANONYMOUS),))
    }
    (row,) = [entry for entry in made(site, known, "alice").rows if entry.kind is SessionKind.ANONYMOUS]
    assert row.cells[0].outcome is outcome


def test_what_was_not_asked_is_unknown_and_says_why(site: Site) -> None:
    matrix = made(site, facts(seen(said("aliceVMs", "bobVMs"))), "bob")
    assert {cell.why for row in matrix.rows for cell in row.cells} == {"no leg here"}
    assert matrix.totals.unknown == matrix.totals.cells == 6
    assert "6 not determined" in page(matrix)


def test_silence_is_unknown_with_what_is_computed_beside_it(site: Site) -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer within 5 s", "asked", AT, "alice")
    matrix = made(site, facts(silence), "alice")
    assert [(cell.outcome, cell.why, cell.computed) for cell in matrix.rows[0].cells] == [
        (Outcome.UNKNOWN, "no answer within 5 s", GRANTED.summary),
        (Outcome.UNKNOWN, "no answer within 5 s", ""),
    ]
    assert "? (computed: full)" in page(matrix)


def test_exceptions_stand_before_the_table_and_the_verdict_before_them(site: Site) -> None:
    text = page(made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))), "alice"))
    assert text.startswith("1 breach · 7 of 8 cells as expected")
    assert text.index("BREACH") < text.index("v-alice.t.com · alice's data path")
    assert "alice at bob's bobVMs on vmstore" in text


def test_a_large_matrix_is_folded_to_a_line_a_tenant(site: Site) -> None:
    many = msgspec.structs.replace(
        site.tenants[0], shares=tuple(Share(f"S{entry}", Access.FULL, "vmstore") for entry in range(9))
    )
    large = msgspec.structs.replace(site, tenants=(many, site.tenants[1]))
    text = page(made(large, facts(seen(said("aliceVMs", "bobVMs"))), "alice"))
    assert "TENANTS" in text
    assert "data path" not in text


def test_a_session_at_another_tenants_data_path_has_a_row_of_its_own(site: Site) -> None:
    crossed = CrossSession("alice", "bob", "a1@VM.COM", "v-bob.t.com", "vmstore", "10.0.0.2",
                           seen(said("aliceVMs", "bobVMs", breach=True)))  # fmt: skip
    matrix = made(site, {**facts(seen(said("aliceVMs", "bobVMs"))), CrossSessions: CrossSessions((crossed,))}, "alice")
    (row,) = [entry for entry in matrix.rows if entry.of == "bob"]
    assert (row.tenant, row.principal, row.cells[1].outcome) == ("alice", "a1@VM.COM", Outcome.BREACH)


def test_the_json_follows_its_schema(site: Site) -> None:
    matrix = made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))
    data = b"".join(json_form.matrix(matrix, Screen()))
    jsonschema.validate(msgspec.json.decode(data), schema("matrix"))
    assert msgspec.json.decode(data, type=Matrix) == matrix


def untried(site: Site, found: Computed | None) -> Matrix:
    """Of a principal of alice's for whom the site names no secret."""
    alice, bob = site.tenants
    without = msgspec.structs.replace(alice, principals=(Principal("a3@VM.COM"),))
    return assemble(
        msgspec.structs.replace(site, tenants=(without, bob)),
        facts(seen(said("aliceVMs", "bobVMs"))),
        tenants=("alice",),
        started=AT,
        seconds=1.0,
        interrupted=False,
        computed=lambda principal, storage, share: found,
    )


NONE_HELD: tuple[str, ...] = ()
WHY = "the share grants something to a group"


@pytest.mark.parametrize(
    ("found", "own", "others"),
    [
        pytest.param(Computed(FULL, FULL, FULL, WHY, "", NONE_HELD), Outcome.AS_EXPECTED, Outcome.BREACH, id="full"),
        pytest.param(Computed(0, 0, FULL, WHY, "", NONE_HELD), Outcome.LOCKED_OUT, Outcome.AS_EXPECTED, id="refused"),
        pytest.param(Computed(0, 0, FULL, WHY), Outcome.LOCKED_OUT, Outcome.UNKNOWN, id="rights-not-known"),
        pytest.param(
            Computed(0, 0, FULL, WHY, "", ("SeBackupPrivilege",)), Outcome.UNKNOWN, Outcome.BREACH, id="rights-held"
        ),
        pytest.param(Computed(0x1200A9, 0x1200A9, FULL, WHY, "", ()), Outcome.LESS, Outcome.BREACH, id="read-alone"),
        pytest.param(Computed(0x1200A9, FULL, 0x1200A9, WHY, "", ()), Outcome.LESS, Outcome.BREACH, id="folder-reads"),
        pytest.param(Computed(FULL, FULL, None, WHY, "", ()), Outcome.UNKNOWN, Outcome.BREACH, id="folder-not-read"),
        pytest.param(Computed(FULL, FULL, FULL, WHY, "a condition", ()), Outcome.UNKNOWN, Outcome.UNKNOWN, id="doubt"),
        pytest.param(None, Outcome.UNKNOWN, Outcome.UNKNOWN, id="nothing-was-read"),
    ],
)
def test_who_cannot_be_tried_is_judged_by_the_lists(
    site: Site, found: Computed | None, own: Outcome, others: Outcome
) -> None:
    row = untried(site, found).rows[0]
    assert [cell.outcome for cell in row.cells] == [own, others]
    assert [cell.observed for cell in row.cells] == ["", ""]
    assert all("not tested" in cell.why for cell in row.cells if found)


def test_what_was_tried_without_an_answer_is_not_judged_by_the_lists(site: Site) -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer within 5 s", "asked", AT, "alice")
    assert made(site, facts(silence), "alice").rows[0].cells[0].outcome is Outcome.UNKNOWN


def test_an_exception_names_the_entry_that_lets_in(site: Site) -> None:
    said = page(untried(site, GRANTED))
    assert "BREACH            alice at bob's bobVMs on vmstore" in said
    assert "access lists: full (0x001F01FF): the share grants 0x1F01FF to Alice Hosts" in said
    assert "aliceVMs full (computed)" in said


def test_a_right_that_opens_is_no_refusal(site: Site) -> None:
    assert "bobVMs opened by a right (computed)" in page(
        untried(site, Computed(0, 0, FULL, WHY, "", ("SeBackupPrivilege",)))
    )
