"""Secrets show themselves to nobody; tickets are found by whom, for what, from which KDC; refusals are remembered."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import msgspec
import pytest

from krbcheck.credentials.wallet import Credential, Granted, KeytabKey, Secret, Ticket, Wallet
from krbcheck.facts.observation import Gap, NoAnswer, Observed, Unobserved
from krbcheck.site.stated import SecretKind, SecretSource

CANARY = "canary-7f3a"
NOW = datetime(2026, 7, 3, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")


def ticket(service: str, mark: str = CANARY) -> Ticket:
    return Ticket("a@R", service, "R", Secret(mark), Secret(mark), 18, 18, 1, 0, NOW, NOW, NOW)


HELD: list[Any] = [
    Secret(CANARY),
    KeytabKey(18, 1, Secret(CANARY)),
    ticket("krbtgt/R"),
    Credential("a@R", SOURCE, password=Secret(CANARY), tickets=(ticket("x"),)),
    Wallet({"a@R": Credential("a@R", SOURCE, password=Secret(CANARY))}),
]


@pytest.mark.parametrize("held", HELD, ids=lambda entry: type(entry).__name__)
def test_a_secret_is_not_in_any_text(held: Any) -> None:
    assert CANARY not in f"{held} {held!r} {held!s}"
    assert f"{Secret(CANARY):>40}" == "***"


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode])
def test_a_secret_is_not_saved(leave: Any) -> None:
    with pytest.raises(TypeError):
        leave(Secret(CANARY))


def test_who_has_no_credential_is_told_why() -> None:
    wallet = Wallet(lacking={"a@R": "environment variable X is not set"})
    for principal, why in (
        ("a@R", "environment variable X is not set"),
        ("b@R", "the site file contains no secret for b@R"),
    ):
        with pytest.raises(NoAnswer) as raised:
            wallet.credential(principal)
        assert (raised.value.gap, raised.value.detail) == (Gap.NO_CREDENTIALS, why)


def test_a_refused_credential_stays_refused_for_the_first_reason() -> None:
    wallet = Wallet({"a@R": Credential("a@R", SOURCE, password=Secret("x"))})
    assert wallet.credential("a@R").principal == "a@R"
    wallet.refuse("a@R", "KDC_ERR_PREAUTH_FAILED by dc1")
    wallet.refuse("a@R", "something else")
    with pytest.raises(NoAnswer, match="KDC_ERR_PREAUTH_FAILED by dc1") as raised:
        wallet.credential("a@R")
    assert raised.value.gap is Gap.NOT_ALLOWED


def test_a_refusal_counts_for_each_spelling_and_is_remembered_once_if_the_secret_is_wrong() -> None:
    remembered: list[tuple[str, str]] = []
    wallet = Wallet({"a@R": Credential("a@R", SOURCE, password=Secret("x"))})
    wallet.remember = lambda credential, how: remembered.append((credential.principal, how))
    wallet.refuse("a@R", "KDC_ERR_PREAUTH_FAILED by dc1", wrong=True)
    wallet.refuse("a@R", "KDC_ERR_PREAUTH_FAILED by dc2", wrong=True)
    wallet.refuse("b@R", "KDC_ERR_PREAUTH_FAILED by dc1", wrong=True)
    assert wallet.lack("A@r") is not None
    assert remembered == [("a@R", "KDC_ERR_PREAUTH_FAILED by dc1")]


def test_what_is_held_back_is_not_sent() -> None:
    wallet = Wallet({"a@R": Credential("a@R", SOURCE, password=Secret("x"))})
    wallet.hold_back("a@R", "one more wrong password locks it")
    lack = wallet.lack("a@R")
    assert lack is not None
    assert (lack.gap, lack.detail) == (Gap.NOT_ALLOWED, "one more wrong password locks it")


def test_a_second_request_waits_for_the_first_until_the_credential_was_accepted() -> None:
    wallet, sent, waits = Wallet({"a@R": Credential("a@R", SOURCE, password=Secret("x"))}), Event(), Event()
    refused: list[NoAnswer] = []

    def second() -> None:
        waits.set()
        try:
            with wallet.first_use("A@R", 5.0):
                sent.set()
        except NoAnswer as lack:
            refused.append(lack)

    with wallet.first_use("a@R", 5.0):
        thread = Thread(target=second)
        thread.start()
        assert waits.wait(5)
        assert not sent.wait(0.05)
        with pytest.raises(NoAnswer, match="has no reply yet"):
            _in_thread(wallet)
        wallet.refuse("a@R", "KDC_ERR_PREAUTH_FAILED by dc1", wrong=True)
    thread.join(5)
    assert not sent.is_set()
    assert [lack.gap for lack in refused] == [Gap.NOT_ALLOWED]


def test_an_accepted_credential_is_sent_at_the_same_time() -> None:
    wallet = Wallet({"a@R": Credential("a@R", SOURCE, password=Secret("x"))})
    wallet.accept("a@R")
    with wallet.first_use("a@R", 0.01):
        assert _in_thread(wallet) == "sent"


def _in_thread(wallet: Wallet) -> str:
    """Uses the credential in another thread, which waits for 0.01 s at most; raises what that raises."""
    ended: list[str | NoAnswer] = []

    def use() -> None:
        try:
            with wallet.first_use("a@R", 0.01):
                ended.append("sent")
        except NoAnswer as lack:
            ended.append(lack)

    thread = Thread(target=use)
    thread.start()
    thread.join(5)
    if isinstance(ended[0], NoAnswer):
        raise ended[0]
    return ended[0]


def kept(wallet: Wallet, service: str, kdc: str, mark: str) -> None:
    seen = wallet.keep(Observed(Granted("fact", (ticket(service, mark),)), "asked", NOW, "alice", 0.1), "a@R", kdc)
    assert seen == Observed("fact", "asked", NOW, "alice", 0.1), "the fact alone goes on"


def mark_of(found: Ticket | None) -> bytes | None:
    return found.der.reveal() if found is not None else None


def test_tickets_are_found_by_kdc_or_the_first_of_all() -> None:
    wallet = Wallet()
    kept(wallet, "krbtgt/R", "dc1", "one")
    kept(wallet, "KRBTGT/R", "dc2", "two")
    assert mark_of(wallet.ticket("a@R", "krbtgt/r", "dc2")) == b"two"
    assert mark_of(wallet.ticket("a@R", "krbtgt/R")) == b"one"
    assert wallet.ticket("a@R", "krbtgt/R", "dc3") is None
    assert wallet.ticket("b@R", "krbtgt/R") is None


def test_no_answer_leaves_no_ticket() -> None:
    wallet, none = Wallet(), Unobserved(Gap.TIMED_OUT, "no", "asked", NOW, "alice")
    assert wallet.keep(none, "a@R", "dc1") is none
    assert wallet.tickets == {}


def test_everything_that_must_not_be_seen_is_listed() -> None:
    wallet = Wallet(
        {
            "a@R": Credential("a@R", SOURCE, password=Secret("password")),
            "b@R": Credential(
                "b@R", SOURCE, keys=(KeytabKey(18, 1, Secret("keytab")),), tickets=(ticket("c", "cache"),)
            ),
        }
    )
    kept(wallet, "krbtgt/R", "dc1", "ticket")
    wallet.keep_derived("a@R", 18, b"salt", b"", Secret("derived"))
    listed = {secret.reveal() for secret in wallet.secrets()}
    assert listed == {b"password", b"keytab", b"cache", b"ticket", b"derived"}
