"""The causes of a matrix: the share permissions, rights and memberships that its cells follow from."""

from __future__ import annotations

import pytest

from fixtures import scenarios
from krbcheck.judging import registry
from krbcheck.report.matrix import MatrixCause
from krbcheck.report.matrix_causes import causes_of


def causes(scenario: str) -> tuple[MatrixCause, ...]:
    site = scenarios.site_of(scenario)
    tenants = [tenant.name for tenant in site.tenants]
    return causes_of(site, scenarios.facts_of(scenario), registry.load().values(), tenants)


@pytest.mark.parametrize(
    ("scenario", "codes"),
    [
        ("healthy", []),
        ("share-acl-open", ["isolation.acl/open-to-all"]),
        ("share-acl-read", ["isolation.acl/missing-grant"]),
        ("access-host-administers-storage", ["isolation.administrators/over-privileged"]),
        ("backup-rights-to-hosts", ["isolation.backup/crosses"]),
        ("lost-groups", ["ticket.groups/lost-groups"]),
        ("port-closed", ["dns.port/closed"]),
        ("spn-duplicate", ["spn.unique/duplicate"]),
        ("keytab-out-of-date", ["ticket.tgt/wrong-key"]),
        ("trust-password-differs", ["trust.ticket/not-accepted"]),
        ("reverse-differs", []),
    ],
)
def test_the_causes_of_access_that_is_not_as_expected(scenario: str, codes: list[str]) -> None:
    assert [cause.code for cause in causes(scenario)] == codes


def test_a_check_whose_facts_were_not_collected_is_left_out() -> None:
    site = scenarios.site_of("share-acl-open")
    assert causes_of(site, {}, registry.load().values(), ()) == ()


def test_a_cause_has_its_message_and_its_fix() -> None:
    (cause,) = causes("share-acl-open")
    assert "BobVMs on vmstore grants access to" in cause.says
    assert cause.remedy
