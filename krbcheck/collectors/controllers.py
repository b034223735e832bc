"""The domain controllers, out of what the name servers said. Asks nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from krbcheck.collect import Asking
from krbcheck.facts.names import (
    CONTROLLER_SERVICES,
    GENERIC_SERVICES,
    Controller,
    ControllerGap,
    Controllers,
    LocatorAnswer,
    LocatorAnswers,
)
from krbcheck.model import Observed, reason


def controllers(locators: LocatorAnswers) -> Asking[Controllers]:
    yield []
    return derived(locators)


def derived(locators: LocatorAnswers) -> Controllers:
    """Each address of each host that a locator record names; a gap for a host or a domain without one."""
    found: list[Controller] = []
    gaps: list[ControllerGap] = []
    addresses = _addresses(locators)
    for servers in locators.servers:
        domain = servers.domain
        answers = [one for one in locators.services if one.domain == domain]
        hosts = sorted(_named(answers, CONTROLLER_SERVICES) or _named(answers, GENERIC_SERVICES[-1:]))
        for host in hosts:
            held = addresses[domain, host]
            found += [Controller(domain, host, address) for address in held]
            if not held:
                gaps.append(ControllerGap(domain, host, f"{host} has no address"))
        if not hosts:
            why = servers.why or "; ".join(_silences(answers))
            gaps.append(ControllerGap(domain, "", why or "no name server names one"))
    return Controllers(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(gaps)))


def _named(answers: Iterable[LocatorAnswer], services: tuple[str, ...]) -> set[str]:
    return {
        target.host
        for one in answers
        if one.service in services and isinstance(one.seen, Observed)
        for target in one.seen.value.targets
        if target.host  # a lone "." says that the service is not there (RFC 2782)
    }


def _addresses(locators: LocatorAnswers) -> Mapping[tuple[str, str], tuple[str, ...]]:
    held: defaultdict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for one in locators.hosts:
        if isinstance(one.seen, Observed):
            before = held[one.domain, one.host]
            held[one.domain, one.host] = tuple(dict.fromkeys(before + one.seen.value.addresses))
    return held


def _silences(answers: Iterable[LocatorAnswer]) -> Iterator[str]:
    """One line a name server: what came of the first question to it."""
    first: dict[str, str] = {}
    for one in answers:
        first.setdefault(one.server, reason(one.seen))
    return iter(first.values())
