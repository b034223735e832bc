"""The facts of several vantage points are one collection: records add up, nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.kerberos import KdcReplies, KdcReply, KrbError, TicketGrants
from krbcheck.facts.observation import Facts, Observed
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
