"""Derives the domain controllers from the answers of the name servers. Sends nothing itself."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.asking.ask import Asking
from krbcheck.facts.names import (
    CONTROLLER_SERVICES,
    GENERIC_SERVICES,
    Controller,
    ControllerGap,
    Controllers,
    LocatorAnswers,
)
from krbcheck.facts.observation import Gap, Unobserved, reason


def controllers(locators: LocatorAnswers) -> Asking[Controllers]:
    yield []
    return derived(locators)


def derived(locators: LocatorAnswers) -> Controllers:
    """Returns each address of each controller, none for an excluded one; a gap for a host or a domain without one."""
    found: list[Controller] = []
    gaps: list[ControllerGap] = []
    for servers in locators.servers:
        domain = servers.domain
        hosts = locators.named(domain, *CONTROLLER_SERVICES) or locators.named(domain, *GENERIC_SERVICES)
        for host in hosts:
            held = locators.addresses(domain, host)
            found += [Controller(domain, host, address) for address in held]
            if not held and _is_left_out(locators, domain, host):
                found.append(Controller(domain, host, ""))
            elif not held:
                gaps.append(ControllerGap(domain, host, f"{host} has no address"))
        if not hosts:
            why = servers.why or "; ".join(_said(locators, domain))
            gaps.append(ControllerGap(domain, "", why or "no name server names one"))
    return Controllers(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(gaps)))


def _is_left_out(locators: LocatorAnswers, domain: str, host: str) -> bool:
    """Returns whether the address of a host was not queried because the site file excludes the host: each check of the
    controller is then not determined, because no query is sent to it.
    """
    answers = (answer.seen for answer in locators.hosts if (answer.domain, answer.host) == (domain, host))
    return any(isinstance(seen, Unobserved) and seen.gap is Gap.LEFT_OUT for seen in answers)


def _said(locators: LocatorAnswers, domain: str) -> Iterator[str]:
    """Yields one line for each name server: the answer to the first query."""
    first: dict[str, str] = {}
    for service in locators.services:
        if service.domain == domain:
            first.setdefault(service.server, reason(service.seen))
    return iter(first.values())
