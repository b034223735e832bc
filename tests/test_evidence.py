"""Without a piece of evidence a finding may become not determined; it never becomes fine, and nothing new is found.

For the healthy scenario every check is judged again for each piece that is taken away, for every other scenario the
checks that it is about. `tests/support/evidence.py` states what is taken away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import pytest

from fixtures.scenarios import HEALTHY, SCENARIOS, facts_of, site_of
from krbcheck.facts.observation import Facts
from krbcheck.judging import registry
from krbcheck.judging.check import Check
from krbcheck.judging.judge import judge
from tests.support.accepted_evidence import AGENT, NO_SERVER, OTHER_NAME, OTHER_SOURCE, Accepted, is_accepted
from tests.support.evidence import examine, mutations
from tests.support.said import Said, said

DENIED = " denied: "
ACCEPTED = (
    Accepted(
        "isolation.acl",
        "new: isolation.acl/missing-grant",
        "SmbSessions",
        "a TREE_CONNECT that the storage denies in a signed reply contradicts the access list",
        DENIED,
    ),
    Accepted(
        "isolation.others",
        "fine",
        "SmbSessions",
        "a TREE_CONNECT that the storage denies in a signed reply keeps the principal out",
        DENIED,
    ),
    Accepted(
        "isolation.own",
        "new: isolation.own/locked-out",
        "SmbSessions",
        "a TREE_CONNECT that the storage denies in a signed reply is the finding",
        DENIED,
    ),
    Accepted(
        "smb.session",
        "fine",
        "SmbSessions",
        "a TREE_CONNECT that the storage denies keeps an anonymous session out; nobody can sign that answer",
        DENIED,
    ),
    Accepted(
        "smb.session",
        "new: smb.session/rejected",
        "SmbSessions",
        "a SESSION_SETUP that the storage denies is the finding",
        DENIED,
    ),
    Accepted(
        "ticket.groups",
        "new: ticket.groups/lost-groups",
        "SmbSessions",
        "access that only the cached ticket still gives is what lost groups look like",
        DENIED,
    ),
    Accepted(
        "ticket.groups",
        "new: ticket.groups/stale-groups",
        "CachedSessions",
        "access with the cached ticket that is denied is what stale groups look like",
        DENIED,
    ),
    Accepted(
        "backup.vss",
        "new: backup.vss/share-not-supported",
        "BackupSessions",
        "an agent that answers IsPathSupported with an error does not make snapshots of the share",
        DENIED,
    ),
    Accepted(
        "credentials.usable",
        "new: credentials.usable/refused",
        "VmstoreAnswers",
        "a login that the VMstore rejects is the finding",
        " shut: ",
    ),
    Accepted("isolation.acl", "new: isolation.acl/foreign-grant of ('alice', 'AliceVMs", "ShareAccess", OTHER_SOURCE),
    Accepted("backup.role", "new: backup.role/wider-than-needed of ('', 'S-1-5-21-", "Memberships", OTHER_NAME),
    Accepted("backup.role", "vanished: ('', 'VMLEVEL\\\\", "Memberships", OTHER_NAME),
    Accepted("backup.effective", "new: backup.effective/not-in-effect", "AccountRights", AGENT),
    Accepted("backup.effective", "new: backup.effective/not-in-effect", "Directories.accounts", AGENT),
    Accepted(
        "dns.address",
        "new: dns.address/wrong-address of ('alice', 'vmstore-alice.tintri.com')",
        "NameAnswers.forward",
        "the other tenant's AAAA record is found in any case; that hosts use the right A record too is not seen",
        scenarios=("ipv6-of-other-tenant",),
    ),
    Accepted(
        "dns.locator",
        "vanished: ('', 'vmdc",
        "LocatorAnswers: 10.77.0.1",
        NO_SERVER,
        scenarios=("controller-drops", "controller-off", "preferred-controller-drops"),
    ),
    Accepted(
        "policy.kdc-search",
        "new: policy.kdc-search/not-set of ('', 'vmdc2.vmlevel.com')",
        "Policies",
        "a KDC has the policy of its own SYSVOL; that it differs from the other's is not seen without the other's",
        scenarios=("policy-kdc-at-one-controller",),
    ),
    Accepted(
        "trust.ticket",
        "new: trust.ticket/not-accepted",
        "Directories",
        "no KDC can decrypt the referral, whether the directory shows its encryption types as the cause or is silent",
        scenarios=("trust-aes-at-hosts-only", "trust-no-common-enctype"),
    ),
)
EXTENDED = frozenset(
    {"vmstore-api-stated", "share-unstated-of-one-tenant", "handmade-dpm-server-accepts-connections", "trust-selective"}
)
"""Scenarios with families that the healthy scenario does not have: the checks that judge these are judged too."""


@cache
def whole(scenario: str) -> Mapping[str, Said]:
    return {
        report.id: said(report) for report in judge(site_of(scenario), facts_of(scenario), registry.load().values())
    }


def is_judged(scenario: str, check: Check[Any], reported: Said) -> bool:
    """Whether a scenario is about this check: it found something, or does not determine what is fine usually."""
    added = {kind for kind, family in facts_of(scenario).items() if _filled(family)} - _usual()
    return (
        scenario == HEALTHY
        or bool(reported.found)
        or bool(reported.unknown & whole(HEALTHY)[check.id].fine)
        or (scenario in EXTENDED and not added.isdisjoint(check.families))
    )


@cache
def _usual() -> frozenset[type[Facts]]:
    return frozenset(kind for kind, family in facts_of(HEALTHY).items() if _filled(family))


def _filled(family: Facts) -> bool:
    return any(getattr(family, name) for name in family.__struct_fields__ if name != "extents")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_missing_evidence_is_never_good_news_nor_bad_news(scenario: str) -> None:
    checks = list(registry.load().values())
    faults = [
        (check, fault, label)
        for label, check, fault in examine(site_of(scenario), facts_of(scenario), checks, partial(is_judged, scenario))
        if fault and not is_accepted(ACCEPTED, label, check, fault, scenario)
    ]
    assert faults == []


def test_every_family_that_a_check_needs_is_taken_away_somewhere() -> None:
    needed = {family for check in registry.load().values() for family in check.families}
    assert {family.__name__ for family in needed - _usual()} == {
        "Admissions",
        "BackupServers",
        "CachedSessions",
        "VmstoreAnswers",
        "VmstoreInventories",
    }
    filled = {kind for name in (*EXTENDED, "lost-groups") for kind, family in facts_of(name).items() if _filled(family)}
    assert needed - _usual() <= filled


def test_a_reply_of_each_kind_can_be_lessened() -> None:
    """What is taken away within the replies of remote VSS, of opens with backup intent, of REST and of share lists."""
    families = {family for check in registry.load().values() for family in check.families}
    labels = [
        mutation.label
        for scenario in ("handmade-probe-could-not-be-removed", *sorted(EXTENDED))
        for mutation in mutations(facts_of(scenario), families)
    ]
    for pattern in (
        r"BackupSessions\.sessions.*\.vss\.paths.*error denied",
        r"BackupSessions\.sessions.*\.opens\[0\]\.backup denied",
        r"BackupSessions\.sessions.*\.write\.(plain|backup|status) denied",
        r"VmstoreAnswers\.storages.*\.roles shut",
        r"VmstoreAnswers\.storages.*\.whole cut",
        r"VmstoreInventories\.storages.*\.machines shut",
        r"ListedShares\.storages.*\.seen shut",
        r"ListedShares\.sessions.* denied",
        r"BackupServers\.ports.* unanswered",
    ):
        assert any(re.match(pattern, label) for label in labels), pattern


HIDDEN = {
    "lsarpc-denied": {
        ("backup.rights", "backup-hv01$@VMLEVEL.COM on vmstore"),
        ("isolation.acl", "AliceVMs on vmstore"),
        ("isolation.acl", "BobVMs on vmstore"),
        ("isolation.administrators", "alice on vmstore"),
        ("isolation.administrators", "bob on vmstore"),
        ("isolation.backup", "alice on vmstore"),
        ("isolation.backup", "bob on vmstore"),
    },
    "storage-directory-resets": {
        ("isolation.acl", "FabVMs on fabstore"),
        ("isolation.administrators", "alice on fabstore"),
    },
    "tokens-hidden": {
        ("isolation.acl", "AliceVMs on vmstore"),
        ("isolation.acl", "BobVMs on vmstore"),
        ("isolation.acl", "FabVMs on fabstore"),
        ("isolation.administrators", "alice on fabstore"),
        ("isolation.administrators", "alice on vmstore"),
        ("isolation.backup", "alice on vmstore"),
    },
}
"""What is not determined in a recording of a lab that denied something, in the areas of this test."""


@pytest.mark.parametrize("scenario", HIDDEN)
def test_what_the_lab_denied_is_not_determined(scenario: str) -> None:
    areas = ("backup", "isolation", "smb")
    checks = [check for check in registry.load().values() if check.id.partition(".")[0] in areas]
    reports = judge(site_of(scenario), facts_of(scenario), checks)
    assert {(report.id, subject) for report in reports for _, subject in said(report).unknown} == HIDDEN[scenario]
