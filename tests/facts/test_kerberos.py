"""Replies of KDCs: errors by name, tickets, referrals, and the end of a chain of exchanges."""

from __future__ import annotations

from typing import Any

import pytest

from krbcheck.facts.kerberos import (
    Hop,
    KeyMismatch,
    KrbError,
    ReaderTicket,
    Reply,
    TicketFacts,
    TicketPath,
    is_unknown_service,
)
from krbcheck.facts.observation import Observation
from tests.support.observing import AT, observed, silence

CIFS, TGT, REFERRAL = "cifs/vmstore-alice.tintri.com", "krbtgt/VMLEVEL.COM", "krbtgt/TINTRI.COM"


def ticket(service: str, realm: str = "VMLEVEL.COM") -> TicketFacts:
    return TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 2, 0, AT, AT)


def chain(*hops: tuple[str, Observation[Reply]], service: str = CIFS, **more: Any) -> TicketPath:
    made = tuple(Hop("VMLEVEL.COM", "vmdc1", asked, seen) for asked, seen in hops)
    return TicketPath("alice", "alice-hv01$@VMLEVEL.COM", service, "vmdc1", "", made, **more)


def test_an_error_is_named_with_its_status() -> None:
    """RFC 4120 7.5.9, and the NTSTATUS that MS-KILE 2.2.1 adds."""
    assert KrbError(7).summary() == "KDC_ERR_S_PRINCIPAL_UNKNOWN (7)"
    assert KrbError(18, ntstatus=0xC0000072).summary() == "KDC_ERR_CLIENT_REVOKED (18, NTSTATUS 0xC0000072)"


@pytest.mark.parametrize(
    ("service", "is_tgt", "referral_to"),
    [(TGT, True, ""), ("krbtgt/vmlevel.com", True, ""), (REFERRAL, True, "TINTRI.COM"), (CIFS, False, "")],
)
def test_a_referral_is_a_tgt_of_another_realm(service: str, is_tgt: bool, referral_to: str) -> None:
    found = ticket(service)
    assert (found.is_tgt, found.referral_to) == (is_tgt, referral_to)


def test_keys_that_do_not_fit_end_as_a_host_with_them_ends() -> None:
    """RFC 4120 7.5.9: 24 is KDC_ERR_PREAUTH_FAILED, 14 is KDC_ERR_ETYPE_NOSUPP."""
    assert KeyMismatch(wrong_key=True).code == 24
    assert KeyMismatch((23,)).code == 14


@pytest.mark.parametrize(
    ("mismatch", "says"),
    [
        (KeyMismatch((18, 17)), "no key of encryption type 18 or 17"),
        (KeyMismatch(), "no key of encryption type that the KDC supports"),
        (KeyMismatch(wrong_key=True), "the AS-REP does not decrypt with the key"),
        (KeyMismatch((23,), rc4_not_allowed=True), "the KDC offers no AES for the password"),
    ],
)
def test_a_mismatch_is_summarized_by_its_reason(mismatch: KeyMismatch, says: str) -> None:
    assert mismatch.summary().startswith(says)


def test_the_ticket_of_a_chain_is_its_last() -> None:
    last = ticket(CIFS, "TINTRI.COM")
    assert chain((CIFS, observed(ticket(REFERRAL))), (CIFS, observed(last))).ticket == last
    assert chain((CIFS.upper(), observed(last))).ticket == last


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(chain(), id="no-exchange"),
        pytest.param(chain((CIFS, observed(ticket(REFERRAL)))), id="a-referral"),
        pytest.param(chain((CIFS, observed(ticket(TGT)))), id="a-tgt"),
        pytest.param(chain((CIFS, observed(KrbError(7)))), id="an-error"),
        pytest.param(chain((CIFS, silence())), id="no-answer"),
        pytest.param(chain((REFERRAL, observed(ticket(REFERRAL)))), id="a-ticket-for-another-service"),
        pytest.param(chain((CIFS, observed(ticket(CIFS))), loop=True), id="a-loop"),
    ],
)
def test_a_chain_without_a_service_ticket_has_none(path: TicketPath) -> None:
    assert path.ticket is None


def test_a_tgt_is_the_ticket_where_it_was_requested() -> None:
    assert chain((TGT, observed(ticket(TGT))), service=TGT).ticket == ticket(TGT)


@pytest.mark.parametrize(
    ("seen", "unknown"),
    [
        (observed(KrbError(7)), True),
        (observed(KrbError(14)), False),
        (observed(ticket(CIFS)), False),
        (silence(), False),
    ],
)
def test_only_error_7_means_that_no_account_or_several_have_the_spn(seen: Observation[Reply], unknown: bool) -> None:
    found = ReaderTicket("tintri.com", "krbcheck@TINTRI.COM", CIFS, "tidc", seen)
    assert is_unknown_service(found) is unknown
