"""An error of a storage leads to one next step, whatever was queried."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.facts.listed_shares import ShareList
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.share_access import StorageLists
from krbcheck.facts.smb import RightsReply
from krbcheck.facts.vmstore import RestApi, RestRefusal
from krbcheck.judging.refusals import next_of
from krbcheck.judging.verdict import unknown
from krbcheck.views.rejected_readers import rejected

AT = datetime(2026, 1, 1, tzinfo=UTC)


def seen(reply: RestRefusal | RestApi) -> Observed[RestRefusal | RestApi]:
    return Observed(reply, "roles", AT, "station", of="nas.example.com:443")


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (302, "Correct url under vmstore_api in the site file: "),
        (401, "The role of the account under vmstore_api does not allow this query: on nas.example.com, Settings > "),
        (403, "The role of the account under vmstore_api does not allow this query: on nas.example.com, Settings > "),
        (404, "The firmware of nas.example.com does not have this query"),
        (429, "Run krbcheck again in some minutes, "),
        (500, "Run krbcheck again; if the error stays, read the alerts of nas.example.com"),
        (503, "nas.example.com starts or is overloaded: "),
        (504, "Run krbcheck again; "),
        (418, ""),
    ],
)
def test_each_error_has_its_step(status: int, step: str) -> None:
    refusal = RestRefusal(status, "ERR-API-1", "no")
    verdict = unknown("nas", seen(refusal), says=refusal.reason("nas"))
    assert verdict.says == f"the REST API of nas returns HTTP {status} ERR-API-1: no"
    assert verdict.next.startswith(step)
    assert bool(verdict.next) == bool(step)


def test_a_query_without_an_answer_is_the_reason_and_not_the_error_beside_it() -> None:
    refusal, silence = RestRefusal(403), Unobserved(Gap.TIMED_OUT, "no answer within 3 s", "shares", AT, "station")
    assert unknown("nas", seen(refusal), silence).next == ""
    assert unknown("nas", seen(refusal), silence, says=refusal.reason("nas")).next != ""
    assert next_of([seen(RestApi())]) == ""
    assert unknown("nas", seen(refusal), says=refusal.reason("nas"), next_step="Do this").next == "Do this"


@pytest.mark.parametrize("reply", [StorageLists("SESSION_SETUP", 0xC000006D), RightsReply("SESSION_SETUP", 0xC000006D)])
def test_a_rejected_reader_is_allowed_to_connect(reply: StorageLists | RightsReply) -> None:
    seen = Observed(reply, "access lists", AT, "station")
    assert unknown("nas", seen, says=rejected("nas", reply)).next.startswith("Allow the account that the site ")


def test_a_storage_without_the_interface_may_have_a_rest_api() -> None:
    reply = RightsReply("pipe lsarpc", 0xC0000034)
    verdict = unknown("nas", Observed(reply, "holders", AT, "station"), says=rejected("nas", reply))
    assert verdict.says == "nas does not serve the RPC interfaces that this needs"
    assert verdict.next.startswith("If the storage is a VMstore, state its REST API in the site file")


def test_a_call_that_is_denied_alone_has_no_step() -> None:
    reply = ShareList(refused="NetrShareEnum", status=0xC0000022)
    assert unknown("nas", Observed(reply, "shares", AT, "station"), says=rejected("nas", reply)).next == ""
