"""A recording is judged for what it was made for: what the site file states since then is not in these facts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import msgspec
import pytest

from fixtures.scenarios import SCENARIOS, facts_of, site_of
from krbcheck.asking.collection import scopes
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.facts.observation import Facts
from krbcheck.facts.scopes import Scopes
from krbcheck.judging import registry
from krbcheck.judging.judge import CheckReport, judge
from krbcheck.judging.scope import without
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import (
    Access,
    DataPath,
    Principal,
    SecretKind,
    SecretSource,
    Share,
    Site,
    Storage,
    Tenant,
)
from krbcheck.site.subjects import digest, subjects

HOST = ThisHost("station", {name: SourceAddress(name, "10.77.11.101") for name in ("alice", "bob")})
NOT_HERE = "not in these facts, which were collected before the site file stated "
WITH_ANOTHER_SCOPE = "handmade-catalogues-differ"
"""Made by hand of the healthy facts, whose scope lacks the domain that its site file adds."""


def facts_for(scenario: str, site: Site) -> dict[type[Facts], Facts]:
    return {**facts_of(scenario), Scopes: scopes(site, HOST)}


@cache
def healthy_site() -> Site:
    return site_of("healthy")


def judged(site: Site, facts: dict[type[Facts], Facts]) -> list[CheckReport]:
    return judge(site, facts, [check for check in registry.load().values() if check.families])


def verdicts(reports: list[CheckReport]) -> list[Verdict]:
    assert [report.crash for report in reports if report.crash] == []
    return [verdict for report in reports for verdict in report.verdicts]


def of_alice(site: Site, change: Callable[[Tenant], Tenant]) -> Site:
    tenants = tuple(change(tenant) if tenant.name == "alice" else tenant for tenant in site.tenants)
    return msgspec.structs.replace(site, tenants=tenants)


def with_path(tenant: Tenant) -> Tenant:
    added = DataPath("new-alice.tintri.com", "vmstore")
    return msgspec.structs.replace(tenant, data_paths=(*tenant.data_paths, added))


def with_principal(tenant: Tenant) -> Tenant:
    return msgspec.structs.replace(tenant, principals=(*tenant.principals, Principal("alice-hv09$@VMLEVEL.COM")))


def with_share(tenant: Tenant) -> Tenant:
    return msgspec.structs.replace(tenant, shares=(*tenant.shares, Share("NewVMs", Access.FULL, "vmstore")))


def with_tenant(site: Site) -> Site:
    carol = Tenant(
        "carol",
        ("10.77.99.0/24",),
        data_paths=(DataPath("vmstore-carol.tintri.com", "vmstore", "10.77.99.30"),),
        principals=(Principal("carol-hv01$@VMLEVEL.COM"),),
        shares=(Share("CarolVMs", Access.FULL, "vmstore"),),
    )
    return msgspec.structs.replace(site, tenants=(*site.tenants, carol))


def with_storage(site: Site) -> Site:
    return msgspec.structs.replace(site, storages=(*site.storages, Storage("newstore", "NEWSTORE$@TINTRI.COM")))


ADDED: dict[str, tuple[Callable[[Site], Site], str]] = {
    "tenant": (with_tenant, "tenant carol: collect again"),
    "data path": (lambda site: of_alice(site, with_path), "data path new-alice.tintri.com: collect again"),
    "principal": (lambda site: of_alice(site, with_principal), "principal alice-hv09$@VMLEVEL.COM: collect again"),
    "share": (lambda site: of_alice(site, with_share), "share NewVMs of vmstore: collect again"),
    "storage": (with_storage, "storage newstore: collect again"),
}


@pytest.mark.parametrize("kind", ADDED)
def test_what_was_added_to_the_site_file_is_not_in_these_facts(kind: str) -> None:
    add, named = ADDED[kind]
    before = verdicts(judged(healthy_site(), facts_for("healthy", healthy_site())))
    after = verdicts(judged(add(healthy_site()), facts_for("healthy", healthy_site())))
    known = {(type(finding), finding.tenant, finding.subject) for finding in before}
    new = [finding for finding in after if (type(finding), finding.tenant, finding.subject) not in known]
    assert [finding for finding in after if isinstance(finding, Finding) and finding not in before] == []
    assert all(isinstance(finding, Unknown) and finding.says.startswith(NOT_HERE + named) for finding in new)
    assert new or kind == "storage"


def test_without_a_scope_it_is_judged_as_stated() -> None:
    """Recordings of krbcheck 0.1 and of schema 1 do not state what they were made for."""
    site = of_alice(healthy_site(), with_path)
    found = verdicts(judged(site, {kind: family for kind, family in facts_of("healthy").items() if kind is not Scopes}))
    assert not any(isinstance(finding, Unknown) and finding.says.startswith(NOT_HERE) for finding in found)


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != WITH_ANOTHER_SCOPE][::7])
def test_for_its_own_site_file_a_scope_changes_no_verdict(scenario: str) -> None:
    site = site_of(scenario)
    plain = verdicts(judged(site, dict(facts_of(scenario))))
    assert verdicts(judged(site, facts_for(scenario, site))) == plain
    assert without(site, []) == site


def test_a_scope_counts_for_the_tenants_that_it_was_collected_for() -> None:
    """The file of alice's hosts is newer than the site file's data path of bob; that of bob's hosts is older."""
    old, new = healthy_site(), with_bobs_path(healthy_site())
    alice = ThisHost("hv01", {"alice": SourceAddress("alice", "10.77.11.101"), "bob": SourceAddress("bob", "")})
    bob = ThisHost("hv02", {"alice": SourceAddress("alice", ""), "bob": SourceAddress("bob", "10.77.12.101")})
    merged = merge([{Scopes: scopes(new, alice)}, {Scopes: scopes(old, bob)}])[Scopes]
    assert isinstance(merged, Scopes)
    stated = [subject for scope in scopes(new, alice).scopes for subject in scope.subjects]
    assert [entry.name for entry in merged.added(stated, digest(new))] == ["new-bob.tintri.com"]


def with_bobs_path(site: Site) -> Site:
    added = DataPath("new-bob.tintri.com", "vmstore")
    tenants = tuple(
        msgspec.structs.replace(tenant, data_paths=(*tenant.data_paths, added)) if tenant.name == "bob" else tenant
        for tenant in site.tenants
    )
    return msgspec.structs.replace(site, tenants=tenants)


def test_a_changed_address_is_another_question_and_a_secret_is_none() -> None:
    site = healthy_site()

    def moved(tenant: Tenant) -> Tenant:
        paths = (msgspec.structs.replace(tenant.data_paths[0], address="10.77.11.99"), *tenant.data_paths[1:])
        return msgspec.structs.replace(tenant, data_paths=paths)

    def secret(tenant: Tenant) -> Tenant:
        source = SecretSource(SecretKind.FILE, "/secret/canary")
        return msgspec.structs.replace(tenant, principals=(Principal(tenant.principals[0].name, source),))

    assert digest(of_alice(site, moved)) != digest(site)
    assert "canary" not in str(subjects(of_alice(site, secret)))
