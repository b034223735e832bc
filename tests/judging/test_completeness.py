"""What a command did not query is never fine: every command with every family, and recordings of every age."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from fixtures.scenarios import facts_of, site_of
from krbcheck.asking.needs import lacks_of, load_collector
from krbcheck.cli.commands.trace import PRINCIPALS_SESSIONS
from krbcheck.cli.matrix_scope import TABLE
from krbcheck.collectors import COLLECTORS
from krbcheck.facts.kerberos import TicketGrants
from krbcheck.facts.observation import Extent, Facts
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import Vantages
from krbcheck.judging import registry
from krbcheck.judging.completeness import judged_in_part
from krbcheck.judging.judge import CheckReport, judge
from krbcheck.judging.unstated import with_unstated
from krbcheck.judging.verdict import Fine, Unknown, Verdict
from krbcheck.recording import encoding
from krbcheck.recording.extents import with_extents
from krbcheck.recording.merging import merge

COMMANDS: Mapping[str, Mapping[str, str]] = {
    "collect": COLLECTORS,
    "matrix": TABLE,
    "trace": {**COLLECTORS, "SmbSessions": PRINCIPALS_SESSIONS},
}
LACKS = "only one KDC was queried"
FINE = Fine("alice-hv01$", "alice")


def healthy() -> dict[type[Facts], Facts]:
    return dict(with_unstated(site_of("healthy"), facts_of("healthy")))


def judged(facts: Mapping[type[Facts], Facts]) -> list[CheckReport]:
    return judge(site_of("healthy"), facts, registry.load().values())


def as_collected_by(table: Mapping[str, str]) -> dict[type[Facts], Facts]:
    """The healthy facts with the extents that a command's collectors give them."""
    known = {name: kind for name, kind in encoding.families().items() if name in table}
    extents = {
        kind: (Extent("station", ("alice", "bob"), lacks_of(load_collector(kind, table))),) for kind in known.values()
    }
    return {
        kind: msgspec.structs.replace(family, extents=extents.get(kind, family.extents))
        for kind, family in healthy().items()
    }


def fine_of(reports: list[CheckReport]) -> dict[str, int]:
    return {report.id: sum(isinstance(verdict, Fine) for verdict in report.verdicts) for report in reports}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("family", sorted(COLLECTORS))
def test_what_a_command_leaves_out_is_not_fine(command: str, family: str) -> None:
    """A check that reads a family in part is fine only if it declares that the rest does not matter to it."""
    kind = encoding.families()[family]
    lacks = lacks_of(load_collector(kind, COMMANDS[command]))
    if kind not in healthy():
        assert not any(kind in check.families for check in registry.load().values()), "no check reads it"
        return
    facts = healthy() | {kind: as_collected_by(COMMANDS[command])[kind]}
    for report in judged(facts):
        check = registry.load()[report.id]
        if lacks and kind in check.families and kind not in check.part_is_enough:
            assert fine_of([report])[report.id] == 0, report.id
            unknown = sum(isinstance(verdict, Unknown) and verdict.says == lacks for verdict in report.verdicts)
            assert unknown == fine_of(judged(healthy()))[report.id], report.id


@pytest.mark.parametrize(
    ("command", "checks"),
    [
        ("collect", set()),
        (
            "matrix",
            {
                *("isolation.listing", "isolation.overlap", "isolation.unstated"),
                *("ticket.client", "ticket.enctype", "ticket.service", "ticket.tgt"),
            },
        ),
        ("trace", {"smb.session"}),
    ],
)
def test_what_each_command_leaves_undetermined(command: str, checks: set[str]) -> None:
    """`ticket.path` gives notes alone: it reports the path that was seen. `matrix` does not read the principals' lists
    of shares, which may contain shares that are in no other list.
    """
    whole, partial = fine_of(judged(healthy())), fine_of(judged(as_collected_by(COMMANDS[command])))
    assert {check for check in whole if partial[check] < whole[check]} == checks
    assert all(partial[check] == 0 for check in checks)


def grants(*extents: Extent) -> TicketGrants:
    return TicketGrants(extents=extents)


@pytest.mark.parametrize(
    ("extents", "lacks"),
    [
        ((), ""),
        ((Extent("station", ("alice",)),), ""),
        ((Extent("station", ("alice",), LACKS),), LACKS),
        ((Extent("station", ("alice",), LACKS), Extent("hv01", ("alice",))), ""),
        ((Extent("station", ("alice",), LACKS), Extent("hv02", ("bob",))), LACKS),
        ((Extent("station", ("alice",)), Extent("hv02", ("bob",), LACKS)), ""),
        ((Extent("hv02", ("bob",), LACKS),), LACKS),
    ],
    ids=["by-hand", "whole", "part", "part-and-whole", "whole-for-another", "part-for-another", "other-tenant-only"],
)
def test_collections_for_a_tenant_decide_for_that_tenant(extents: tuple[Extent, ...], lacks: str) -> None:
    assert grants(*extents).lacks("alice") == lacks
    (verdict,) = judged_in_part([FINE], [grants(*extents)], ())
    expected: Verdict = Unknown(FINE.subject, lacks, FINE.tenant) if lacks else FINE
    assert verdict == expected


def test_a_part_may_be_enough() -> None:
    assert judged_in_part([FINE], [grants(Extent("station", ("alice",), LACKS))], {TicketGrants}) == [FINE]


def test_extents_add_up_when_recordings_are_merged() -> None:
    extent, other = Extent("station", ("alice",), LACKS), Extent("hv02", ("bob",))
    merged = merge([{TicketGrants: grants(extent)}, {TicketGrants: grants(other)}])
    assert merged[TicketGrants].extents == (extent, other)


def test_an_older_recording_of_every_family_is_whole() -> None:
    assert {family.lacks("alice") for family in healthy().values()} == {""}


def test_an_older_recording_of_some_families_may_be_of_matrix_or_trace() -> None:
    some = {kind: family for kind, family in healthy().items() if kind.__name__ in ("TicketGrants", "Controllers")}
    bare = {kind: msgspec.structs.replace(family, extents=()) for kind, family in some.items()}
    lacks = {family.lacks() for family in with_extents(bare, "station", stated=False).values()}
    assert lacks == {"the recording does not state how much was queried"}


def test_a_recording_of_today_that_does_not_state_how_much_was_queried_is_partial() -> None:
    bare = {kind: msgspec.structs.replace(family, extents=()) for kind, family in healthy().items()}
    given = with_extents(bare, "station", stated=True)
    assert all(family.lacks() for kind, family in given.items() if kind not in (Vantages, Scopes))
