"""Any KRB-ERROR, any TGS-REP, any referrals: a value or malformed, an end in bounded time, and nothing fine by mistake.

For a long run: KRBCHECK_FUZZ=100000 pytest -s tests/probes/kerberos/test_replies_fuzz.py
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from krbcheck.asking.ask import Asking, R
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.kerberos.service_tickets import MOST_HOPS, service_tickets
from krbcheck.credentials.wallet import Granted, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import KrbError, Reply, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.judging.verdict import Fine, Verdict
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.keys import seal
from krbcheck.site.stated import Site
from krbcheck.windows import der
from tests.support.by_hand import by_hand
from tests.support.gaps import NO_ANSWERS, gap_of

INPUTS = int(os.environ.get("KRBCHECK_FUZZ", "300"))
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE, SPN = "alice-hv01$@VMLEVEL.COM", "cifs/vmstore-alice.tintri.com"
NONCE, USAGE = 7, 8
Judged = Callable[..., list[Verdict]]


def changed(chance: random.Random, models: list[bytes]) -> bytes:
    """A message in which bytes are changed, put in, taken out, doubled, or which is cut off."""
    data = bytearray(chance.choice(models))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        position, size = chance.randrange(len(data) + 1), chance.choice((1, 1, 1, 2, 4, 16))
        part = chance.choice(
            (chance.randbytes(size), b"\0" * size, b"\xff" * size, bytes(data[position : position + size]))
        )
        end = position + (0 if chance.random() < 0.3 else size)
        data[position:end] = b"" if chance.random() < 0.2 else part
    return bytes(data[: chance.randrange(len(data) + 1)]) if chance.random() < 0.1 else bytes(data)


class Ran:
    """What came of so many inputs, and the slowest of them."""

    def __init__(self) -> None:
        self.came, self.slowest, self.began = Counter[str](), 0.0, time.perf_counter()

    def timed(self, work: Callable[..., Any], *arguments: object) -> Any:
        started = time.perf_counter()
        try:
            return work(*arguments)
        except NO_ANSWERS as none:
            if gap_of(none) is not Gap.MALFORMED:
                raise
            return None
        finally:
            self.slowest = max(self.slowest, time.perf_counter() - started)

    def tell(self, what: str) -> None:
        if INPUTS > 300:
            spent = time.perf_counter() - self.began
            slowest = f"{1000 * self.slowest:.1f} ms"
            print(f"\n{INPUTS} {what} in {spent:.0f} s: {dict(self.came)}; slowest {slowest}")  # noqa: T201


def bare(data: bytes) -> bytes:
    return data[4:] if int.from_bytes(data[:4], "big") == len(data) - 4 else data


def seen(value: object) -> Observed[Any]:
    return Observed(value, "asked", AT, "alice")


@pytest.fixture(scope="session")
def messages(vectors: Path) -> Path:
    return vectors / "kerberos-msg"


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice only, and a third domain that a search order lists too."""
    from msgspec.structs import replace

    order = ("tintri.com", "fabric.com")
    domains = (replace(cloud.domains[0], forest_search_order=order), cloud.domains[1])
    fabric = replace(cloud.domains[1], name="fabric.com", account="krbcheck@FABRIC.COM")
    return replace(cloud, tenants=cloud.tenants[:1], domains=(*domains, fabric))


def test_changed_errors_are_read_or_malformed_and_never_fine(messages: Path, judged: Judged, alone: Site) -> None:
    files = [*messages.glob("*krberror*"), *messages.glob("*krb-error*"), *messages.glob("*krb_error*")]
    models = [bare(file.read_bytes()) for file in sorted(files)]
    chance, ran = random.Random(f"errors {INPUTS}"), Ran()
    for _ in range(INPUTS):
        data = changed(chance, models)
        said = ran.timed(replies.krb_error, data)
        ran.timed(replies.key_offers, data)
        if said is None:
            ran.came["malformed"] += 1
            continue
        assert isinstance(said, KrbError)
        assert said.summary()
        grants = TicketGrants((TicketGrant("alice", ALICE, "vmdc1", "10.77.0.10", seen(said)),))
        verdicts = judged("ticket.tgt", grants, of=alone)
        assert verdicts
        assert not any(isinstance(verdict, Fine) for verdict in verdicts)
        ran.came["an error"] += 1
    ran.tell("KRB-ERRORs")


def part(service: str, realm: str, chance: random.Random) -> bytes:
    """What a TGS-REP tells of its ticket under the session key (RFC 4120 5.4.2)."""
    kind, rest = (2, service.split("/")) if chance.random() < 0.9 else (1, [service])
    name = der.sequence(der.context(0, der.integer(kind)), der.context(1, der.sequence(*map(der.text, rest))))
    fields = {
        0: der.sequence(der.context(0, der.integer(18)), der.context(1, der.octets(bytes(32)))),
        1: der.sequence(),
        2: der.integer(NONCE),
        4: b"\x03\x05\x00\x40\xe1\x00\x00",
        5: der.moment(AT),
        7: der.moment(AT + timedelta(hours=10)),
        9: der.text(realm),
        10: name,
    }
    return der.application(26, der.sequence(*(der.context(tag, value) for tag, value in fields.items())))


SERVICES = [SPN, "krbtgt/TINTRI.COM", "krbtgt/VMLEVEL.COM", "KRBTGT/tintri.com", "krbtgt", "krbtgt/", "http/x", "/", ""]


def test_changed_replies_are_read_or_malformed(messages: Path) -> None:
    """Both what anybody on the way may change, and what only a KDC that holds the key can make."""
    keys = json.loads((messages / "KEYS.json").read_text())
    session = replies.key(18, bytes.fromhex(keys["knet as-rep session key (recovered)"]["key"]))
    reply = bare((messages / "knet-tgs-rep-testuser-host-app03.bin").read_bytes())
    cipher = replies.sealed(replies.message(reply, replies.TGS_REP)[6]).cipher
    chance, ran = random.Random(f"replies {INPUTS}"), Ran()
    for number in range(INPUTS):
        data, realm = reply, chance.choice(["VMLEVEL.COM", "TINTRI.COM", "", "x" * 300])
        if number % 2:
            inner = changed(chance, [part(chance.choice(SERVICES), realm, chance)])
            sealed = seal(session, USAGE, inner)
            data = resealed(reply, cipher, sealed)
        else:
            data = changed(chance, [reply])
        said = ran.timed(replies.grant, data, replies.TGS_REP, session, USAGE, NONCE)
        if said is not None:
            fact, ticket = said
            assert fact.service == ticket.service
            assert fact.summary()
            assert not fact.referral_to or fact.is_tgt
        ran.came["malformed" if said is None else "a referral" if said[0].referral_to else "a ticket"] += 1
    assert ran.came["a ticket"]
    assert ran.came["a referral"]
    ran.tell("TGS-REPs")


def resealed(reply: bytes, cipher: bytes, sealed: bytes) -> bytes:
    """The reply with another encrypted part, all lengths made anew."""
    said = replies.message(reply, replies.TGS_REP)
    enc = der.sequence(der.context(0, der.integer(18)), der.context(2, der.octets(sealed)))
    fields = {**said, 6: enc}
    return der.application(13, der.sequence(*(der.context(tag, bytes(value)) for tag, value in sorted(fields.items()))))


REALMS = ["VMLEVEL.COM", "TINTRI.COM", "FABRIC.COM", "EMEA.TINTRI.COM", "tintri.com", "", "\x1b[2J"]


def answer(chance: random.Random, wanted: str) -> Answer:
    """A ticket for what was asked, a referral anywhere, an error, silence; each of any realm."""
    match chance.choices(("served", "referral", "other", "error", "silence"), (3, 6, 1, 2, 1))[0]:
        case "error":
            return seen(Granted(KrbError(chance.choice([7, 7, 7, 12, 14, 31, 68, 4711, -1]))))
        case "silence":
            return Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "alice")
        case "served":
            service = wanted
        case "referral":
            service = f"{chance.choice(['krbtgt', 'krbtgt', 'KRBTGT'])}/{chance.choice(REALMS)}"
        case _:
            service = chance.choice(SERVICES)
    return seen(ticket(service, chance.choice(REALMS)))


def ticket(service: str, realm: str) -> Granted[Reply]:
    fact = TicketFacts("alice-hv01$", "VMLEVEL.COM", service, realm, 18, 18, 1, 0, AT, AT)
    held = Ticket(ALICE, service, realm, Secret("x"), Secret(bytes(32)), 18, 18, 1, 0, AT, AT, AT)
    return Granted(fact, (held,))


def driven(collector: Asking[R], chance: random.Random) -> tuple[R, int]:
    """The family, and how many rounds of questions it took."""
    rounds = 0
    try:
        asking = by_hand(collector)
        asks = next(asking)
        while True:
            rounds += bool(asks)
            asks = asking.send([answer(chance, ask.call.args[2] if len(ask.call.args) > 2 else "") for ask in asks])
    except StopIteration as stopped:
        return stopped.value, rounds


KDCS = Controllers(
    tuple(
        Controller(realm.lower(), f"{name}.{realm.lower()}", f"10.77.0.{number}")
        for number, (realm, name) in enumerate(
            (realm, name) for realm in ("VMLEVEL.COM", "TINTRI.COM", "FABRIC.COM") for name in ("dc1", "dc2")
        )
    )
)
THIS_HOST = ThisHost("station", {"alice": SourceAddress("alice", "10.77.11.9")})


def test_any_referrals_come_to_an_end_and_only_the_service_is_fine(judged: Judged, alone: Site) -> None:
    """Three phases (the own KDC, the search order, other domains), each of at most so many hops at two KDCs a realm."""
    chance, ran = random.Random(f"referrals {INPUTS}"), Ran()
    grants = TicketGrants(
        tuple(
            TicketGrant("alice", ALICE, kdc.host, kdc.address, seen(ticket("krbtgt/VMLEVEL.COM", "VMLEVEL.COM").value))
            for kdc in KDCS.of("VMLEVEL.COM")
        )
    )
    for _ in range(INPUTS):
        wallet = Wallet()
        for kdc in KDCS.of("VMLEVEL.COM"):
            wallet.keep(seen(ticket("krbtgt/VMLEVEL.COM", "VMLEVEL.COM")), ALICE, kdc.host)
        found, rounds = ran.timed(driven, service_tickets(alone, THIS_HOST, wallet, KDCS, grants), chance)
        assert rounds <= 3 * 2 * (MOST_HOPS + 2)
        assert all(len(path.hops) <= 2 * (MOST_HOPS + 2) for path in found.paths)
        verdicts = judged("ticket.service", found, grants, of=alone)
        for check in ("ticket.path", "ticket.enctype", "ticket.client"):
            judged(check, found, grants, of=alone)
        assert verdicts
        served = {path.kdc for path in found.paths if ends_with_the_service(path.hops[-1].seen, path.hops[-1].service)}
        if any(isinstance(verdict, Fine) for verdict in verdicts):
            assert served
        outcome = (
            "fine"
            if any(isinstance(verdict, Fine) for verdict in verdicts)
            else getattr(verdicts[0], "code", "unknown")
        )
        ran.came[outcome] += 1
    ran.tell("searches")


def ends_with_the_service(last: object, asked: str) -> bool:
    """Whether a way's last answer is a ticket, for the service and not for a KDC."""
    if not isinstance(last, Observed) or not isinstance(last.value, TicketFacts) or asked != SPN:
        return False
    return last.value.service.partition("/")[0].lower() != "krbtgt"
