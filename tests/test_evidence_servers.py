"""A server that does not answer, or denies its reader, never turns a finding into fine; what it alone can show is fine
nowhere without it.

    python -m tests.test_evidence_servers      the same for every list of answers of every server, with the counts

The tests change all answers of one server at a time. `tests/support/evidence_of_servers.py` says how.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pytest

from fixtures.scenarios import SCENARIOS
from tests.support.accepted_evidence import NO_SERVER, OTHER_NAME, OTHER_SOURCE, Accepted, is_accepted
from tests.support.evidence_of_servers import Case, mixed_scenarios, shown_by_one, without_answers

NEW = "an answer without results is an answer: the directory does not contain it at any controller"
AT_ONE = "an answer without results is an answer: what only this directory showed does not exist then"
REFUSED = "REFUSED is the answer of a name server, on which its clients fail; it is reported with the server"
ACCEPTED = (
    Accepted("backup.domain", "new: backup.domain/untrusted", "empty", NEW),
    Accepted("backup.group", "new: backup.group/not-member", "empty", NEW),
    Accepted("dns.alias", "new: dns.alias/alias-without-spn", "empty", NEW),
    Accepted("spn.exists", "new: spn.exists/missing", "empty", NEW),
    Accepted(
        "ticket.service",
        "new: ticket.service/by-luck",
        "empty",
        "a global catalog without the SPN refers no host to it",
    ),
    Accepted("trust.exists", "new: trust.exists/one-side-only", "empty", NEW),
    Accepted(
        "trust.enctypes", "new: trust.enctypes/rc4", "empty", "no object excludes RC4 then, and a ticket shows its use"
    ),
    Accepted(
        "spn.unique",
        "fine: ('alice', 'cifs/vmstore-alice.tintri.com'), was spn.unique/duplicate-across",
        "empty",
        AT_ONE,
    ),
    Accepted("ticket.service", "fine: ('alice', 'alice-hv01$@VMLEVEL.COM for cifs/vmstore-alice", "empty", AT_ONE),
    Accepted("ticket.service", "fine: ('alice', 'alice-hv02$@VMLEVEL.COM for cifs/vmstore-alice", "empty", AT_ONE),
    Accepted("dns.resolves", "new: dns.resolves/no-address", "denied", REFUSED),
    Accepted("dns.locator", "new: dns.locator/no-locator", "denied", REFUSED),
    *(
        Accepted(
            "dns.locator", f"vanished: ('', '{host}.vmlevel.com'), was dns.locator/dead-controller", how, NO_SERVER
        )
        for host in ("vmdc1", "vmdc2")
        for how in ("silent: vmdc", "denied: vmdc")
    ),
    Accepted("dns.locator", "vanished: ('', 'fadc.fabric.com'), was dns.locator/port-closed", "denied", REFUSED),
    Accepted("dns.locator", "vanished: ('', 'tidc.tintri.com'), was dns.locator/port-closed", "denied", REFUSED),
    Accepted(
        "isolation.acl", "new: isolation.acl/foreign-grant of ('alice', 'AliceVMs on vmstore')", "silent", OTHER_SOURCE
    ),
    Accepted(
        "isolation.acl", "new: isolation.acl/foreign-grant of ('alice', 'AliceVMs on vmstore')", "denied", OTHER_SOURCE
    ),
    Accepted("backup.role", "new: backup.role/wider-than-needed of ('', 'S-1-5-21-", "silent", OTHER_NAME),
    Accepted("backup.role", "new: backup.role/wider-than-needed of ('', 'S-1-5-21-", "denied", OTHER_NAME),
    Accepted("backup.role", "new: backup.role/wider-than-needed of ('', 'S-1-5-21-", "empty", OTHER_NAME),
)


def faults_of(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case[2] and not is_accepted(ACCEPTED, *case)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_server_without_answers_makes_nothing_fine_and_nothing_new(scenario: str) -> None:
    assert faults_of(without_answers(scenario, lists=False)) == []


@pytest.mark.parametrize("scenario", mixed_scenarios(SCENARIOS))
def test_what_one_server_alone_can_show_is_fine_nowhere_without_it(scenario: str) -> None:
    assert faults_of(shown_by_one(scenario, lists=False)) == []


def test_the_cases_are_what_they_are_meant_to_be() -> None:
    """The SPN that one controller has twice is found by its answer alone, and a silent controller is not determined."""
    cases = list(shown_by_one("spn-duplicate", lists=False))
    assert any(check == "spn.unique" and part.startswith("tidc") for part, check, _ in cases)
    answers = Counter(label.partition(":")[0] for label, _, _ in without_answers("spn-duplicate", lists=False))
    assert set(answers) == {"silent", "denied", "empty"}


def counted(what: str, scenarios: Iterable[str], cases_of: Callable[[str], Iterator[Case]]) -> int:
    """Prints how many judgements there were, and each fault with how often it occurred."""
    judgements, accepted, faults = 0, 0, Counter[Case]()
    for scenario in scenarios:
        cases = list(cases_of(scenario))
        left = faults_of(cases)
        judgements += len(cases)
        accepted += sum(bool(fault) for _, _, fault in cases) - len(left)
        faults.update(left)
    sys.stdout.write(f"{what}: {judgements} judgements, {sum(faults.values())} faults, {accepted} accepted\n")
    for (label, check, fault), count in sorted(faults.items()):
        sys.stdout.write(f"  {count} x {check}: {label}: {fault}\n")
    return sum(faults.values())


def main() -> int:
    left = counted("without answers", SCENARIOS, lambda name: without_answers(name, lists=True))
    left += counted("shown by one", mixed_scenarios(SCENARIOS), lambda name: shown_by_one(name, lists=True))
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
