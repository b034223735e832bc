"""How much a recording queried: what it states is kept; one of schema 1 with every family is whole."""

from __future__ import annotations

import msgspec

from krbcheck.facts.kerberos import KdcReplies, TicketGrants
from krbcheck.facts.observation import Extent, Facts
from krbcheck.facts.scopes import Scopes
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.recording.encoding import families
from krbcheck.recording.extents import SCHEMA_1, with_extents

VANTAGES = Vantages((VantagePoint("alice", "station", "10.77.11.9"), VantagePoint("bob", "station", "", "no address")))
NOT_STATED = "the recording does not state how much was queried"


def made(*more: Facts) -> dict[type[Facts], Facts]:
    return {type(family): family for family in (VANTAGES, *more)}


def test_a_recording_of_today_that_states_nothing_may_be_a_part() -> None:
    found = with_extents(made(TicketGrants()), "station", stated=True)
    assert found[TicketGrants].extents == (Extent("station", ("alice",), NOT_STATED),)


def test_what_is_stated_is_kept() -> None:
    stated = Extent("alice-hv01", ("alice",), "only one KDC of each realm was queried")
    family = TicketGrants(extents=(stated,))
    assert with_extents(made(family), "station", stated=True)[TicketGrants] is family


def test_a_recording_of_schema_1_is_whole_if_it_has_every_family() -> None:
    """`matrix` and `trace` saved some of the families only."""
    known = {name: kind() for name, kind in families().items() if name in SCHEMA_1}
    whole = with_extents({type(family): family for family in (*known.values(), VANTAGES)}, "station", stated=False)
    part = with_extents(made(KdcReplies()), "station", stated=False)
    assert {extent.lacks for extent in whole[KdcReplies].extents} == {""}
    assert {extent.lacks for extent in part[KdcReplies].extents} == {NOT_STATED}


def test_families_about_the_collection_have_no_extent() -> None:
    found = with_extents(made(Scopes()), "station", stated=True)
    assert (found[Vantages], found[Scopes]) == (VANTAGES, Scopes())
    assert msgspec.structs.asdict(found[Scopes])["extents"] == ()
