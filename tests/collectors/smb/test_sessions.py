"""What is asked of which storage, from which address, with whose ticket; nothing is asked here."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.asking.scheduler import Answer, Limits
from krbcheck.collectors.smb.sessions import names_tried, smb_sessions
from krbcheck.credentials.wallet import Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, ServiceTickets, TicketGrant, TicketGrants
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved
from krbcheck.facts.smb import SessionKind, SmbSetUp
from krbcheck.probes.smb import sessions
from krbcheck.site.stated import (
    SecretKind,
    SecretSource,
    Site,
)
from tests.support import session_asking
from tests.support.by_hand import by_hand
from tests.support.session_asking import THIS_HOST, run, wallet

site = session_asking.site

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
HOST, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@TINTRI.COM"
ALICE, SPN = "vmstore-alice.tintri.com", "cifs/vmstore-alice.tintri.com"
LIST, FULL_ROOT = 0x00100081, 0x001200AF
"""To list a folder; and to read it and add to it."""
NOTHING = (TicketGrants(), ServiceTickets())


def test_sessions_are_asked_for_who_has_a_secret_and_for_who_should_get_none(site: Site, ticket: Ticket) -> None:
    setup = SmbSetUp(0)
    asks, facts = run(
        smb_sessions(site, THIS_HOST, wallet(ticket, HOST), Limits(), NameAnswers(), *NOTHING), setup, setup, setup
    )
    where, rest = (ALICE, "10.77.11.30"), ("10.77.11.9", 5.02, 32)
    listed = (("AliceVMs", LIST), ("BobVMs", LIST))
    assert [(ask.call.func, ask.call.args) for ask in asks] == [
        (sessions.kerberos_session, (ticket, *where, (("AliceVMs", FULL_ROOT), ("BobVMs", LIST)), *rest)),
        (sessions.uninvited_session, (SessionKind.ANONYMOUS, *where, listed, *rest)),
        (sessions.uninvited_session, (SessionKind.MADE_UP, *where, listed, *rest)),
    ]
    (session,) = facts.kerberos("alice", ALICE)  # type: ignore[attr-defined]
    assert (session.principal, session.realm) == (HOST, "TINTRI.COM")


def test_sessions_without_an_account_and_of_an_unknown_user_alarm(site: Site, ticket: Ticket) -> None:
    setup = SmbSetUp(0)
    asks, _ = run(
        smb_sessions(site, THIS_HOST, wallet(ticket, HOST), Limits(), NameAnswers(), *NOTHING), setup, setup, setup
    )
    assert [ask.alarms for ask in asks] == [False, True, True]


def test_anothers_shares_are_also_tried_by_the_names_of_its_data_paths(site: Site, ticket: Ticket) -> None:
    setup = SmbSetUp(0)
    asks, _ = run(
        smb_sessions(site, THIS_HOST, wallet(ticket, HOST), Limits(), NameAnswers(), *NOTHING), setup, setup, setup
    )
    assert [ask.call.keywords for ask in asks] == [{"names": {"bobvms": ("vmstore-bob.tintri.com",)}}, {}, {}]
    alice, bob = site.tenants
    same = msgspec.structs.replace(bob, shares=(*bob.shares, *alice.shares))
    both = msgspec.structs.replace(site, tenants=(alice, same))
    assert names_tried(both, "alice", "vmstore") == {"bobvms": ("vmstore-bob.tintri.com",)}, "her own is by her name"
    assert names_tried(both, "bob", "vmstore") == {}


def told(facts: Facts) -> Unobserved:
    (session,) = facts.kerberos("alice", ALICE)  # type: ignore[attr-defined]
    assert isinstance(session.seen, Unobserved)
    return session.seen


def sessions_without_ticket(site: Site, held: Wallet, grants: TicketGrants) -> Facts:
    """Nothing listens at the stated addresses here; the uninvited are not the matter."""
    asking = smb_sessions(site, THIS_HOST, held, Limits(requests=7), NameAnswers(), grants, ServiceTickets())
    collector = by_hand(asking)
    seen: list[Answer] = [Observed(SmbSetUp(1), ask.asked, AT, ask.vantage) for ask in next(collector)]
    with pytest.raises(StopIteration) as ended:
        collector.send(seen)
    family: Facts = ended.value.value
    return family


def test_why_there_is_no_ticket_is_told(site: Site) -> None:
    refusal = Observed(KrbError(18), "TGT of alice-hv01$", AT, "alice")
    grants = TicketGrants((TicketGrant("alice", HOST, "vmdc1", "10.77.0.10", refusal),))
    seen = told(sessions_without_ticket(site, wallet(), grants))
    assert seen.gap is Gap.NEEDS_OTHER
    assert "KDC_ERR_CLIENT_REVOKED (18)" in seen.detail


def test_a_secret_that_is_not_at_hand_is_told(site: Site) -> None:
    held = Wallet(lacking={HOST: "the environment has no X"})
    seen = told(sessions_without_ticket(site, held, TicketGrants()))
    assert (seen.gap, seen.detail) == (Gap.NO_CREDENTIALS, "the environment has no X")
