"""Keeps credentials and tickets in memory only. Nothing here is a fact, is printed, logged or saved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from krbcheck.facts.groups import CacheContent
from krbcheck.facts.kerberos import TicketFacts
from krbcheck.facts.observation import Gap, NoAnswer, Observation, Observed, derived
from krbcheck.site.stated import SecretSource

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Secret:
    """Bytes that only `reveal` returns: no other representation contains them."""

    __slots__ = ("_bytes",)

    def __init__(self, value: bytes | str) -> None:
        self._bytes = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        """Returns the bytes."""
        return self._bytes

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret cannot be serialized")


@dataclass(frozen=True)
class KeytabKey:
    """A key of a keytab, with its encryption type and its version."""

    etype: int
    kvno: int
    key: Secret


@dataclass(frozen=True)
class Ticket:
    """A ticket and its session key. `der` is the Ticket of RFC 4120 5.3 in DER; times are UTC.

    `service` is the server's name without realm (`cifs/x`, `krbtgt/REALM`), `realm` the realm that issued it.
    """

    client: str
    service: str
    realm: str
    der: Secret
    session_key: Secret
    etype: int
    session_etype: int
    kvno: int | None
    flags: int
    authtime: datetime
    starttime: datetime
    endtime: datetime
    renew_till: datetime | None = None
    client_realm: str = ""

    def facts(self) -> TicketFacts:
        """Returns its metadata, without its bytes and its keys."""
        return TicketFacts(
            client=self.client.rpartition("@")[0],
            client_realm=self.client_realm,
            service=self.service,
            realm=self.realm,
            etype=self.etype,
            session_etype=self.session_etype,
            kvno=self.kvno,
            flags=self.flags,
            authtime=self.authtime,
            endtime=self.endtime,
        )


@dataclass(frozen=True)
class Credential:
    """The secret of a principal: a password, or the newest keys of a keytab, or the tickets of a cache.

    `tickets` are those of the cache. `rc4` if the site allows the password to be used with RC4.
    """

    principal: str
    source: SecretSource
    password: Secret | None = None
    keys: tuple[KeytabKey, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    rc4: bool = False


class Granted(msgspec.Struct, Generic[T_co], frozen=True):
    """The reply of a probe that gets tickets: the fact, and the tickets for the wallet."""

    value: T_co
    tickets: tuple[Ticket, ...] = ()


@dataclass
class Wallet:
    """The credentials by principal (`account@REALM`), and the tickets by principal, service and KDC.

    A credential that a server rejected is not sent again: `refused` states why, by principal in lower case. `caches`
    are the tickets that the hosts of principals have, as the site file states them; they are not used. `remember` is
    called with a wrong credential and how a server rejected it. `retry` (option --retry) if credentials are sent
    although they were rejected before, or although one more wrong password could lock their account.
    """

    credentials: Mapping[str, Credential] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    caches: Mapping[str, CacheContent] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    retry: bool = False
    remember: Callable[[Credential, str], None] | None = None
    tickets: dict[tuple[str, str, str], Ticket] = field(default_factory=dict)
    _keys: dict[tuple[str, int, bytes, bytes], Secret] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: dict[str, threading.RLock] = field(default_factory=dict)
    _accepted: set[str] = field(default_factory=set)

    def credential(self, principal: str) -> Credential:
        """Returns the credential of a principal.

        Raises NoAnswer: NO_CREDENTIALS if there is none, NOT_ALLOWED if a server rejected it before.
        """
        if lack := self.lack(principal):
            raise lack
        return self.credentials[principal]

    def lack(self, principal: str) -> NoAnswer | None:
        """Returns why the credential of a principal cannot be sent; None if it can."""
        if refusal := self.refused.get(principal.casefold()):
            return NoAnswer(Gap.NOT_ALLOWED, refusal)
        if principal in self.credentials:
            return None
        return NoAnswer(
            Gap.NO_CREDENTIALS, self.lacking.get(principal, f"the site file contains no secret for {principal}")
        )

    def has(self, principal: str) -> bool:
        """Returns whether there is a credential of a principal, also one that a server rejected."""
        return principal in self.credentials

    def refuse(self, principal: str, how: str, *, wrong: bool = False) -> None:
        """Records that a server rejected the credential; `how` states where and how. `wrong` if the server counts it
        as a wrong password.
        """
        with self._lock:
            first = principal.casefold() not in self.refused
            self.refused.setdefault(
                principal.casefold(), f"a server rejected the credential of {principal} before ({how})"
            )
        if first and wrong and self.remember is not None and principal in self.credentials:
            self.remember(self.credentials[principal], how)

    def hold_back(self, principal: str, why: str) -> None:
        """Records why a credential is not sent in this run."""
        with self._lock:
            self.refused.setdefault(principal.casefold(), why)

    @contextmanager
    def first_use(self, principal: str, seconds: float) -> Iterator[None]:
        """Lets one request at a time send a credential until a server has accepted it: a wrong one is sent once.

        `seconds` is the limit of the wait. Raises NoAnswer: NOT_ALLOWED if a server rejected it meanwhile, NEEDS_OTHER
        if the request before has no reply yet.
        """
        name = principal.casefold()
        if name in self._accepted:
            yield
            return
        with self._lock:
            turn = self._turns.setdefault(name, threading.RLock())
        if not turn.acquire(timeout=seconds):
            raise NoAnswer(Gap.NEEDS_OTHER, f"another request with the credential of {principal} has no reply yet")
        try:
            if lack := self.lack(principal):
                raise lack
            yield
        finally:
            turn.release()

    def accept(self, principal: str) -> None:
        """Records that a server accepted the credential."""
        self._accepted.add(principal.casefold())

    def keep(self, answer: Observation[Granted[T]], principal: str, kdc: str) -> Observation[T]:
        """Keeps the tickets of an answer and returns the fact alone.

        They are kept under the principal as the site file has it, because the KDC may have canonicalized the name.
        """
        if isinstance(answer, Observed):
            for ticket in answer.value.tickets:
                self.tickets[(principal, ticket.service.lower(), kdc)] = ticket
                self.tickets.setdefault((principal, ticket.service.lower(), ""), ticket)
        return derived(answer, lambda granted: granted.value)

    def ticket(self, principal: str, service: str, kdc: str = "") -> Ticket | None:
        """Returns the ticket that `kdc` issued, or without `kdc` the first one; None if there is none."""
        return self.tickets.get((principal, service.lower(), kdc))

    def secrets(self) -> Iterator[Secret]:
        """Yields everything that must not be shown: passwords, keys, tickets and their session keys."""
        tickets = list(self.tickets.values())
        for credential in self.credentials.values():
            if credential.password is not None:
                yield credential.password
            yield from (key.key for key in credential.keys)
            tickets += credential.tickets
        for ticket in tickets:
            yield from (ticket.session_key, ticket.der)
        with self._lock:
            derived = list(self._keys.values())
        yield from derived

    def derived(self, principal: str, etype: int, salt: bytes, params: bytes) -> Secret | None:
        """Returns the key that was derived for a principal, encryption type, salt and parameters; None if there is
        none.
        """
        with self._lock:
            return self._keys.get((principal, etype, salt, params))

    def keep_derived(self, principal: str, etype: int, salt: bytes, params: bytes, key: Secret) -> None:
        """Keeps a derived key, so that it is derived once."""
        with self._lock:
            self._keys[(principal, etype, salt, params)] = key
