"""The remedies of recorded faults, as a site with Samba gets them: what was wrong when they were run in the lab.

`tests/lab/remedies.py` runs them. These tests hold what a run showed, without a lab.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fixtures import scenarios
from krbcheck.judging import judge
from krbcheck.views.platforms import Known
from krbcheck.windows.remedy import Platform, RemedyStep, StepClass
from tests.lab.remedy_cases import CASES

KNOWN = ("vmlevel.com", "tintri.com", "fabric.com", "vmstore", "fabstore")
ALICE_HOSTS = ("-1104)", "-1105)")
BOB_HOSTS = ("-1106)", "-1107)")


@pytest.fixture(autouse=True)
def _everything_is_samba(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings that are older than the fact have no vendorName."""
    names = {f"{host}.{domain}" for host in ("vmdc1", "vmdc2", "tidc", "fadc") for domain in KNOWN}
    known: Mapping[str, Known] = dict.fromkeys((*KNOWN, *names), (Platform.SAMBA, "as in the lab"))
    monkeypatch.setattr(judge, "_platforms", lambda facts, views: known)


def steps(scenario: str) -> list[RemedyStep]:
    """Every step of the causes, each once, in order."""
    report = scenarios.report_of(scenarios.facts_of(scenario), scenarios.site_of(scenario))
    found = {finding.id: finding for finding in report.findings()}
    return list(dict.fromkeys(step for name in report.causes for step in found[name].remedy))


def changing(scenario: str) -> list[str]:
    """The commands that change something."""
    return [step.command for step in steps(scenario) if step.command and step.step_class is not StepClass.LOOKS]


def test_a_root_folder_that_grants_less_is_changed_and_the_share_is_not() -> None:
    (command,) = changing("access-folder-stricter")
    assert command.startswith("smbcacls '//vmstore-alice.tintri.com/AliceVMs' / --sddl --set 'D:")
    assert "(A;OICI;0x1f01ff;;;" in command
    assert command.endswith("-U Administrator")


def test_the_entry_of_a_group_is_raised_and_its_members_get_none() -> None:
    (command,) = changing("access-read-where-change")
    assert command.startswith("sharesec 'BobVMs' --setsddl='D:(A;")
    assert ";0x1200a9;" not in command
    assert not any(host in command for host in BOB_HOSTS)


def test_an_entry_that_denies_is_removed_with_the_grant() -> None:
    (command,) = changing("access-deny-first")
    assert command.startswith("sharesec 'AliceVMs' --setsddl='D:(A;")
    assert "(D;" not in command
    assert all(host in command for host in ALICE_HOSTS)


def test_an_entry_that_lets_in_its_own_tenant_too_is_replaced_by_its_hosts() -> None:
    (command,) = changing("access-foreign-domain-local")
    assert all(host in command for host in BOB_HOSTS)
    assert not any(host in command for host in ALICE_HOSTS)


@pytest.mark.parametrize(
    ("scenario", "beginning"),
    [
        ("host-disabled", "samba-tool user enable"),
        ("host-expired", "samba-tool user setexpiry"),
        ("administrator-locked", "samba-tool user unlock"),
        ("host-logon-hours", "printf 'dn: %s\\nchangetype: modify\\ndelete: logonHours"),
    ],
)
def test_an_account_gets_the_step_for_its_own_state_only(scenario: str, beginning: str) -> None:
    (command,) = changing(scenario)
    assert command.startswith(beginning)


@pytest.mark.parametrize("scenario", ["no-address", "no-such-name"])
def test_a_record_that_its_own_name_server_lacks_is_added_and_no_forwarder_is_changed(scenario: str) -> None:
    assert changing(scenario) == [
        "samba-tool dns add 10.77.0.20 tintri.com 'vmstore-alice' A 10.77.11.30 -U Administrator",
        "Clear-DnsClientCache",
    ]


def test_a_reverse_record_is_changed_at_the_server_of_its_zone_and_not_at_the_resolver() -> None:
    assert [command.split()[:4] for command in changing("reverse-differs")] == [
        ["samba-tool", "dns", "delete", "10.77.0.20"],
        ["samba-tool", "dns", "add", "10.77.0.20"],
    ]


def test_users_of_the_domains_are_found_before_guests_are_refused() -> None:
    commands = changing("guest")
    assert commands[0].startswith("sed -i -E '/winbind/!s/")
    assert "map to guest = never" in commands[1]


def test_the_members_come_back_into_a_group_that_was_emptied() -> None:
    assert changing("access-group-emptied") == [
        "samba-tool group addmembers 'Bob Hosts' 'bob-hv01$'",
        "samba-tool group addmembers 'Bob Hosts' 'bob-hv02$'",
        "klist -li 0x3e7 purge",
    ]


def test_the_controller_is_changed_if_the_others_issue_tickets_and_no_account_is() -> None:
    edit, restart = changing("kdc-rc4-only")
    assert "(kdc supported enctypes)" in edit
    assert restart == "systemctl restart samba-ad-dc"


@pytest.mark.parametrize("scenario", ["controller-clock-ahead", "storage-clock-ahead"])
def test_a_clock_of_samba_is_set_by_chrony(scenario: str) -> None:
    assert changing(scenario) == ["chronyc makestep"]


@pytest.mark.parametrize("scenario", sorted(CASES))
def test_a_remedy_that_the_lab_runs_has_steps_for_samba(scenario: str) -> None:
    assert any(step.platform is Platform.SAMBA and step.command for step in steps(scenario))
