"""The links of a path have the state that the verdicts give them."""

from __future__ import annotations

from datetime import date

import pytest

from fixtures.scenarios import facts_of, judged, report_of, site_of
from krbcheck.judging.causes import explained
from krbcheck.judging.registry import load
from krbcheck.judging.rules import rules_of
from krbcheck.judging.waivers import with_waivers
from krbcheck.report.pictures import chain_of_path
from krbcheck.report.report import with_ids
from krbcheck.report.tenant_paths import LINKS, PathState, TenantPath, tenant_paths
from krbcheck.site.waivers import Waiver

WORKS = dict.fromkeys(LINKS, PathState.WORKS)


def paths(scenario: str) -> dict[str, TenantPath]:
    return {path.path: path for path in report_of(facts_of(scenario), site_of(scenario)).paths}


def states(path: TenantPath) -> dict[str, PathState]:
    return {link.name: link.state for link in path.links}


def first(path: TenantPath) -> list[str]:
    return [link.name for link in path.links if link.first]


def test_every_link_of_a_healthy_path_works_and_shows_an_answer() -> None:
    found = paths("healthy")
    assert list(found) == ["vmstore-alice.tintri.com", "fabstore-alice.fabric.com", "vmstore-bob.tintri.com"]
    for path in found.values():
        assert states(path) == WORKS
        assert path.state is PathState.WORKS
        assert [link.name for link in path.links if not link.seen] == []
        assert first(path) == []


def test_a_missing_spn_breaks_one_path_and_what_follows_is_marked_so() -> None:
    found = paths("spn-missing")
    broken = found["vmstore-alice.tintri.com"]
    assert states(broken) == WORKS | {
        "SPN": PathState.BROKEN,
        "service ticket": PathState.FOLLOWS,
        "storage": PathState.NOT_DETERMINED,
        "share": PathState.NOT_DETERMINED,
    }
    assert first(broken) == ["SPN"]
    link = broken.links[3]
    assert link.code == "spn.exists/missing"
    assert link.shows == "cifs/vmstore-alice.tintri.com on VMSTORE$@TINTRI.COM"
    assert link.says.startswith("cifs/vmstore-alice.tintri.com is not registered on any account")
    assert states(found["fabstore-alice.fabric.com"]) == WORKS


@pytest.mark.parametrize(
    ("scenario", "path", "link"),
    [
        ("trust-absent", "vmstore-alice.tintri.com", "trust"),
        ("policy-not-linked", "vmstore-bob.tintri.com", "KDCs of the hosts"),
        ("port-closed", "vmstore-alice.tintri.com", "address"),
        ("no-such-name", "vmstore-alice.tintri.com", "name"),
        ("share-missing", "vmstore-alice.tintri.com", "share"),
    ],
)
def test_a_fault_breaks_its_link(scenario: str, path: str, link: str) -> None:
    found = paths(scenario)[path]
    assert first(found) == [link]
    assert found.state is PathState.BROKEN


def test_what_the_user_accepts_is_waived_and_what_follows_from_it_counts() -> None:
    site, facts = site_of("spn-missing"), facts_of("spn-missing")
    waiver = Waiver("spn.exists/missing", "cifs/vmstore-alice*", "moves in March", "storage team", date(2027, 3, 31))
    checks, _ = with_waivers(with_ids(judged(facts, site)), [waiver], date(2026, 11, 26))
    checks, _ = explained(checks, rules_of(load().values()))
    path = next(each for each in tenant_paths(site, checks) if each.path == "vmstore-alice.tintri.com")
    assert (states(path)["SPN"], states(path)["service ticket"]) == (PathState.WAIVED, PathState.BROKEN)
    assert path.links[3].says.endswith("(waived until 2027-03-31 by storage team: moves in March)")
    assert (first(path), path.state) == (["service ticket"], PathState.BROKEN)
    link = chain_of_path(path).links[3]
    assert (link.name, link.sign, link.word, link.first) == ("SPN", "waived", "waived", False)


def test_name_servers_that_do_not_answer_are_not_determined() -> None:
    for path in paths("name-servers-dead").values():
        assert states(path)["name servers"] is PathState.NOT_DETERMINED
        assert first(path) == []


def test_links_without_a_check_in_this_run_are_not_tested() -> None:
    site = site_of("healthy")
    checks = [check for check in judged(facts_of("healthy"), site) if check.id == "spn.unique"]
    (path, *_) = tenant_paths(site, checks)
    assert states(path) == {name: PathState.WORKS if name == "SPN" else PathState.NOT_TESTED for name in LINKS}
    assert path.state is PathState.WORKS
    assert tenant_paths(site, []) == ()


def test_a_path_that_is_an_address_has_no_links_of_a_name() -> None:
    found = [path for path in paths("data-path-by-address").values() if "." in path.path and path.path[0].isdigit()]
    assert [set(LINKS) - set(states(path)) for path in found] == [{"name servers", "name", "SPN", "service ticket"}]
