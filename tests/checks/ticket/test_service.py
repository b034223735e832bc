"""ticket.tgt, ticket.service, ticket.path and ticket.client on hand-made exchanges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from krbcheck.facts.kerberos import (
    KeyMismatch,
    KrbError,
    ServiceTickets,
    TicketGrants,
    TicketPath,
)
from krbcheck.facts.observation import Facts, Gap
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Site
from tests.support import policy, ticket_paths
from tests.support.remedies import text
from tests.support.ticket_paths import (
    BY_ORDER,
    REFERRAL,
    REFUSED,
    SERVED,
    TGT,
    UNKNOWN_SPN,
    direct,
    error,
    grant,
    searched,
    subjects,
    ticket,
)

alone = ticket_paths.alone
unstated = ticket_paths.unstated

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE = "alice-hv01$@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
DC1, DC2, TIDC = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com", "tidc.tintri.com"
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
SILENCE = Gap.TIMED_OUT
EVIDENCE = (
    policy.policies({DC1: policy.Made.healthy, DC2: policy.Made.healthy}),
    policy.directories(),
)
"""Both policies at both controllers, and the global catalog of the storage's forest."""
SERVICE = [
    pytest.param([direct(REFERRAL, SERVED)], ["fine"], id="found-by-itself"),
    pytest.param([direct(ticket(SPN, "VMLEVEL.COM"))], ["fine"], id="in-its-own-realm"),
    pytest.param([REFUSED, BY_ORDER], ["fine"], id="by-the-stated-search-order"),
    pytest.param(
        [REFUSED, searched(REFERRAL, UNKNOWN_SPN)], ["ticket.service/found-by-none"], id="not-even-by-search-order"
    ),
    pytest.param([REFUSED, searched(UNKNOWN_SPN)], ["ticket.service/found-by-none"], id="no-referral-no-trust"),
    pytest.param([REFUSED], ["ticket.service/spn-unknown"], id="nowhere-else-to-search"),
    pytest.param([direct(REFERRAL, UNKNOWN_SPN)], ["ticket.service/spn-unknown"], id="referred-and-unknown-there"),
    pytest.param([direct(error(12))], ["ticket.service/not-allowed"], id="not-allowed-at-home"),
    pytest.param([direct(REFERRAL, error(12))], ["ticket.service/not-allowed"], id="not-allowed-there"),
    pytest.param([REFUSED, searched(REFERRAL, error(12))], ["ticket.service/not-allowed"], id="not-allowed-by-search"),
    pytest.param([direct(REFERRAL, error(14))], ["ticket.service/no-common-enctype"], id="no-common-enctype"),
    pytest.param([direct(REFERRAL, error(31))], ["ticket.service/refused"], id="any-other"),
    pytest.param([direct(REFERRAL, error(4711))], ["ticket.service/refused"], id="a-code-that-nobody-knows"),
    pytest.param([direct(REFERRAL, TGT, loop=True)], ["ticket.service/loop"], id="a-circle"),
    pytest.param(
        [REFUSED, searched(REFERRAL, ticket("krbtgt/VMLEVEL.COM", "TINTRI.COM"), loop=True)],
        ["ticket.service/loop"],
        id="a-circle-by-search",
    ),
    pytest.param(
        [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2), searched(UNKNOWN_SPN, kdc=DC2)],
        ["ticket.service/by-luck"],
        id="one-kdc-says-yes",
    ),
    pytest.param([direct(REFERRAL, SERVED), direct(SILENCE, kdc=DC2)], ["unknown"], id="one-kdc-is-silent"),
    pytest.param([direct(error(12)), direct(SILENCE, kdc=DC2)], ["unknown"], id="one-refuses-and-one-is-silent"),
    pytest.param(
        [REFUSED, searched(REFERRAL, UNKNOWN_SPN), searched(SILENCE, forest="fabric.com")],
        ["unknown"],
        id="another-domain-is-silent",
    ),
    pytest.param([direct(SILENCE), direct(SILENCE, kdc=DC2)], ["unknown"], id="both-are-silent"),
    pytest.param([direct(REFERRAL, SILENCE)], ["unknown"], id="silence-there"),
    pytest.param([direct(REFERRAL, SILENCE, SERVED)], ["fine"], id="the-second-kdc-there-answers"),
    pytest.param([REFUSED, searched(REFERRAL, SILENCE)], ["unknown"], id="the-searched-domain-is-silent"),
    pytest.param([], ["unknown"], id="no-tgt"),
]


@pytest.mark.parametrize(("paths", "codes"), SERVICE)
def test_a_service_ticket_is_found_as_a_windows_host_asks(
    lines: Lines, alone: Site, paths: Sequence[TicketPath], codes: list[str]
) -> None:
    assert lines("ticket.service", ServiceTickets(tuple(paths)), *EVIDENCE, of=alone) == subjects(codes)


UNSTATED = [
    pytest.param([direct(REFERRAL, SERVED)], ["fine"], id="found-by-itself"),
    pytest.param([REFUSED, BY_ORDER], ["ticket.service/needs-search-order"], id="a-search-order-would-find-it"),
    pytest.param([REFUSED, searched(REFERRAL, UNKNOWN_SPN)], ["ticket.service/found-by-none"], id="not-even-so"),
    pytest.param([REFUSED, searched(REFERRAL, SILENCE)], ["unknown"], id="the-other-domain-is-silent"),
    pytest.param(
        [direct(REFERRAL, SERVED), direct(UNKNOWN_SPN, kdc=DC2), searched(REFERRAL, SERVED, kdc=DC2)],
        ["ticket.service/by-luck"],
        id="the-other-kdc-would-need-it",
    ),
]


@pytest.mark.parametrize(("paths", "codes"), UNSTATED)
def test_a_search_order_that_is_not_stated_finds_nothing(
    lines: Lines, unstated: Site, paths: Sequence[TicketPath], codes: list[str]
) -> None:
    assert lines("ticket.service", ServiceTickets(tuple(paths)), *EVIDENCE, of=unstated) == subjects(codes)


@pytest.mark.parametrize(
    "reply", [KeyMismatch((18,), wrong_key=True), error(24), SILENCE], ids=["forged", "refused", "silent"]
)
def test_a_kdc_that_issued_no_tgt_leaves_the_ticket_not_determined(
    judged: Judged, alone: Site, reply: KeyMismatch | KrbError | Gap
) -> None:
    tgts = TicketGrants((grant(TGT), grant(reply, DC2)))
    first, *_ = judged("ticket.service", tgts, ServiceTickets((direct(REFERRAL, SERVED),)), *EVIDENCE, of=alone)
    assert isinstance(first, Unknown)
    assert first.says == f"{DC2} issued no TGT, so it was not queried for the service ticket"


def test_without_a_tgt_its_reason_is_the_reason(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.service", TicketGrants((grant(error(24)),)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says.startswith("no TGT: ")
    assert "KDC_ERR_PREAUTH_FAILED (24)" in found.says


def test_a_kdc_that_was_spared_is_not_the_reason_where_another_refused(judged: Judged, alone: Site) -> None:
    spared = grant(Gap.NOT_ALLOWED, DC2)
    (found,) = judged("ticket.service", TicketGrants((spared, grant(error(24)))), of=alone)
    assert isinstance(found, Unknown)
    assert "KDC_ERR_PREAUTH_FAILED (24)" in found.says
    (found,) = judged("ticket.service", TicketGrants((spared,)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == "no TGT: no answer within 2 s"


def test_a_missing_secret_is_the_reason_in_its_own_words(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.service", TicketGrants((grant(Gap.NO_CREDENTIALS),)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == "no answer within 2 s"


def test_from_where_nothing_was_asked_the_reason_is_the_place(judged: Judged, cloud: Site) -> None:
    verdicts = judged("ticket.service", ServiceTickets((direct(REFERRAL, SERVED),)), *EVIDENCE, of=cloud)
    assert {verdict.says for verdict in verdicts if isinstance(verdict, Unknown)} == {"no leg on VLAN 12"}


def test_a_code_of_the_last_kdc_is_told_with_who_said_it(judged: Judged, alone: Site) -> None:
    refused = KrbError(12, NOW, 0xC0000413)
    (found,) = judged("ticket.service", ServiceTickets((direct(REFERRAL, refused),)), of=alone)
    assert isinstance(found, Finding)
    assert found.says.startswith(f"{TIDC} does not allow {ALICE} a ticket")
    assert "STATUS_AUTHENTICATION_FIREWALL_FAILED" in found.says
    (found,) = judged("ticket.service", ServiceTickets((direct(error(4711)),)), of=alone)
    assert isinstance(found, Finding)
    assert found.remedy[0].command == "krbcheck explain 4711"


def test_what_is_found_says_by_which_way(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.service", ServiceTickets((REFUSED, BY_ORDER)), *EVIDENCE, of=alone)
    assert found.because[0].line == "issued after forest search: VMLEVEL.COM (vmdc1) -> TINTRI.COM (dc)"


MERGED = [
    pytest.param([direct(REFERRAL, SERVED)], [direct(SILENCE)], ["fine"], id="one-met-silence"),
    pytest.param([REFUSED, BY_ORDER], [REFUSED, searched(REFERRAL, SILENCE)], ["fine"], id="the-search-met-silence"),
    pytest.param(
        [REFUSED, searched(REFERRAL, UNKNOWN_SPN)],
        [REFUSED, searched(REFERRAL, SILENCE)],
        ["ticket.service/found-by-none"],
        id="found-by-none-and-silence",
    ),
    pytest.param([REFUSED, BY_ORDER], [REFUSED, BY_ORDER], ["fine"], id="the-same-twice"),
    pytest.param(
        [direct(REFERRAL, error(12))], [direct(REFERRAL, error(12))], ["ticket.service/not-allowed"], id="refused-twice"
    ),
]


@pytest.mark.parametrize(("earlier", "later", "codes"), MERGED)
def test_two_collections_of_a_tenant_are_judged_as_one(
    lines: Lines, alone: Site, earlier: Sequence[TicketPath], later: Sequence[TicketPath], codes: list[str]
) -> None:
    first: dict[type[Facts], Facts] = {ServiceTickets: ServiceTickets(tuple(earlier))}
    second: dict[type[Facts], Facts] = {ServiceTickets: ServiceTickets(tuple(later))}
    for both in ((first, second), (second, first)):
        assert lines("ticket.service", *merge(both).values(), *EVIDENCE, of=alone) == subjects(codes)


@pytest.mark.parametrize("missing", [0, 1], ids=["policies", "directories"])
def test_a_ticket_by_search_is_not_fine_without_the_policies_and_the_catalogs(
    lines: Lines, alone: Site, missing: int
) -> None:
    paths = ServiceTickets((REFUSED, BY_ORDER))
    assert lines("ticket.service", paths, EVIDENCE[1 - missing], of=alone) == subjects(["unknown"])


def test_a_refusal_beside_a_silent_kdc_is_named(judged: Judged, alone: Site) -> None:
    paths = ServiceTickets((direct(error(12)), direct(SILENCE, kdc=DC2)))
    (found,) = judged("ticket.service", paths, *EVIDENCE, of=alone)
    assert isinstance(found, Unknown)
    assert found.says.startswith(f"KDC_ERR_POLICY (12) from {DC1}; the other KDCs are not known to return the same")


def test_a_search_order_that_only_the_site_file_lacks_is_added_there(judged: Judged, unstated: Site) -> None:
    (found,) = judged("ticket.service", ServiceTickets((REFUSED, BY_ORDER)), *EVIDENCE, of=unstated)
    assert isinstance(found, Finding)
    assert found.code == "ticket.service/needs-search-order"
    assert "in the site file, under domains: vmlevel.com, set forest_search_order: [tintri.com]" in text(found)
    assert "Administrative Templates" not in text(found)
    assert found.remedy[-1].command == "klist get cifs/vmstore-alice.tintri.com"
    (found,) = judged("ticket.service", ServiceTickets((REFUSED, BY_ORDER)), EVIDENCE[1], of=unstated)
    assert isinstance(found, Finding)
    assert "Administrative Templates" in text(found)
