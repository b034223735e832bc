"""The storages whose REST API the site states, and what each part of a reading means as an observation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from krbcheck.asking.ask import Ask, MaybeAsk, NotAsked, Server, always, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.credentials.wallet import Secret, Wallet
from krbcheck.facts.observation import Gap, NoAnswer, Observation, Observed, Unobserved
from krbcheck.facts.vmstore import RestRefusal
from krbcheck.probes.rest.leaving import Leave
from krbcheck.probes.rest.vmstore import leaving
from krbcheck.site.stated import Site, VmstoreApi

T = TypeVar("T")
R = TypeVar("R")
SECONDS = 20.0
"""The limit of a session: requests are sent one after another, and each has its own limit."""


class Reader(NamedTuple):
    """A storage with a REST API."""

    storage: str
    api: VmstoreApi


def readers(site: Site) -> Iterator[Reader]:
    """Yields each storage whose REST API the site states."""
    for storage in site.storages:
        if storage.vmstore_api is not None:
            yield Reader(storage.name, storage.vmstore_api)


def password_of(reader: Reader, wallet: Wallet, this_host: ThisHost, question: str) -> Secret | NotAsked:
    """Returns the password of the reader's account, or why there is none that can be sent."""
    if lack := wallet.lack(reader.api.login):
        return NotAsked.because(lack, question, this_host.name)
    password = wallet.credentials[reader.api.login].password
    if password is None:
        return NotAsked(Gap.NO_CREDENTIALS, f"{reader.api.login} has no password", question, this_host.name)
    return password


def ask(
    read: Callable[[str, str, Secret, str, float, Leave | None], R],
    reader: Reader,
    this_host: ThisHost,
    wallet: Wallet,
    question: str,
) -> MaybeAsk[R]:
    """Returns the call of a probe with the reader's account, or why there is no password that can be sent.

    Its values prove that their sender has the key of the certificate.
    """
    password = password_of(reader, wallet, this_host, question)
    if isinstance(password, NotAsked):
        return password
    api = reader.api
    leave = leaving()
    probe = call(read, api.url, api.account, password, api.ca_file, SECONDS, leave)
    of = Server(api.host, api.port, "rest")
    return Ask(probe, question, of, this_host.name, SECONDS, authenticates=always, on_interrupt=leave.now)


def part(
    seen: Observation[R], of: Callable[[R], T | RestRefusal | NoAnswer], asked: str
) -> Observation[T | RestRefusal]:
    """Returns one part of a reading; it has no answer if the reading has none."""
    if isinstance(seen, Unobserved):
        return Unobserved(seen.gap, seen.detail, asked, seen.at, seen.vantage, seen.seconds, seen.of)
    value = of(seen.value)
    if isinstance(value, NoAnswer):
        return Unobserved(value.gap, value.detail, asked, seen.at, seen.vantage, seen.seconds, value.of or seen.of)
    return Observed(value, asked, seen.at, seen.vantage, seen.seconds, seen.of, seen.authenticated)


def part_of_list(seen: Observation[R], value: T | RestRefusal | NoAnswer, asked: str) -> Observation[T | RestRefusal]:
    """Returns an item of a list of a reading: `value` is what the reading has of it."""
    return part(seen, lambda _: value, asked)
