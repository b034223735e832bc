"""Results of TCP connections, found by who connected and to what."""

from __future__ import annotations

from krbcheck.facts.ports import ManagementPort, PortAnswer, PortAnswers, PortReply, PortState
from tests.support.observing import observed

REPLY = observed(PortReply(PortState.OPEN))


def test_a_result_is_found_by_the_tenant_that_connected_and_the_owner_of_the_path() -> None:
    own = PortAnswer("alice", "alice", "vmstore", "10.77.11.30", 445, REPLY)
    cross = PortAnswer("alice", "bob", "vmstore", "10.77.12.30", 445, REPLY)
    answers = PortAnswers((cross, own))
    assert answers.of("alice", "alice", "vmstore") == [own]
    assert answers.of("alice", "bob", "vmstore") == [cross]
    assert answers.of("bob", "alice", "vmstore") == ()


def test_a_management_address_belongs_to_a_storage() -> None:
    mine = ManagementPort("alice", "vmstore", "10.77.0.40", 443, REPLY)
    other = ManagementPort("alice", "fabstore", "10.77.0.50", 443, REPLY)
    answers = PortAnswers(managements=(other, mine))
    assert answers.at_management("alice", "vmstore") == [mine]
    assert answers.at_management("bob", "vmstore") == ()


def test_a_reply_has_the_text_of_the_operating_system() -> None:
    assert PortReply(PortState.CLOSED, "Connection refused").summary() == "closed (Connection refused)"
    assert PortReply(PortState.OPEN).summary() == "open"
