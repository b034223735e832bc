"""The audit pack: every pair of a principal and a share is in it, with how its access is known."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from importlib import import_module

import msgspec
import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Facts
from krbcheck.judging.judge import CheckReport
from krbcheck.report import report as reports
from krbcheck.report.audit import (
    Audit,
    How,
    Pair,
    Person,
    Role,
    Since,
    assemble,
    backup_people,
    outcomes,
    pair_changes,
    scope,
)
from krbcheck.report.audit_csv import ORIGIN, findings_csv, pairs_csv
from krbcheck.report.audit_html import audit_page, headline, scope_line
from krbcheck.report.difference import difference
from krbcheck.report.formats import json
from krbcheck.report.matrix_waivers import with_waivers
from krbcheck.report.report import Report
from krbcheck.site.expected_access import AS_EXPECTED, Expected
from krbcheck.site.stated import Backup, DataPath, Site, Storage
from krbcheck.site.waivers import Waiver
from krbcheck.views.computed_access import Computed
from krbcheck.views.observed_access import Outcome
from tests.support import matrix_report
from tests.support.matrix_report import AT, FULL, facts, made, nasty, said, seen, tenant
from tests.support.pages import assert_harmless, read_page
from tests.support.reports import HOSTILE, bad_night

site = matrix_report.site
DENIED = Computed(0, 0, None, "no entry applies", rights=())
OPEN = Computed(FULL, FULL, FULL, "Everyone", rights=())


def of_report(site: Site, checks: Iterable[CheckReport] = ()) -> Report:
    return reports.assemble(site, list(checks), {}, started=AT, seconds=1.0)


def audit(
    site: Site, known: dict[type[Facts], Facts], computed: Computed | None = None, people: Iterable[Person] = ()
) -> Audit:
    return assemble(site, "0" * 64, "station", of_report(site), made(site, known), lambda *_: computed, people)


def pair(found: Audit, principal: str, share: str) -> Pair:
    [one_pair] = [each for each in found.pairs if (each.principal, each.share) == (principal, share)]
    return one_pair


def test_every_principal_is_paired_with_every_share(site: Site) -> None:
    found = audit(site, facts(seen(said("aliceVMs", "bobVMs"))))
    hosts = [(each.principal, each.share, str(each.how)) for each in found.pairs if each.role is Role.HOST]
    assert hosts == [
        ("a1@VM.COM", "aliceVMs", "tested"),
        ("a1@VM.COM", "bobVMs", "tested"),
        ("a2@VM.COM", "aliceVMs", "tested"),
        ("a2@VM.COM", "bobVMs", "tested"),
        ("b1@VM.COM", "aliceVMs", "not-examined"),
        ("b1@VM.COM", "bobVMs", "not-examined"),
    ]
    assert found.scope.pairs == len(found.pairs) == found.scope.tested + found.scope.computed + found.scope.not_examined
    assert found.scope.roles == {"host": 3, "no-account": 2}
    assert pair(found, "b1@VM.COM", "bobVMs").why.startswith("no leg here; its access was not computed")
    assert sum(found.outcomes.values()) == found.scope.pairs


def test_a_pair_is_as_expected_only_at_every_data_path(site: Site) -> None:
    alice, bob = site.tenants
    two = (*alice.data_paths, DataPath("second.t.com", "vmstore"))
    found = audit(replace(site, tenants=(replace(alice, data_paths=two), bob)), facts(seen(said("aliceVMs", "bobVMs"))))
    own = pair(found, "a1@VM.COM", "aliceVMs")
    assert (own.how, own.outcome, own.paths) == (How.TESTED, Outcome.UNKNOWN, ("v-alice.t.com",))
    assert own.why.startswith("not tested at second.t.com: ")


@pytest.mark.parametrize(
    ("known", "own", "others"),
    [
        (OPEN, Outcome.AS_EXPECTED, Outcome.BREACH),
        (DENIED, Outcome.LOCKED_OUT, Outcome.AS_EXPECTED),
    ],
)
def test_without_a_test_the_permissions_count_and_the_pair_is_computed_only(
    site: Site, known: Computed, own: Outcome, others: Outcome
) -> None:
    found = audit(site, facts(seen(said("aliceVMs", "bobVMs"))), known)
    assert [(pair(found, "b1@VM.COM", share).how, pair(found, "b1@VM.COM", share).outcome) for share in (
        "bobVMs", "aliceVMs",
    )] == [(How.COMPUTED, own), (How.COMPUTED, others)]  # fmt: skip
    tested = pair(found, "a1@VM.COM", "bobVMs")
    assert (tested.how, tested.outcome) == (How.TESTED, Outcome.AS_EXPECTED), "a test counts, not the computation"


def test_a_doubtful_computation_examines_nothing(site: Site) -> None:
    doubtful = Computed(FULL, FULL, None, "why", doubt="a group was not read")
    found = pair(audit(site, facts(seen(said("aliceVMs", "bobVMs"))), doubtful), "b1@VM.COM", "bobVMs")
    assert (found.how, found.outcome) == (How.NOT_EXAMINED, Outcome.UNKNOWN)
    assert found.why == "no leg here; a group was not read"


def test_a_tenant_without_a_path_to_a_storage_is_paired_with_its_shares() -> None:
    other = tenant("carol", "c1")
    path = msgspec.structs.replace(other.data_paths[0], storage="nas")
    share = msgspec.structs.replace(other.shares[0], storage="nas")
    carol = msgspec.structs.replace(other, data_paths=(path,), shares=(share,))
    stated = Site(
        "x.yaml", (), (Storage("vmstore", "V$@T.COM"), Storage("nas", "N$@T.COM")), (tenant("alice", "a1"), carol)
    )
    found = audit(stated, {})
    assert pair(found, "a1@VM.COM", "carolVMs").why.startswith("it has no data path to the storage")
    assert pair(found, "c1@VM.COM", "aliceVMs").expected is Expected.REFUSED


def test_backup_accounts_and_administrators_are_principals(site: Site) -> None:
    backed = msgspec.structs.replace(
        site,
        storages=(*site.storages, Storage("nas", "N$@T.COM")),
        tenants=(*site.tenants, msgspec.structs.replace(tenant("dora"), shares=(
            msgspec.structs.replace(tenant("dora").shares[0], storage="nas"),
        ), data_paths=(msgspec.structs.replace(tenant("dora").data_paths[0], storage="nas"),))),
        backups=(Backup("veeam", "vmstore", ("veeam@VM.COM", "A1@vm.com")),),
    )  # fmt: skip
    people = list(backup_people(backed, lambda *_: OPEN))
    assert [(person.name, person.storage, person.expected) for person in people] == [
        ("veeam@VM.COM", "vmstore", Expected.ANY),
        ("veeam@VM.COM", "nas", Expected.REFUSED),
    ], "a1 is a host of alice"
    silent = Person(Role.ADMINISTRATOR, "", r"T\Storage Admins", "nas", Expected.ANY, {}, "the groups were not read")
    found = audit(backed, {}, None, [*people, silent])
    added = [each for each in found.pairs if each.role in (Role.BACKUP, Role.ADMINISTRATOR)]
    of_roles = [(each.role, each.share, each.outcome) for each in added]
    assert of_roles == [
        (Role.BACKUP, "aliceVMs", Outcome.AS_EXPECTED),
        (Role.BACKUP, "bobVMs", Outcome.AS_EXPECTED),
        (Role.BACKUP, "doraVMs", Outcome.BREACH),
        (Role.ADMINISTRATOR, "doraVMs", Outcome.UNKNOWN),
    ]
    assert found.scope.roles["backup"] == found.scope.roles["administrator"] == 1


def test_a_waived_pair_is_counted_apart(site: Site) -> None:
    breached = made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))
    waiver = Waiver("isolation.others/breach", "a1@*", "migration", "alice", date(2027, 1, 1))
    plain = assemble(site, "", "station", of_report(site), breached, lambda *_: None)
    assert (plain.outcomes["breach"], plain.outcomes["waived"]) == (1, 0)
    accepted = with_waivers(breached, [waiver], date(2026, 11, 26))
    found = assemble(site, "", "station", of_report(site), accepted, lambda *_: None)
    assert (found.outcomes["breach"], found.outcomes["waived"]) == (0, 1)
    assert "1 waived" in headline(found)


def test_changed_pairs_are_listed_also_those_that_one_pack_lacks(site: Site) -> None:
    before = audit(site, facts(seen(said("aliceVMs", "bobVMs"))))
    after = audit(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))
    assert [
        (each.principal, each.share, each.before, each.after) for each in pair_changes(before.pairs, after.pairs)
    ] == [("a1@VM.COM", "bobVMs", "as-expected (tested)", "breach (tested)")]
    assert pair_changes(before.pairs, before.pairs) == ()
    gone = pair_changes(before.pairs[:1], ())
    assert [(each.before, each.after) for each in gone] == [("as-expected (tested)", "")]


def rows(pieces: Iterable[bytes]) -> list[dict[str, str]]:
    data = b"".join(pieces)
    assert data.startswith(b"\xef\xbb\xbf"), "Excel needs the mark"
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_csv_has_a_line_for_each_pair_with_the_origin(site: Site) -> None:
    found = audit(site, facts(seen(said("aliceVMs", "bobVMs"))))
    listed = rows(pairs_csv(found))
    assert len(listed) == len(found.pairs)
    assert {tuple(row[name] for name in ORIGIN[2:]) for row in listed} == {("cloud.yaml", "0" * 64, found.krbcheck)}
    assert {row["collected"] for row in listed} == {"2026-01-01T00:00:00Z"}


def test_findings_csv_has_errors_warnings_and_what_is_not_determined(site: Site) -> None:
    report = of_report(site, [check for check in bad_night() if not check.crash])
    found = assemble(site, "", "station", report, made(site, {}), lambda *_: None)
    listed = rows(findings_csv(found))
    assert [row["severity"] for row in listed] == ["error"] * 3 + ["warning"] + ["not determined"] * 3


def test_the_page_has_the_scope_the_definition_and_every_pair(site: Site) -> None:
    found = audit(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))
    page = read_page(audit_page(found, of_report(site)))
    assert_harmless(page)
    text = " ".join(words for _, words in page.texts)
    assert AS_EXPECTED in text
    assert scope_line(found) in text
    assert "Not examined: 6" in text
    assert "1 breach · 6 not determined" in page.of("h1")[0]
    assert page.attributes("class").count("tag breach") == 2, "in the list of deviations and at its principal"


def test_the_page_shows_the_difference_to_the_earlier_pack(site: Site) -> None:
    before = audit(site, facts(seen(said("aliceVMs", "bobVMs"))))
    after = audit(site, facts(seen(said("aliceVMs", "bobVMs", breach=True))))
    since = Since(AT, "1" * 64, difference(of_report(site), of_report(site)), pair_changes(before.pairs, after.pairs))
    page = read_page(audit_page(msgspec.structs.replace(after, since=since), of_report(site)))
    text = " ".join(words for _, words in page.texts)
    assert "The site file is different: SHA-256 1111" in text
    assert "Pairs that changed: 1" in text
    assert "as-expected (tested)" in page.of("td")


def test_json_has_each_pair_in_one_line_and_reads_back_as_the_same(site: Site, hostile_report: Report) -> None:
    for found in (
        audit(site, facts(seen(said("aliceVMs", "bobVMs")))),
        audit(site, {}),
        assemble(Site("x.yaml", (), (), ()), "", HOSTILE, hostile_report, nasty(site), lambda *_: None),
        assemble(site, "", HOSTILE, hostile_report, nasty(site), lambda *_: None),
    ):
        text = b"".join(json.audit(found)).decode()
        assert msgspec.json.decode(text, type=Audit) == found
        assert all(line.isprintable() for line in text.splitlines())
        assert sum(line.startswith('  {"role":') for line in text.splitlines()) == len(found.pairs)


def test_each_line_of_a_csv_names_a_few_vantage_points(site: Site) -> None:
    many = msgspec.structs.replace(audit(site, {}), vantages=tuple(f"t{number}" for number in range(200)))
    assert {row["vantages"] for row in rows(pairs_csv(many))} == {"t0 t1 t2 t3 t4 t5 t6 t7 and 192 more, in audit.json"}
    few = msgspec.structs.replace(many, vantages=("alice", "bob"))
    assert {row["vantages"] for row in rows(pairs_csv(few))} == {"alice bob"}


def test_the_page_of_two_hundred_tenants_is_small_also_where_half_of_the_pairs_are_breaches(site: Site) -> None:
    few = audit(site, facts(seen(said("aliceVMs", "bobVMs"))))
    pairs = tuple(
        Pair(
            role=Role.HOST, tenant=f"t{n}", principal=f"t{n}-hv1$@VM.COM", storage="vmstore", share=f"T{m}VMs",
            owner=f"t{m}", expected=Expected.REFUSED, how=How.TESTED,
            outcome=Outcome.BREACH if (n + m) % 2 else Outcome.AS_EXPECTED, observed="change (0x001301BF)",
            why="the share grants change to Everyone",
        )
        for n in range(200)
        for m in range(200)
    )  # fmt: skip
    many = msgspec.structs.replace(
        few, pairs=pairs, scope=scope(pairs), outcomes=outcomes(pairs), vantages=tuple(f"t{n}" for n in range(200))
    )
    data = b"".join(audit_page(many, of_report(site)))
    assert len(data) < 2_000_000
    text = " ".join(words for _, words in read_page([data]).texts)
    assert "20000 breaches" in text
    assert "… and 19600 more, in audit.csv" in text
    assert "t10, t11 and 188 more" in " ".join(text.split())


def test_text_of_servers_is_text(site: Site, hostile_report: Report) -> None:
    found = assemble(site, "", HOSTILE, hostile_report, nasty(site), lambda *_: None)
    assert_harmless(read_page(audit_page(found, hostile_report)))
    for row in (*rows(pairs_csv(found)), *rows(findings_csv(found))):
        assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())


@pytest.mark.parametrize("name", ["isolation.own", "isolation.others"])
def test_the_checks_have_the_same_definition(name: str) -> None:
    documentation = import_module(f"krbcheck.checks.{name}").__doc__ or ""
    assert AS_EXPECTED in " ".join(documentation.split())
