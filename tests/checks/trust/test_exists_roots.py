"""Hosts in a child domain: the trust between the forest roots counts. Made by hand: the lab has no child domain.

Alice's hosts are in emea.vmlevel.com, whose forest root vmlevel.com has a trust with tintri.com.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.admissions import Admissions
from krbcheck.facts.directory import (
    Directories,
    DomainIdentity,
    IdentityAnswer,
    Trust,
    TrustAnswer,
    Trusts,
)
from krbcheck.facts.kerberos import KrbError, TrustTicket, TrustTickets
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.judging import judge, registry
from krbcheck.judging.verdict import Finding, Fine, Unknown, Verdict
from krbcheck.site.stated import DataPath, Domain, Principal, Site, Storage, Tenant
from krbcheck.views.trust_sides import DomainPair, TrustSides

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHILD, ROOT, STORAGE, BRANCH = "emea.vmlevel.com", "vmlevel.com", "tintri.com", "lab.tintri.com"
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "station")
FOREST, WITHIN = 0x8, 0x20
NOTHING: tuple[Trust, ...] = ()


def site(storage: str = STORAGE) -> Site:
    host = Principal("alice-hv01$@EMEA.VMLEVEL.COM")
    tenant = Tenant("alice", ("10.0.0.0/24",), data_paths=(DataPath("v.tintri.com", "vmstore"),), principals=(host,))
    domains = tuple(Domain(name) for name in dict.fromkeys((CHILD, ROOT, STORAGE, storage)))
    return Site("lab", domains, (Storage("vmstore", f"VMSTORE$@{storage.upper()}"),), (tenant,))


def trust(partner: str, attributes: int = FOREST, direction: int = 3) -> Trust:
    return Trust(partner, partner.partition(".")[0].upper(), "S-1-5-21-9", direction, 2, attributes, 24)


def facts(*, identities: bool = True, **trusts: tuple[Trust, ...] | None) -> Directories:
    """The trusts of each domain by its first label and root: None for a directory that was silent."""
    domains = {"child": CHILD, "root": ROOT, "storage": STORAGE, "branch": BRANCH}
    forests = {CHILD: ROOT, ROOT: ROOT, STORAGE: STORAGE, BRANCH: STORAGE}

    def seen(found: tuple[Trust, ...] | None) -> Observation[Trusts]:
        return SILENCE if found is None else Observed(Trusts(found), "asked", AT, "station")

    def identity(domain: str) -> IdentityAnswer:
        value = DomainIdentity(domain.partition(".")[0].upper(), "S-1-5-21-1", forests[domain])
        return IdentityAnswer(domain, f"dc.{domain}", Observed(value, "asked", AT, "station"))

    return Directories(
        identities=tuple(identity(domains[name]) for name in trusts if identities),
        trusts=tuple(TrustAnswer(domains[name], f"dc.{domains[name]}", seen(found)) for name, found in trusts.items()),
    )


def verdicts(check: str, directories: Directories, of: Site | None = None) -> list[Verdict]:
    proof = TrustTicket(CHILD, STORAGE, f"dc.{CHILD}", "", Observed(KrbError(7), "asked", AT, "station"), None)
    known: dict[type[Facts], Facts] = {
        Directories: directories,
        TrustTickets: TrustTickets((proof,)),
        Admissions: Admissions(),
    }
    (report,) = judge.judge(of or site(), known, [registry.load()[check]])
    assert not report.crash, report.crash
    return list(report.verdicts)


PARENT = trust(ROOT, WITHIN)
WHOLE = facts(child=(PARENT,), root=(trust(CHILD, WITHIN), trust(STORAGE)), storage=(trust(ROOT),))


@pytest.mark.parametrize("check", ["trust.exists", "trust.kind", "trust.agrees", "trust.selective"])
def test_a_forest_trust_between_the_roots_serves_the_child(check: str) -> None:
    (verdict,) = verdicts(check, WHOLE)
    assert isinstance(verdict, Fine)
    assert verdict.subject == f"{STORAGE} trusts {CHILD}"


def test_the_evidence_names_the_trust_that_tickets_cross() -> None:
    (verdict,) = verdicts("trust.exists", WHOLE)
    said = [reason.line for reason in verdict.because]
    assert f"tickets cross the trust between the forest roots {STORAGE} and {ROOT}" in said


def test_both_domains_may_be_children() -> None:
    directories = facts(
        child=(PARENT,), root=(trust(STORAGE),), storage=(trust(ROOT),), branch=(trust(STORAGE, WITHIN),)
    )
    (verdict,) = verdicts("trust.exists", directories, site(BRANCH))
    assert isinstance(verdict, Fine)
    assert TrustSides(site(BRANCH), directories).crossed(DomainPair(CHILD, BRANCH)) == DomainPair(ROOT, STORAGE)


@pytest.mark.parametrize(
    "directories",
    [
        pytest.param(facts(child=(PARENT,), storage=NOTHING), id="the root is not stated, the storage has no trust"),
        pytest.param(facts(child=(PARENT,), root=NOTHING, storage=NOTHING), id="neither root has an object"),
        pytest.param(
            facts(child=(PARENT,), root=(trust(STORAGE, 0),), storage=(trust(ROOT, 0),)),
            id="the trust between the roots is external, which serves the roots alone",
        ),
    ],
)
def test_without_a_forest_trust_the_missing_trust_is_found(directories: Directories) -> None:
    (verdict,) = verdicts("trust.exists", directories)
    assert isinstance(verdict, Finding)
    assert (verdict.code, verdict.values["hosts"]) == ("trust.exists/missing", CHILD)


@pytest.mark.parametrize(
    ("directories", "unread"),
    [
        pytest.param(facts(child=(PARENT,), storage=(trust(ROOT),)), ROOT, id="the root is not stated"),
        pytest.param(facts(child=(PARENT,), root=None, storage=(trust(ROOT),)), ROOT, id="the root is silent"),
        pytest.param(facts(identities=False, child=None, storage=(trust(ROOT),)), ROOT, id="the child is silent too"),
        pytest.param(facts(child=(PARENT,), root=(trust(STORAGE),), storage=None), STORAGE, id="the storage is silent"),
    ],
)
def test_a_root_that_was_not_read_leaves_it_open(directories: Directories, unread: str) -> None:
    (verdict,) = verdicts("trust.exists", directories)
    assert isinstance(verdict, Unknown)
    assert f"the trusts of {unread} were not read: state {unread} under domains" in verdict.says


def test_one_root_without_the_object_is_found() -> None:
    (verdict,) = verdicts("trust.exists", facts(child=(PARENT,), root=(trust(STORAGE),), storage=NOTHING))
    assert isinstance(verdict, Finding)
    assert (verdict.code, verdict.values["lacking"], verdict.values["there"]) == (
        "trust.exists/one-side-only",
        STORAGE,
        ROOT,
    )


def test_a_shortcut_counts_before_the_roots() -> None:
    directories = facts(
        child=(trust(STORAGE, 0, direction=2),), root=(trust(STORAGE),), storage=(trust(ROOT), trust(CHILD, 0))
    )
    (verdict,) = verdicts("trust.exists", directories)
    assert isinstance(verdict, Finding)
    assert verdict.code == "trust.exists/wrong-direction"


@pytest.mark.parametrize("check", ["trust.ticket", "trust.enctypes"])
def test_a_referral_to_the_parent_proves_nothing_about_the_trust_of_the_roots(check: str) -> None:
    (verdict,) = verdicts(check, WHOLE)
    assert isinstance(verdict, Unknown)
    assert "request" in verdict.says or "referral ticket" in verdict.says


def test_domains_without_a_parent_are_judged_as_before() -> None:
    sides = TrustSides(site(), msgspec.structs.replace(WHOLE, identities=()))
    assert sides.crossed(DomainPair(ROOT, STORAGE)) == DomainPair(ROOT, STORAGE)
