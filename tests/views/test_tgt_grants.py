"""Which principals have a TGT of which KDC, and why one has none."""

from __future__ import annotations

from krbcheck.facts.kerberos import AsReply, KrbError, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.observation import Gap, Observation
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.views.tgt_grants import TgtGrants, granted
from tests.support.observing import AT, observed, silence

NAME = "alice-hv01$@VMLEVEL.COM"
TGT = TicketFacts("alice-hv01$", "VMLEVEL.COM", "krbtgt/VMLEVEL.COM", "VMLEVEL.COM", 18, 18, 2, 0, AT, AT)
REVOKED = observed(KrbError(18), asked="TGT")


def grant(host: str, seen: Observation[AsReply]) -> TicketGrant:
    return TicketGrant("alice", NAME, host, "10.77.0.10", seen)


def view(*grants: TicketGrant) -> TgtGrants:
    return TgtGrants(
        TicketGrants(grants), Vantages((VantagePoint("alice", "station", "", "no address in its network"),))
    )


def test_an_answer_is_preferred_to_a_silence_of_another_collection() -> None:
    answer = grant("vmdc1", REVOKED)
    for several in ((answer, grant("vmdc1", silence())), (grant("vmdc1", silence()), answer)):
        assert view(*several).of("alice", NAME) == [answer]


def test_one_kdc_that_issues_a_tgt_is_enough() -> None:
    both = view(grant("vmdc1", silence()), grant("vmdc2", observed(TGT)))
    assert both.why_none("alice", NAME) == ""
    assert both.failures("alice", NAME) == []
    assert [granted(each) for each in both.of("alice", NAME)] == [False, True]


def test_a_query_that_was_sent_comes_before_one_that_was_not() -> None:
    """A credential that a KDC rejected is not sent again: that answer is the reason."""
    not_sent = silence("not sent again", Gap.NOT_ALLOWED)
    found = view(grant("vmdc1", not_sent), grant("vmdc2", REVOKED))
    assert found.failures("alice", NAME) == [REVOKED, not_sent]
    assert found.why_none("alice", NAME) == "no TGT: TGT, from alice: KDC_ERR_CLIENT_REVOKED (18)"


def test_the_reason_is_the_gap_or_that_nothing_was_queried() -> None:
    assert view(grant("vmdc1", silence("no response"))).why_none("alice", NAME) == "no TGT: no response"
    no_secret = silence("the site file states no secret", Gap.NO_CREDENTIALS)
    assert view(grant("vmdc1", no_secret)).why_none("alice", NAME) == "the site file states no secret"
    assert view().why_none("alice", NAME) == "no address in its network"


def test_the_other_kdcs_that_issued_none_are_listed() -> None:
    first, second, third = grant("vmdc1", REVOKED), grant("vmdc2", silence()), grant("vmdc3", observed(TGT))
    assert view(first, second, third).without("alice", NAME, {"vmdc1"}) == [second]
