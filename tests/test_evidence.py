"""Without a piece of evidence a finding may become not determined; it never becomes fine, and nothing new is found.

For the healthy scenario every check is judged again for each piece that is taken away, for every other scenario the
checks that found something there. `tests/support/evidence.py` says what is taken away.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fixtures.scenarios import SCENARIOS, facts_of, site_of
from krbcheck.judging import registry
from krbcheck.judging.judge import judge
from tests.support.evidence import examine, said

Fault = tuple[str, str, str]
"""A check, what is wrong with it, and the family within which a status was denied."""

ACCEPTED: Mapping[Fault, str] = {
    (
        "isolation.acl",
        "new: isolation.acl/missing-grant",
        "SmbSessions",
    ): "a TREE_CONNECT that the storage denies in a signed reply contradicts the access list",
    (
        "isolation.others",
        "fine",
        "SmbSessions",
    ): "a TREE_CONNECT that the storage denies in a signed reply keeps the principal out",
    (
        "isolation.own",
        "new: isolation.own/locked-out",
        "SmbSessions",
    ): "a TREE_CONNECT that the storage denies in a signed reply is the finding",
    (
        "smb.session",
        "fine",
        "SmbSessions",
    ): "a TREE_CONNECT that the storage denies keeps an anonymous session out; nobody can sign that answer",
    (
        "smb.session",
        "new: smb.session/rejected",
        "SmbSessions",
    ): "a SESSION_SETUP that the storage denies is the finding",
    (
        "ticket.groups",
        "new: ticket.groups/lost-groups",
        "SmbSessions",
    ): "access that only the cached ticket still gives is what lost groups look like",
    (
        "ticket.groups",
        "new: ticket.groups/stale-groups",
        "CachedSessions",
    ): "access with the cached ticket that is denied is what stale groups look like",
}
"""What may happen, with the reason: a denial that the storage signs is an answer and not a missing piece."""
OTHER_SOURCE = "without the list by SMB the list by REST is judged, which the VMstore's certificate proves"
OTHER_NAME = "without the directory's names the same group is named by its SID"
ANOTHER_SOURCE: Mapping[Fault, str] = {
    (
        "isolation.acl",
        "new: isolation.acl/foreign-grant of ('alice', 'AliceVMs on vmstore')",
        "ShareAccess",
    ): OTHER_SOURCE,
    ("backup.role", "new: backup.role/wider-than-needed of ('', 'S-1-5-21-", "Memberships"): OTHER_NAME,
    ("backup.role", "vanished: ('', 'VMLEVEL\\\\", "Memberships"): OTHER_NAME,
}
"""What may change if one source is missing and another one is judged."""


def is_accepted(check: str, says: str, label: str) -> bool:
    denied = " denied: " in label
    return any(
        name == check and says.startswith(fault) and label.startswith(family) for name, fault, family in ANOTHER_SOURCE
    ) or any(
        name == check and says.startswith(fault) and label.startswith(family) and denied
        for name, fault, family in ACCEPTED
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_missing_evidence_is_never_good_news_nor_bad_news(scenario: str) -> None:
    checks = list(registry.load().values())
    faults = [
        (check, says, label)
        for label, check, says in examine(
            site_of(scenario), facts_of(scenario), checks, lambda _, said: scenario == "healthy" or bool(said.found)
        )
        if says and not is_accepted(check, says, label)
    ]
    assert faults == []


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
