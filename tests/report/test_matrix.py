"""The matrix as a value and in its forms: every cell is there, exceptions stand first, text of servers is harmless."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import jsonschema
import msgspec
import pytest

from krbcheck.cli.matrix_scope import narrowed
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.schemas import schema
from krbcheck.facts.cross_sessions import CrossSession, CrossSessions
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp, TreeReply
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.report.formats.json import encode
from krbcheck.report.matrix import Matrix, assemble
from krbcheck.report.matrix_files import csv_chunks, html_chunks, json_chunks
from krbcheck.report.matrix_page import render
from krbcheck.site.stated import Access, DataPath, Principal, SecretKind, SecretSource, Share, Site, Storage, Tenant
from krbcheck.views.computed_access import Computed
from krbcheck.views.observed_access import Outcome

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
FULL, DENIED, LOGON_FAILURE = 0x1F01FF, 0xC0000022, 0xC000006D
NASTY = "=cmd|<script>\x1b[31m"


def tenant(name: str, *hosts: str) -> Tenant:
    return Tenant(
        name,
        data_paths=(DataPath(f"v-{name}.t.com", "vmstore", ""),),
        shares=(Share(f"{name}VMs", Access.FULL, "vmstore"),),
        principals=tuple(Principal(f"{host}@VM.COM", KEYTAB) for host in hosts),
    )


@pytest.fixture
def site() -> Site:
    return Site("cloud.yaml", (), (Storage("vmstore", "V$@T.COM"),), (tenant("alice", "a1", "a2"), tenant("bob", "b1")))


def said(own: str, other: str, breach: bool = False) -> SmbSetUp:
    other_tree = TreeReply(other, 0, maximal_access=FULL) if breach else TreeReply(other, DENIED)
    return SmbSetUp(
        0, dialect=0x311, trees=(TreeReply(own, 0, maximal_access=FULL, root=0, root_access=FULL), other_tree)
    )


def seen(value: SmbSetUp) -> Observation[SmbSetUp]:
    return Observed(value, "asked", AT, "alice")


def session(name: str, principal: str, answer: Observation[SmbSetUp], kind: SessionKind) -> SmbSession:
    return SmbSession(name, principal, f"v-{name}.t.com", "vmstore", "10.0.0.1", kind, answer)


def facts(first: Observation[SmbSetUp]) -> dict[type[Facts], Facts]:
    """a1 as given, a2 as it should be; nothing was asked for bob."""
    turned = seen(SmbSetUp(LOGON_FAILURE, dialect=0x311))
    sessions = (
        session("alice", "a1@VM.COM", first, SessionKind.KERBEROS),
        session("alice", "a2@VM.COM", seen(said("aliceVMs", "bobVMs")), SessionKind.KERBEROS),
        session("alice", "", turned, SessionKind.ANONYMOUS),
        session("alice", "", turned, SessionKind.MADE_UP),
    )
    points = (VantagePoint("alice", "station", "10.0.0.9"), VantagePoint("bob", "station", "", "no leg here"))
    return {SmbSessions: SmbSessions(sessions), Vantages: Vantages(points)}


GRANTED = Computed(FULL, FULL, FULL, "the share grants 0x1F01FF to Alice Hosts")


def made(site: Site, known: dict[type[Facts], Facts], *tenants: str) -> Matrix:
    return assemble(
        site, known, tenants=tenants or ("alice", "bob"), started=AT, seconds=1.0, interrupted=False,
        computed=lambda principal, storage, share: GRANTED if share == "aliceVMs" else None,
    )  # fmt: skip


def page(matrix: Matrix, *, quiet: bool = False) -> str:
    text = io.StringIO()
    render(matrix, text, {}, quiet=quiet)
    return text.getvalue()


def test_every_principal_meets_every_share(site: Site) -> None:
    matrix = made(site, facts(seen(said("aliceVMs", "bobVMs"))), "alice")
    assert [(row.principal, [(one.share, str(one.expected), str(one.outcome)) for one in row.cells])
            for row in matrix.rows][:2] == [
        (name, [("aliceVMs", "full", "as-expected"), ("bobVMs", "refused", "as-expected")])
        for name in ("a1@VM.COM", "a2@VM.COM")
    ]  # fmt: skip
    assert (matrix.totals.cells, matrix.totals.as_expected) == (8, 8), "the uninvited count too"
    assert page(matrix, quiet=True) == ""


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
    (row,) = [one for one in made(site, known, "alice").rows if one.kind is SessionKind.ANONYMOUS]
    assert row.cells[0].outcome is outcome


def test_what_was_not_asked_is_unknown_and_says_why(site: Site) -> None:
    matrix = made(site, facts(seen(said("aliceVMs", "bobVMs"))), "bob")
    assert {one.why for row in matrix.rows for one in row.cells} == {"no leg here"}
    assert matrix.totals.unknown == matrix.totals.cells == 6
    assert "6 unknown" in page(matrix)


def test_silence_is_unknown_with_what_is_computed_beside_it(site: Site) -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer within 5 s", "asked", AT, "alice")
    matrix = made(site, facts(silence), "alice")
    assert [(one.outcome, one.why, one.computed) for one in matrix.rows[0].cells] == [
        (Outcome.UNKNOWN, "no answer within 5 s", GRANTED.told),
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
        site.tenants[0], shares=tuple(Share(f"S{one}", Access.FULL, "vmstore") for one in range(9))
    )
    large = msgspec.structs.replace(site, tenants=(many, site.tenants[1]))
    text = page(made(large, facts(seen(said("aliceVMs", "bobVMs"))), "alice"))
    assert "TENANTS" in text
    assert "data path" not in text


def test_a_session_at_another_tenants_data_path_has_a_row_of_its_own(site: Site) -> None:
    crossed = CrossSession("alice", "bob", "a1@VM.COM", "v-bob.t.com", "vmstore", "10.0.0.2",
                           seen(said("aliceVMs", "bobVMs", breach=True)))  # fmt: skip
    matrix = made(site, {**facts(seen(said("aliceVMs", "bobVMs"))), CrossSessions: CrossSessions((crossed,))}, "alice")
    (row,) = [one for one in matrix.rows if one.of == "bob"]
    assert (row.tenant, row.principal, row.cells[1].outcome) == ("alice", "a1@VM.COM", Outcome.BREACH)


def test_the_json_follows_its_schema(site: Site) -> None:
    matrix = made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))
    data = b"".join(json_chunks(matrix))
    jsonschema.validate(msgspec.json.decode(data), schema("matrix"))
    assert msgspec.json.decode(data, type=Matrix) == matrix


def test_json_in_pieces_is_the_json_of_the_whole(site: Site) -> None:
    for matrix in (nasty(site), msgspec.structs.replace(nasty(site), rows=())):
        assert b"".join(json_chunks(matrix)) == encode(matrix)


def nasty(site: Site) -> Matrix:
    silence = Unobserved(Gap.CLOSED, NASTY, "asked", AT, "alice")
    return made(site, facts(silence), "alice")


def test_csv_has_a_line_a_cell_and_no_formula(site: Site) -> None:
    lines = list(csv.DictReader(io.StringIO(b"".join(csv_chunks(nasty(site))).decode())))
    assert len(lines) == 8
    assert lines[0]["why"].startswith("'=cmd|")
    assert "\x1b" not in lines[0]["why"]


def test_the_page_is_escaped(site: Site) -> None:
    text = b"".join(html_chunks(nasty(site))).decode()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_a_name_that_the_site_does_not_have_is_a_mistake(site: Site) -> None:
    for wrong in ((["carol"], None, None), (None, ["a9@VM.COM"], None), (None, None, ["other"])):
        with pytest.raises(Mistake):
            narrowed(site, *wrong)


def test_named_principals_alone_are_asked_at_the_shares_of_all(site: Site) -> None:
    narrow = narrowed(site, None, ["A2"], None)
    assert narrow.tenants == ("alice",)
    assert [one.name for _, one in narrow.site.principals()] == ["a2@VM.COM"]
    assert [share.name for one in narrow.site.tenants for share in one.shares] == ["aliceVMs", "bobVMs"]


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
    assert [one.outcome for one in row.cells] == [own, others]
    assert [one.observed for one in row.cells] == ["", ""]
    assert all("not tried" in one.why for one in row.cells if found)


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
