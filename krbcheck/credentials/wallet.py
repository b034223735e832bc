"""Credentials and tickets, in memory only. Nothing here is a fact, is printed, logged or saved."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from krbcheck.facts.observation import Gap, NoAnswer, Observation, Observed, derived
from krbcheck.site.stated import SecretSource

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Secret:
    """Bytes that show themselves to nobody but `reveal`."""

    __slots__ = ("_bytes",)

    def __init__(self, value: bytes | str) -> None:
        self._bytes = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
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
    etype: int
    kvno: int
    key: Secret


@dataclass(frozen=True)
class Ticket:
    """A ticket and its session key. `der` is the Ticket of RFC 4120 5.3, DER; times are UTC.

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


@dataclass(frozen=True)
class Credential:
    """What proves a principal: a password, or the newest keys of a keytab, or tickets of a cache.

    `tickets` are (server principal, ticket) pairs as a cache holds them. `rc4` if the site allows the password to prove
    itself with RC4.
    """

    principal: str
    source: SecretSource
    password: Secret | None = None
    keys: tuple[KeytabKey, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    rc4: bool = False


class Granted(msgspec.Struct, Generic[T_co], frozen=True):
    """What a probe that gets tickets returns: the fact, and the tickets for the wallet."""

    value: T_co
    tickets: tuple[Ticket, ...] = ()


@dataclass
class Wallet:
    """Credentials by principal (`account@REALM`), tickets by principal, service and KDC.

    A credential that a server refused is not offered again in this run: `refused` says where and how.
    """

    credentials: Mapping[str, Credential] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    tickets: dict[tuple[str, str, str], Ticket] = field(default_factory=dict)
    _keys: dict[tuple[str, int, bytes, bytes], Secret] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def credential(self, principal: str) -> Credential:
        """Raises NoAnswer where there is none, or where a server refused it before."""
        if lack := self.lack(principal):
            raise lack
        return self.credentials[principal]

    def lack(self, principal: str) -> NoAnswer | None:
        """Why the principal's credential cannot be offered; None where it can."""
        if refusal := self.refused.get(principal):
            return NoAnswer(Gap.NOT_ALLOWED, f"a server rejected the credential of {principal} before ({refusal})")
        if principal in self.credentials:
            return None
        return NoAnswer(
            Gap.NO_CREDENTIALS, self.lacking.get(principal, f"the site file contains no secret for {principal}")
        )

    def has(self, principal: str) -> bool:
        return principal in self.credentials

    def refuse(self, principal: str, how: str) -> None:
        self.refused.setdefault(principal, how)

    def keep(self, answer: Observation[Granted[T]], principal: str, kdc: str) -> Observation[T]:
        """Takes the tickets out of an answer and returns the fact alone.

        They are kept under the principal as the site writes it: the KDC may have canonicalized the name.
        """
        if isinstance(answer, Observed):
            for ticket in answer.value.tickets:
                self.tickets[(principal, ticket.service.lower(), kdc)] = ticket
                self.tickets.setdefault((principal, ticket.service.lower(), ""), ticket)
        return derived(answer, lambda granted: granted.value)

    def ticket(self, principal: str, service: str, kdc: str = "") -> Ticket | None:
        """With `kdc` the ticket that this KDC gave, without it the first that was got."""
        return self.tickets.get((principal, service.lower(), kdc))

    def secrets(self) -> Iterator[Secret]:
        """Everything that must not be seen: passwords, keys, tickets and their session keys."""
        tickets = list(self.tickets.values())
        for credential in self.credentials.values():
            if credential.password is not None:
                yield credential.password
            yield from (one.key for one in credential.keys)
            tickets += credential.tickets
        for ticket in tickets:
            yield from (ticket.session_key, ticket.der)
        with self._lock:
            derived = list(self._keys.values())
        yield from derived

    def derived(self, principal: str, etype: int, salt: bytes, params: bytes) -> Secret | None:
        with self._lock:
            return self._keys.get((principal, etype, salt, params))

    def keep_derived(self, principal: str, etype: int, salt: bytes, params: bytes, key: Secret) -> None:
        with self._lock:
            self._keys[(principal, etype, salt, params)] = key
