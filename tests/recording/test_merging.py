"""The facts of several vantage points are one collection: records add up, nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from krbcheck.facts.kerberos import KdcReplies, KdcReply, KrbError, TicketGrants
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.older_answers import OlderAnswer, OlderAnswers
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.recording.encoding import families
from krbcheck.recording.merging import merge

NOW = datetime(2026, 7, 3, tzinfo=UTC)


def reply(host: str) -> KdcReply:
    return KdcReply("vmlevel.com", host, "10.77.0.10", Observed(KrbError(6, NOW), "q", NOW, host))


def test_records_add_up_in_the_order_of_the_collections() -> None:
    alice: dict[type[Facts], Facts] = {
        KdcReplies: KdcReplies((reply("dc1"),)),
        Vantages: Vantages((VantagePoint("alice", "hv01", "10.77.11.101"),)),
    }
    bob: dict[type[Facts], Facts] = {
        KdcReplies: KdcReplies((reply("dc2"),)),
        Vantages: Vantages((VantagePoint("bob", "hv02", "10.77.12.101"),)),
        TicketGrants: TicketGrants(),
    }
    whole = merge([alice, bob])
    assert whole[KdcReplies] == KdcReplies((reply("dc1"), reply("dc2")))
    assert whole[Vantages].asked("alice")  # type: ignore[attr-defined]
    assert whole[Vantages].asked("bob")  # type: ignore[attr-defined]
    assert whole[TicketGrants] == TicketGrants()
    assert alice[KdcReplies] == KdcReplies((reply("dc1"),)), "the collections are left as they were"


def test_one_collection_is_itself() -> None:
    alone: dict[type[Facts], Facts] = {KdcReplies: KdcReplies((reply("dc1"),))}
    assert merge([alone]) == alone
    assert merge([]) == {}


@pytest.mark.parametrize("family", families().values(), ids=families())
def test_every_family_can_be_empty_and_added(family: type[Facts]) -> None:
    """A collector with a bug leaves an empty family; several vantage points leave several."""
    for field in msgspec.structs.fields(family):
        assert field.default == (), f"{family.__name__}.{field.name}"
    assert merge([{family: family()}, {family: family()}]) == {family: family()}


def answer(minute: int, address: str, vantage: str = "alice") -> dict[type[Facts], Facts]:
    at = NOW + timedelta(minutes=minute)
    seen = Observed(DnsAnswer("NOERROR", (address,)), "A of nas", at, vantage, of="10.77.0.10:53")
    return {NameAnswers: NameAnswers(forward=(NameAnswer(vantage, "nas", "A", "10.77.0.10", seen),))}


def silence(minute: int, gap: Gap) -> dict[type[Facts], Facts]:
    seen: Observation[DnsAnswer] = Unobserved(gap, "why", "A of nas", NOW + timedelta(minutes=minute), "alice")
    return {NameAnswers: NameAnswers(forward=(NameAnswer("alice", "nas", "A", "10.77.0.10", seen),))}


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_answer_from_a_vantage_point_counts(turned: bool) -> None:
    old, new = answer(0, "10.77.11.30"), answer(300, "10.77.11.31")
    assert merge([new, old] if turned else [old, new]) == new


@pytest.mark.parametrize("turned", [False, True])
def test_the_answers_of_other_vantage_points_remain(turned: bool) -> None:
    alice, bob = answer(0, "10.77.11.30"), answer(300, "10.77.12.30", "bob")
    family = merge([bob, alice] if turned else [alice, bob])[NameAnswers]
    assert isinstance(family, NameAnswers)
    assert {entry.seen.vantage for entry in family.forward} == {"alice", "bob"}


def test_newer_silence_counts_and_a_question_that_was_not_sent_does_not() -> None:
    old = answer(0, "10.77.11.30")
    newer = silence(300, Gap.TIMED_OUT)
    assert merge([old, newer])[NameAnswers] == newer[NameAnswers]
    for gap in (Gap.NO_CREDENTIALS, Gap.NOT_CURRENT, Gap.NOT_HERE):
        assert merge([old, silence(300, gap)]) == old


@pytest.mark.parametrize("turned", [False, True])
def test_a_contradiction_within_an_hour_is_kept(turned: bool) -> None:
    old, new = answer(0, "10.77.11.30"), answer(59, "10.77.11.31")
    merged = merge([new, old] if turned else [old, new])
    assert merged[NameAnswers] == new[NameAnswers]
    older = OlderAnswer("A of nas", "10.77.0.10:53", "alice", NOW, "10.77.11.30")
    assert merged[OlderAnswers] == OlderAnswers(answers=(older,))


def test_the_same_answer_again_or_after_more_than_an_hour_is_no_contradiction() -> None:
    assert OlderAnswers not in merge([answer(0, "10.77.11.30"), answer(59, "10.77.11.30")])
    assert OlderAnswers not in merge([answer(0, "10.77.11.30"), answer(61, "10.77.11.31")])


@pytest.mark.parametrize("turned", [False, True])
def test_an_answer_that_newer_silence_replaces_is_kept_beside_it(turned: bool) -> None:
    """However old it is: --max-age has left out what is too old."""
    old, new = answer(0, "10.77.11.30"), silence(600, Gap.REFUSED)
    merged = merge([new, old] if turned else [old, new])
    assert merged[NameAnswers] == new[NameAnswers]
    older = OlderAnswer("A of nas", "10.77.0.10:53", "alice", NOW, "10.77.11.30")
    assert merged[OlderAnswers] == OlderAnswers(answers=(older,))
    assert OlderAnswers not in merge([silence(0, Gap.TIMED_OUT), answer(600, "10.77.11.30")])
