"""The observations within records, and records with other observations."""

from __future__ import annotations

from msgspec.structs import replace

from krbcheck.facts.kerberos import KdcReplies, KdcReply, KrbError, TrustTicket
from krbcheck.recording.observations import Seen, observations, replaced
from tests.support.observing import observed, silence

FIRST, SECOND, THIRD = observed(KrbError(7)), silence("no response"), observed(KrbError(25))
REPLIES = KdcReplies((KdcReply("a.com", "dc1", "10.0.0.1", FIRST), KdcReply("a.com", "dc2", "10.0.0.2", SECOND)))
TRUST = TrustTicket("A.COM", "B.COM", "dc1", "dc9", FIRST, THIRD)


def test_every_observation_of_a_family_or_a_record_is_found_in_order() -> None:
    assert list(observations(REPLIES)) == [FIRST, SECOND]
    assert list(observations(TRUST)) == [FIRST, THIRD]
    assert list(observations(replace(TRUST, accepted=None))) == [FIRST]
    assert list(observations("text")) == []


def test_what_is_within_an_answer_is_a_part_of_it() -> None:
    assert list(observations(observed((FIRST, SECOND)))) == [observed((FIRST, SECOND))]


def test_each_observation_is_replaced_where_it_changes() -> None:
    def later(seen: Seen) -> Seen:
        return THIRD if seen is SECOND else seen

    changed = replaced(REPLIES, later)
    assert [reply.seen for reply in changed.replies] == [FIRST, THIRD]
    assert changed.replies[0] is REPLIES.replies[0]
    assert [reply.seen for reply in REPLIES.replies] == [FIRST, SECOND]


def test_a_record_without_a_change_is_the_same_object() -> None:
    assert replaced(REPLIES, lambda seen: seen) is REPLIES
    assert replaced(TRUST, lambda seen: seen) is TRUST
