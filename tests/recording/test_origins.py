"""What was not queried from a tenant's networks does not count for that tenant."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from fixtures.scenarios import SCENARIOS, facts_of, site_of
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Extent, Facts, Gap, Observed, Unobserved
from krbcheck.facts.older_answers import OlderAnswer, OlderAnswers
from krbcheck.facts.scopes import Scope, Scopes
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging import registry
from krbcheck.judging.judge import judge
from krbcheck.judging.verdict import Fine
from krbcheck.recording.observations import observations
from krbcheck.recording.origins import from_inside
from krbcheck.site.stated import Site
from tests.recording.test_belief import NOW
from tests.support.accepted_evidence import AGENT, OTHER_SOURCE, Accepted, is_accepted
from tests.support.said import said, wrong

NETWORKS = {"alice": ("10.77.11.0/24", "fd00:11::/64"), "bob": ("10.77.12.0/24",)}
OUTSIDE = "10.99.0.5"
ALICE = "the source address 10.99.0.5 is not in a network of alice (10.77.11.0/24, fd00:11::/64)"


def answer(vantage: str) -> NameAnswer:
    seen = Observed(DnsAnswer("NOERROR", ("10.77.11.30",)), "A of nas", NOW, vantage, of="10.77.0.10:53")
    return NameAnswer(vantage, "nas", "A", "10.77.0.10", seen)


def recorded(*points: VantagePoint) -> dict[type[Facts], Facts]:
    tenants = tuple(point.tenant for point in points)
    older = OlderAnswer("A of nas", "10.77.0.10:53", "alice", NOW, "10.77.11.31")
    return {
        Vantages: Vantages(points),
        Scopes: Scopes(scopes=(Scope("hv01", tenants, "digest", ()),)),
        NameAnswers: NameAnswers(
            forward=tuple(map(answer, ("alice", "bob", "hv01"))), extents=(Extent("hv01", tenants, "half"),)
        ),
        OlderAnswers: OlderAnswers(answers=(older,)),
    }


def answered_from(facts: Mapping[type[Facts], Facts]) -> set[str]:
    return {seen.vantage for seen in observations(facts[NameAnswers]) if isinstance(seen, Observed)}


@pytest.mark.parametrize("source", ["10.77.11.101", "fd00:11::5", ""])
def test_an_address_in_a_network_of_the_tenant_counts(source: str) -> None:
    facts = recorded(VantagePoint("alice", "hv01", source), VantagePoint("bob", "hv01", "10.77.12.9"))
    made = from_inside(facts, NETWORKS)
    assert (made.facts, made.remarks) == (facts, ())


@pytest.mark.parametrize("networks", [{}, {"alice": (), "bob": ()}, {"bob": ("10.77.12.0/24",)}])
def test_without_stated_networks_every_address_counts(networks: Mapping[str, tuple[str, ...]]) -> None:
    facts = recorded(VantagePoint("alice", "hv01", OUTSIDE))
    assert from_inside(facts, networks).facts == facts


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (OUTSIDE, ALICE),
        ("10.77.12.9", ALICE.replace(OUTSIDE, "10.77.12.9")),
        ("fd00:12::5", ALICE.replace(OUTSIDE, "fd00:12::5")),
        ("alice-hv01", "the source of the queries is not an address ('alice-hv01')"),
    ],
)
def test_what_was_queried_from_outside_is_not_answered(source: str, why: str) -> None:
    facts = recorded(VantagePoint("alice", "hv01", source), VantagePoint("bob", "hv01", "10.77.12.9"))
    made = from_inside(facts, NETWORKS)
    assert made.remarks == (f"nothing counts that was queried for alice: {why}",)
    assert answered_from(made.facts) == {"bob", "hv01"}
    (silent,) = (seen for seen in observations(made.facts[NameAnswers]) if isinstance(seen, Unobserved))
    assert (silent.gap, silent.detail, silent.asked, silent.vantage) == (Gap.NOT_HERE, why, "A of nas", "alice")
    assert made.facts[OlderAnswers] == OlderAnswers()
    assert made.facts[NameAnswers].extents == (Extent("hv01", ("bob",), "half"),)
    assert made.facts[Scopes] == Scopes(scopes=(Scope("hv01", ("bob",), "digest", ()),))
    points = made.facts[Vantages]
    assert isinstance(points, Vantages)
    assert [points.asked(tenant) for tenant in ("alice", "bob")] == [False, True]
    assert points.why_not("alice") == why


def test_of_several_hosts_in_a_recording_each_is_inside() -> None:
    """A record names the tenant from whose network it was queried, not the host."""
    inside, outside = VantagePoint("alice", "hv01", "10.77.11.101"), VantagePoint("alice", "hv02", OUTSIDE)
    for points in ((inside, outside), (outside, inside)):
        made = from_inside(recorded(*points), NETWORKS)
        assert answered_from(made.facts) == {"bob", "hv01"}
        family = made.facts[Vantages]
        assert isinstance(family, Vantages)
        assert not family.asked("alice")


def moved(site: Site, facts: Mapping[type[Facts], Facts], name: str) -> dict[type[Facts], Facts]:
    """Returns the facts as they count if the source address of this tenant lies outside."""
    family = facts[Vantages]
    assert isinstance(family, Vantages)
    points = tuple(
        msgspec.structs.replace(point, source=OUTSIDE) if point.tenant == name else point for point in family.points
    )
    return from_inside(
        {**facts, Vantages: Vantages(points)}, {tenant.name: tenant.networks for tenant in site.tenants}
    ).facts


BY_DIRECTORY = {"backup", "isolation", "policy", "spn"}
"""Areas with checks that need no answer from a tenant's network."""


def test_no_fine_rests_on_queries_from_outside() -> None:
    site, facts = site_of("healthy"), facts_of("healthy")
    for tenant in site.tenants:
        fines = [
            (report.id, reason.vantage)
            for report in judge(site, moved(site, facts, tenant.name), registry.load().values())
            for verdict in report.verdicts
            if isinstance(verdict, Fine) and verdict.tenant == tenant.name
            for reason in verdict.because
        ]
        assert {vantage for _, vantage in fines if vantage == tenant.name} == set()
        assert {check.partition(".")[0] for check, _ in fines} <= BY_DIRECTORY


ACCEPTED = (
    Accepted("backup.effective", "new: backup.effective/not-in-effect", "", AGENT),
    Accepted("isolation.acl", "new: isolation.acl/foreign-grant of ('alice', 'AliceVMs", "", OTHER_SOURCE),
)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_address_outside_makes_nothing_fine_and_nothing_new(scenario: str) -> None:
    site, facts = site_of(scenario), facts_of(scenario)
    whole = {report.id: said(report) for report in judge(site, facts, registry.load().values())}
    for tenant in site.tenants:
        for report in judge(site, moved(site, facts, tenant.name), registry.load().values()):
            faults = [
                fault
                for fault in wrong(whole[report.id], said(report))
                if not is_accepted(ACCEPTED, tenant.name, report.id, fault)
            ]
            assert faults == [], (tenant.name, report.id)
