"""Without a piece of evidence a finding may become not determined; it never becomes fine, and nothing new is found.

For the healthy scenario every check is judged again for each piece that is taken away, for every other scenario the
checks that found something there. `tests/support/evidence.py` says what is taken away.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fixtures.scenarios import SCENARIOS, facts_of, site_of
from krbcheck.judging import registry
from tests.support.evidence import examine

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

NOT_YET: frozenset[tuple[str, str]] = frozenset(
    {
        ("isolation.acl", "fine"),
        ("isolation.acl", "new: isolation.acl/unused-grant"),
        ("isolation.administrators", "vanished"),
        ("isolation.backup", "fine"),
        ("smb.encryption", "fine"),
        ("smb.encryption", "new: smb.encryption/refuses-clear"),
        ("smb.encryption", "vanished"),
        ("smb.session", "fine"),
    }
)
"""What still happens and must not. Entries are only ever removed."""


def is_accepted(check: str, says: str, label: str) -> bool:
    denied = " denied: " in label
    return any(
        name == check and says.startswith(fault) and label.startswith(family) and denied
        for name, fault, family in ACCEPTED
    )


def is_known(check: str, says: str) -> bool:
    return any(name == check and says.startswith(fault) for name, fault in NOT_YET)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_missing_evidence_is_never_good_news_nor_bad_news(scenario: str) -> None:
    checks = list(registry.load().values())
    faults = [
        (check, says, label)
        for label, check, says in examine(
            site_of(scenario), facts_of(scenario), checks, lambda _, said: scenario == "healthy" or bool(said.found)
        )
        if says and not is_accepted(check, says, label) and not is_known(check, says)
    ]
    assert faults == []
