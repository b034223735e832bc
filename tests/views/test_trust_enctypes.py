"""The encryption types of a trust, by the objects of both sides and by what their KDCs return."""

from __future__ import annotations

import pytest

from krbcheck.facts.directory import Trust
from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts, TrustTicket
from krbcheck.facts.observation import Observation
from krbcheck.views.trust_enctypes import allowed, common, refused, taken
from krbcheck.views.trust_sides import TrustSide
from tests.support.observing import AT, observed, silence

RC4, AES, AES256_ONLY = 0x4, 0x18, 0x10
AES256, RC4_HMAC = 18, 23
BAD_INTEGRITY, NO_SUCH_SERVICE, SKEW = 31, 7, 37


def side(etypes: int | None) -> TrustSide:
    return TrustSide("a.com", "b.com", None, Trust("b.com", "B", "S-1", 3, 2, 0, etypes))


UNKNOWN = TrustSide("a.com", "b.com", None, None)


def ticket(seen: Observation[Reply], accepted: Observation[Reply] | None = None) -> TrustTicket:
    return TrustTicket("A.COM", "B.COM", "dc1", "dc9", seen, accepted)


def referral(etype: int) -> Observation[Reply]:
    return observed(TicketFacts("a", "A.COM", "krbtgt/B.COM", "A.COM", etype, etype, 1, 0, AT, AT))


@pytest.mark.parametrize(("etypes", "found"), [(None, RC4 | AES), (0, RC4 | AES), (RC4, RC4), (AES, AES)])
def test_an_absent_attribute_is_the_default(etypes: int | None, found: int) -> None:
    """MS-KILE 2.2.7; zero counts as absent."""
    assert allowed(side(etypes)) == found


def test_a_side_that_is_not_known_allows_everything() -> None:
    assert allowed(UNKNOWN) is None
    assert common(UNKNOWN, side(AES)) == AES
    assert common(side(RC4), side(AES)) == 0
    assert common(side(None), side(AES256_ONLY)) == AES256_ONLY


@pytest.mark.parametrize(
    ("accepted", "opened"),
    [
        (referral(AES256), True),
        (observed(KrbError(NO_SUCH_SERVICE)), True),
        (observed(KrbError(BAD_INTEGRITY)), False),
        (observed(KrbError(SKEW)), False),
        (silence(), False),
        (None, False),
    ],
)
def test_an_error_about_the_service_means_that_the_referral_was_decrypted(
    accepted: Observation[Reply] | None, opened: bool
) -> None:
    assert taken([ticket(referral(AES256), accepted)]) is opened


def test_a_kdc_without_a_key_of_the_type_refuses_for_the_type() -> None:
    """The KDC of the hosts' side issued AES; the object of the other side allows RC4 only, so it has no AES key."""
    bad = observed(KrbError(BAD_INTEGRITY))
    tried = [ticket(referral(AES256), bad)]
    assert refused(tried, side(RC4)) == [bad]
    assert refused(tried, side(AES)) == []
    assert refused(tried, UNKNOWN) == []


def test_an_error_about_the_type_is_always_one() -> None:
    no_type = observed(KrbError(14))
    assert refused([ticket(no_type)], UNKNOWN) == [no_type]
    assert refused([ticket(referral(RC4_HMAC), no_type)], side(RC4)) == [no_type]
    assert refused([ticket(silence(), None)], side(RC4)) == []
