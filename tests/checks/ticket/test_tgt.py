"""ticket.tgt: every principal gets a ticket-granting ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.kerberos import (
    KeyMismatch,
    KrbError,
    TicketGrant,
    TicketGrants,
)
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Site
from tests.support import ticket_paths
from tests.support.ticket_paths import TGT, error, grant, seen

alone = ticket_paths.alone

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE = "alice-hv01$@VMLEVEL.COM"
DC1, DC2, TIDC = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com", "tidc.tintri.com"
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
SILENCE = Gap.TIMED_OUT


TGTS = [
    pytest.param([grant(TGT), grant(TGT, DC2)], ["fine"], id="granted-by-both"),
    pytest.param([grant(TGT), grant(SILENCE, DC2)], ["unknown"], id="one-is-silent"),
    pytest.param([grant(SILENCE), grant(SILENCE, DC2)], ["unknown"], id="both-are-silent"),
    pytest.param([], ["unknown"], id="nobody-was-asked"),
    pytest.param([grant(error(24)), grant(Gap.NOT_ALLOWED, DC2)], ["ticket.tgt/wrong-key"], id="wrong-key"),
    pytest.param([grant(KeyMismatch(wrong_key=True))], ["ticket.tgt/wrong-key"], id="as-rep-of-another-key"),
    pytest.param([grant(TGT), grant(KeyMismatch(wrong_key=True), DC2)], ["unknown"], id="as-rep-without-the-key"),
    pytest.param(
        [grant(KeyMismatch(wrong_key=True)), grant(Gap.NOT_ALLOWED, DC2)],
        ["ticket.tgt/wrong-key"],
        id="as-rep-of-another-key-and-no-second-query",
    ),
    pytest.param(
        [grant(KeyMismatch(wrong_key=True)), grant(Gap.TIMED_OUT, DC2)],
        ["unknown", "unknown"],
        id="as-rep-without-the-key-beside-silence",
    ),
    pytest.param([grant(KeyMismatch((17,)))], ["ticket.tgt/no-common-enctype"], id="no-key-of-an-offered-type"),
    pytest.param([grant(error(6)), grant(error(6), DC2)], ["ticket.tgt/unknown-principal"], id="no-account-anywhere"),
    pytest.param([grant(TGT), grant(error(6), DC2)], ["ticket.tgt/unknown-principal"], id="not-replicated"),
    pytest.param([grant(error(18))], ["ticket.tgt/locked-or-disabled"], id="revoked"),
    pytest.param([grant(error(23))], ["ticket.tgt/password-expired"], id="password"),
    pytest.param([grant(error(14))], ["ticket.tgt/no-common-enctype"], id="enctype"),
    pytest.param([grant(error(37))], ["ticket.tgt/clock"], id="clock"),
    pytest.param([grant(error(12))], ["ticket.tgt/restricted"], id="policy"),
    pytest.param([grant(error(60))], ["ticket.tgt/refused"], id="any-other"),
    pytest.param([grant(error(4711))], ["ticket.tgt/refused"], id="a-code-that-nobody-knows"),
    pytest.param(
        [grant(error(24)), grant(error(37), DC2)], ["ticket.tgt/clock", "ticket.tgt/wrong-key"], id="one-of-each"
    ),
    pytest.param([grant(error(24)), grant(SILENCE, DC2)], ["ticket.tgt/wrong-key", "unknown"], id="refused-and-silent"),
]


@pytest.mark.parametrize(("grants", "codes"), TGTS)
def test_a_principal_gets_a_tgt(lines: Lines, alone: Site, grants: Sequence[TicketGrant], codes: list[str]) -> None:
    assert lines("ticket.tgt", TicketGrants(tuple(grants)), of=alone) == [f"{code} alice {ALICE}" for code in codes]


def test_what_nobody_could_ask_from_here_says_why(judged: Judged, cloud: Site) -> None:
    verdicts = judged("ticket.tgt", TicketGrants((grant(TGT),)), of=cloud)
    (other,) = (verdict for verdict in verdicts if verdict.tenant == "bob")
    assert isinstance(other, Unknown)
    assert other.says == "no leg on VLAN 12"


def test_without_a_secret_the_reason_is_told_in_its_own_words(judged: Judged, alone: Site) -> None:
    none = Unobserved(Gap.NO_CREDENTIALS, f"the site names no secret for {ALICE}", "TGT", NOW, "alice")
    (found,) = judged("ticket.tgt", TicketGrants((TicketGrant("alice", ALICE, DC1, "", none),)), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == f"the site names no secret for {ALICE}"


def test_the_kdcs_that_refuse_alike_are_one_finding(judged: Judged, alone: Site) -> None:
    (found,) = judged("ticket.tgt", TicketGrants((grant(error(37)), grant(error(37), DC2))), of=alone)
    assert isinstance(found, Finding)
    assert found.values["kdcs"] == (DC1, DC2)
    assert "KRB_AP_ERR_SKEW (37)" in found.says


def test_a_revoked_account_is_told_with_what_the_directory_knows(judged: Judged, alone: Site) -> None:
    account = Account(
        "CN=alice-hv01", "alice-hv01$", "S-1-5-21-1-2-3-1105", uac=0x1002, expires=NOW - timedelta(days=9)
    )
    reply = AccountAnswer("vmlevel.com", DC1, ALICE, Observed(Accounts((account,)), "account", NOW, "station"))
    refused = TicketGrants((grant(KrbError(18, NOW, 0xC0000072)),))
    (found,) = judged("ticket.tgt", refused, Directories(accounts=(reply,)), of=alone)
    assert isinstance(found, Finding)
    assert "STATUS_ACCOUNT_DISABLED" in found.says
    assert "disabled in the directory, expired 2026-06-24" in found.says


def test_two_collections_of_tgts_are_judged_as_one(lines: Lines, alone: Site) -> None:
    first: dict[type[Facts], Facts] = {TicketGrants: TicketGrants((grant(TGT), grant(SILENCE, DC2)))}
    second: dict[type[Facts], Facts] = {TicketGrants: TicketGrants((grant(SILENCE), grant(TGT, DC2)))}
    assert lines("ticket.tgt", *merge((first, second)).values(), of=alone) == [f"fine alice {ALICE}"]


def test_vantages_of_two_hosts_do_not_contradict(lines: Lines, cloud: Site) -> None:
    """Alice's host had no leg to bob, bob's host asked for him: his answers count."""
    points = Vantages(
        (VantagePoint("bob", "alice-hv01", "", "no address"), VantagePoint("bob", "bob-hv01", "10.77.12.101"))
    )
    bobs = "bob-hv01$@VMLEVEL.COM"
    granted = TicketGrant("bob", bobs, DC1, "10.77.0.10", seen(TGT, "TGT"))
    assert f"fine bob {bobs}" in lines("ticket.tgt", TicketGrants((granted,)), points, of=cloud)


def test_a_kdc_whose_as_rep_does_not_decrypt_did_not_prove_the_key(judged: Judged, alone: Site) -> None:
    """Anybody can send one: no credential is called wrong by it where another KDC accepted the key."""
    asked = TicketGrants((grant(TGT), grant(KeyMismatch(wrong_key=True), DC2)))
    (found,) = judged("ticket.tgt", asked, of=alone)
    assert isinstance(found, Unknown)
    assert found.says.startswith(
        f"{DC2} did not prove its key: its AS-REP does not decrypt with the key, which another "
    )
    assert found.unanswered is not None
    assert found.unanswered.gap is Gap.MALFORMED
    assert f"repadmin /showrepl {DC2}" in found.next


def test_an_as_rep_that_does_not_decrypt_shows_no_wrong_key_while_another_kdc_is_silent(
    judged: Judged, alone: Site
) -> None:
    asked = TicketGrants((grant(KeyMismatch(wrong_key=True)), grant(Gap.TIMED_OUT, DC2)))
    found = judged("ticket.tgt", asked, of=alone)[0]
    assert isinstance(found, Unknown)
    assert found.says == (
        f"{DC1} did not prove its key: its AS-REP does not decrypt with the key, and {DC2} did not reply, which can "
        "accept it"
    )


@pytest.mark.parametrize(
    ("etypes", "grants", "first"),
    [
        pytest.param(None, (TGT, error(14)), "gpresult /scope computer", id="another KDC supports it"),
        pytest.param(0x4, (error(14), error(14)), "Get-ADObject -Filter", id="the account has RC4 only"),
        pytest.param(0x18, (error(14), error(14)), "", id="the account has AES already"),
        pytest.param(0x4, (TGT, KeyMismatch((17,))), "Get-ADObject -Filter", id="the keytab has no key of the type"),
    ],
)
def test_the_side_that_lacks_the_encryption_type_is_changed(
    judged: Judged, alone: Site, etypes: int | None, grants: Sequence[Any], first: str
) -> None:
    account = Account("CN=alice-hv01", "alice-hv01$", "S-1-5-21-1-2-3-1105", etypes=etypes)
    reply = AccountAnswer("vmlevel.com", DC1, ALICE, Observed(Accounts((account,)), "account", NOW, "station"))
    asked = TicketGrants(tuple(grant(answer, host) for answer, host in zip(grants, (DC1, DC2), strict=True)))
    (found,) = judged("ticket.tgt", asked, Directories(accounts=(reply,)), of=alone)
    assert isinstance(found, Finding)
    steps = found.remedy
    assert steps[0].command.startswith(first)
    assert any("Set-ADObject" in step.command for step in steps) is first.startswith("Get-ADObject")
    assert any(DC2 in step.host for step in steps) is first.startswith("gpresult")
