"""Collectors of tickets that are driven by hand: no thread, no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.asking.scheduler import Answer, Ask, Asking, F
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials.wallet import Credential, Granted, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, TicketFacts
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, NoAnswer, Observed, Unobserved
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import SecretKind, SecretSource

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
DC1 = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
DC2 = Controller("vmlevel.com", "vmdc2.vmlevel.com", "10.77.0.11")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")
TIDC2 = Controller("tintri.com", "tidc2.tintri.com", "10.77.0.21")
FADC = Controller("fabric.com", "fadc.fabric.com", "10.77.0.30")
KNOWN = Controllers((DC1, DC2, TIDC))
HOSTS = {one.address: one.host for one in (DC1, DC2, TIDC, TIDC2, FADC)}
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg")}
)
Said = Granted | KrbError | Gap
Answering = Callable[[str, str], Said]
"""What the KDC `host` says when it is asked for `service`."""


def granted(service: str, realm: str) -> Granted:
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


def tgt(realm: str) -> Granted:
    return granted(f"krbtgt/{realm}", realm)


def question(ask: Ask) -> tuple[str, str]:
    """The host, and the service, or the principal whose TGT it is."""
    if ask.probe is exchanges.tgt:
        return HOSTS[ask.args[2]], ask.args[1]
    if ask.probe is exchanges.service_ticket:
        return HOSTS[ask.args[3]], ask.args[2]
    return "", ""


def drive(collector: Asking[F], say: Answering) -> tuple[F, list[list[tuple[str, str]]]]:
    """What the collector makes of the answers, and what it asked in each round."""
    rounds: list[list[tuple[str, str]]] = []
    answers: list[Answer] = []
    try:
        asks = next(collector)
        while True:
            rounds.append([question(ask) for ask in asks])
            answers = [_answer(ask, say) for ask in asks]
            asks = collector.send(answers)
    except StopIteration as stopped:
        return stopped.value, [one for one in rounds if one]


def _answer(ask: Ask, say: Answering) -> Answer:
    if question(ask) == ("", ""):
        try:
            ask.probe(*ask.args)
        except NoAnswer as none:
            return Unobserved(none.gap, none.detail, ask.asked, NOW, ask.vantage)
    said = say(*question(ask))
    if isinstance(said, Gap):
        return Unobserved(said, "no answer", ask.asked, NOW, ask.vantage)
    return Observed(said if isinstance(said, Granted) else Granted(said), ask.asked, NOW, ask.vantage)


@pytest.fixture
def wallet() -> Wallet:
    source = SecretSource(SecretKind.ENV, "X")
    return Wallet({name: Credential(name, source, password=Secret("x")) for name in (ALICE, READER)})
