"""Collectors of tickets that are driven by hand: no thread, no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.asking.ask import Asking, R
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials.wallet import Credential, Granted, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.by_hand import AnyAsk, by_hand

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
DC2 = Controller("vmlevel.com", "vmdc2.vmlevel.com", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")
TIDC2 = Controller("tintri.com", "tidc2.tintri.com", "10.77.0.21")
FADC = Controller("fabric.com", "fadc.fabric.com", "10.77.0.30")
KNOWN = Controllers((DC1, DC2, TIDC))
HOSTS = {controller.address: controller.host for controller in (DC1, DC2, TIDC, TIDC2, FADC)}
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
)
Said = Granted[Reply] | KrbError | Gap
Answering = Callable[[str, str], Said]
"""What the KDC `host` says when it is asked for `service`."""


def granted(service: str, realm: str) -> Granted[Reply]:
    end = NOW + timedelta(hours=10)
    fact = TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0, NOW, end)
    ticket = Ticket(
        ALICE,
        service,
        realm,
        Secret(service),
        Secret(bytes(32)),
        18,
        18,
        1,
        0,
        NOW,
        NOW,
        end,
        client_realm="VMLEVEL.COM",
    )
    return Granted(fact, (ticket,))


def tgt(realm: str) -> Granted[Reply]:
    return granted(f"krbtgt/{realm}", realm)


def question(ask: AnyAsk) -> tuple[str, str]:
    """The host, and the service, or the principal whose TGT it is."""
    if ask.call.func is exchanges.tgt:
        return HOSTS[ask.call.args[2]], ask.call.args[1]
    if ask.call.func is exchanges.service_ticket:
        return HOSTS[ask.call.args[3]], ask.call.args[2]
    return "", ""


def drive(collector: Asking[R], say: Answering) -> tuple[R, list[list[tuple[str, str]]]]:
    """What the collector makes of the answers, and what it asked in each round."""
    rounds: list[list[tuple[str, str]]] = []
    answers: list[Answer] = []
    try:
        driven = by_hand(collector)
        asks = next(driven)
        while True:
            rounds.append([question(ask) for ask in asks])
            answers = [_answer(ask, say) for ask in asks]
            asks = driven.send(answers)
    except StopIteration as stopped:
        return stopped.value, [entry for entry in rounds if entry]


def _answer(ask: AnyAsk, say: Answering) -> Answer:
    said = say(*question(ask))
    if isinstance(said, Gap):
        return Unobserved(said, "no answer", ask.asked, NOW, ask.vantage)
    return Observed(said if isinstance(said, Granted) else Granted(said), ask.asked, NOW, ask.vantage)


@pytest.fixture
def wallet() -> Wallet:
    source = SecretSource(SecretKind.ENV, "X")
    return Wallet({name: Credential(name, source, password=Secret("x")) for name in (ALICE, READER)})
