"""The management addresses of the storages: stated, or returned by the name servers of the storage's domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from krbcheck.asking.ask import Asking, MaybeAsk, NotAsked, asked
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.name_servers import Question, domain_servers, resolve
from krbcheck.facts.names import DnsAnswer, DomainServers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.site.stated import Site, Storage

MAX_ADDRESSES = 4
"""The addresses of one name that are tested: a name server may return thousands."""

Managements = Mapping[str, tuple[str, ...] | Unobserved]
"""By storage: its management addresses, or why a stated name has none."""


def management_addresses(site: Site, this_host: ThisHost) -> Asking[Managements]:
    """Returns those of the storages whose management the site file states. A tenant's name servers need not resolve the
    name.
    """
    found: dict[str, tuple[str, ...] | Unobserved] = {}
    named = [entry for entry in site.storages if entry.management and not entry.management_address]
    domains = [domain for domain in site.domains if domain.name in {storage.domain for storage in named}]
    servers = yield from domain_servers(domains)
    questions = {entry.name: list(_questions(this_host, entry, servers)) for entry in named}
    seen = yield from resolve(question for each in questions.values() for question in each)
    for entry in site.storages:
        if entry.management_address:
            found[entry.name] = (entry.management_address,)
        elif entry.management:
            found[entry.name] = _addresses(seen[question] for question in questions[entry.name])
    silent = {name: gap for name in questions if (gap := _silence([seen[question] for question in questions[name]]))}
    found |= {name: _unresolved(site.storage(name), gap) for name, gap in silent.items()}
    lacking = [name for name, addresses in found.items() if not addresses]
    unresolved: list[MaybeAsk[str]] = [_no_address(site.storage(name), this_host.name) for name in lacking]
    gaps = yield from asked(unresolved)
    return found | {name: gap for name, gap in zip(lacking, gaps, strict=True) if isinstance(gap, Unobserved)}


def _questions(this_host: ThisHost, storage: Storage, servers: Mapping[str, DomainServers]) -> Iterator[Question]:
    for server in servers[storage.domain].servers:
        for kind in ("A", "AAAA"):
            yield Question(this_host.name, "", server, storage.management, kind)


def _addresses(answers: Iterator[Observation[DnsAnswer]]) -> tuple[str, ...]:
    held = (address for answer in answers if isinstance(answer, Observed) for address in answer.value.addresses)
    return tuple(dict.fromkeys(held))[:MAX_ADDRESSES]


def _silence(answers: Sequence[Observation[DnsAnswer]]) -> Unobserved | None:
    """The first gap if no name server returned an address and one of them did not answer; else None."""
    if _addresses(iter(answers)):
        return None
    return next((answer for answer in answers if isinstance(answer, Unobserved)), None)


def _unresolved(storage: Storage, gap: Unobserved) -> Unobserved:
    return msgspec.structs.replace(gap, asked=f"address of {storage.management}")


def _no_address(storage: Storage, vantage: str) -> NotAsked:
    detail = f"no name server of {storage.domain} returns an address for {storage.management}"
    return NotAsked(Gap.NAME_UNKNOWN, detail, f"address of {storage.management}", vantage)
