"""Readiness of each backup account: the links in order, the first that is broken, and what decides the whole."""

from __future__ import annotations

from datetime import date

import pytest

from fixtures import scenarios
from krbcheck.judging import judge, registry
from krbcheck.judging.waivers import with_waivers
from krbcheck.report.readiness import CHECKS, Link, LinkState, Readiness, ReadyState, readiness_of
from krbcheck.site.waivers import Waiver

ORDER = list(CHECKS)


SESSIONS = {"ticket", "session"}
"""Links that the sessions of the accounts decide too, which other checks need."""


def chains(scenario: str, area: str = "backup.") -> dict[str, Readiness]:
    """The chains of a scenario by account."""
    site, facts = scenarios.site_of(scenario), scenarios.facts_of(scenario)
    checks = [check for check in registry.load().values() if check.id.startswith(area)]
    return {found.account: found for found in readiness_of(site, judge.judge(site, facts, checks), facts)}


def chain(scenario: str, area: str = "backup.") -> Readiness:
    (found,) = chains(scenario, area).values()
    return found


def broken(found: Readiness) -> list[Link]:
    return [link for link in found.links if link.state is LinkState.BROKEN]


def test_a_healthy_chain_is_ready() -> None:
    found = chain("healthy")
    assert (found.product, found.storage, found.account) == ("dpm-2016", "vmstore", "backup-hv01$@VMLEVEL.COM")
    assert (found.state, found.because) == (ReadyState.READY, "")
    assert [link.name for link in found.links] == ORDER
    states = {link.state for link in found.links if link.name != "role"}
    assert states == {LinkState.READY}
    assert not any(link.first for link in found.links)


def test_a_ticket_that_is_too_old_is_the_broken_link() -> None:
    found = chain("backup-right-not-in-effect")
    (link,) = broken(found)
    assert (link.name, link.code, link.first) == ("ticket", "backup.effective/not-in-effect", True)
    assert (found.state, found.because) == (ReadyState.NOT_READY, link.says)
    assert next(entry.state for entry in found.links if entry.name == "session") is LinkState.READY


def test_the_first_broken_link_decides() -> None:
    found = chain("host-not-in-backup-group")
    assert [(link.name, link.code) for link in broken(found)] == [("group", "backup.group/not-member")]
    assert [link.name for link in found.links if link.first] == ["group"]
    found = chain("handmade-dpm-2012r2-needs-its-agent-on-the-file-server")
    assert [link.name for link in found.links if link.first] == ["product"]


def test_what_is_not_determined_is_neither_ready_nor_broken() -> None:
    found = chain("handmade-host-states-no-operating-system")
    assert (found.state, [link.name for link in found.links if link.first]) == (ReadyState.NOT_DETERMINED, ["product"])
    assert found.because == found.links[0].says


def test_remote_vss_that_the_product_can_do_without_breaks_nothing() -> None:
    found = chain("remote-vss-not-supported")
    (link,) = [link for link in found.links if link.name == "remote VSS"]
    assert (link.state, link.code, found.state) == (
        LinkState.READY,
        "backup.vss/share-not-supported",
        ReadyState.READY,
    )


def test_without_a_check_of_backup_there_is_no_chain() -> None:
    site, facts = scenarios.site_of("healthy"), scenarios.facts_of("healthy")
    checks = [check for check in registry.load().values() if check.id.startswith("dns.")]
    assert readiness_of(site, judge.judge(site, facts, checks), facts) == ()


@pytest.mark.parametrize("check", ["vss", "machines", "rights", "effective"])
def test_a_link_whose_checks_were_not_run_is_not_selected(check: str) -> None:
    found = chain("healthy", f"backup.{check}")
    shown = {name for name, checks in CHECKS.items() if check in checks}
    assert {link.name for link in found.links if link.state is LinkState.NOT_SELECTED} >= set(CHECKS) - shown - SESSIONS
    assert not shown & {link.name for link in found.links if link.state is LinkState.NOT_SELECTED}
    assert not any(link.first or link.says for link in found.links)
    assert (found.state, found.because) == (ReadyState.NOT_DETERMINED, "not all checks of the chain were selected")


def test_a_disk_that_dpm_cannot_back_up_breaks_the_name() -> None:
    found = chain("vmstore-path-too-long")
    (link,) = broken(found)
    assert (link.name, link.code, link.first) == ("name", "backup.machines/path-too-long", True)


def test_a_host_without_full_access_has_not_the_right() -> None:
    found = chains("dpm-hosts-with-change")
    for host in ("alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"):
        assert [(link.name, link.code) for link in broken(found[host])] == [("right", "backup.access/less-than-full")]
    assert found["backup-hv01$@VMLEVEL.COM"].state is ReadyState.READY


def test_a_dpm_server_in_a_domain_without_a_trust_breaks_the_name() -> None:
    """The server accepts no connections either; that it cannot be used at all decides."""
    found = chains("dpm-server-of-untrusted-domain")
    (link,) = broken(found["TI-HV01$@TINTRI.COM"])
    assert (link.name, link.code) == ("name", "backup.domain/untrusted")
    assert found["backup-hv01$@VMLEVEL.COM"].state is ReadyState.READY


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("dpm-server-port-closed", "backup.server/port-closed"),
        ("dpm-server-without-address", "backup.server/no-address"),
    ],
)
def test_a_dpm_server_that_the_hosts_cannot_connect_to_breaks_the_name(scenario: str, code: str) -> None:
    found = chain(scenario)
    (link,) = broken(found)
    assert (link.name, link.code, link.first) == ("name", code, True)
    assert found.state is ReadyState.NOT_READY


def test_without_sessions_the_ticket_is_not_determined() -> None:
    site = scenarios.site_of("healthy")
    checks = [check for check in registry.load().values() if check.id.startswith("backup.")]
    (found,) = readiness_of(site, judge.judge(site, {}, checks), {})
    assert found.state is ReadyState.NOT_DETERMINED
    assert next(link.state for link in found.links if link.name == "ticket") is LinkState.NOT_DETERMINED


def test_a_broken_link_that_the_user_accepts_is_waived_and_the_backup_is_not_ready() -> None:
    site, facts = scenarios.site_of("host-not-in-backup-group"), scenarios.facts_of("host-not-in-backup-group")
    checks = [check for check in registry.load().values() if check.id.startswith("backup.")]
    waiver = Waiver("backup.group/not-member", "*", "joins in March", "backup team", date(2027, 3, 31))
    judged, _ = with_waivers(judge.judge(site, facts, checks), [waiver], date(2026, 11, 26))
    (found,) = readiness_of(site, judged, facts)
    assert broken(found) == []
    (link,) = [link for link in found.links if link.first]
    assert (link.name, link.state, link.code) == ("group", LinkState.WAIVED, "backup.group/not-member")
    assert link.says.endswith("(waived until 2027-03-31 by backup team: joins in March)")
    assert (found.state, found.because) == (ReadyState.NOT_READY, link.says)
