"""The controllers that follow from the answers of the name servers, and why a domain has none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.collectors.dns.controllers import controllers, derived
from krbcheck.facts.names import (
    CONTROLLER_SERVICES,
    GENERIC_SERVICES,
    Controller,
    ControllerGap,
    DnsAnswer,
    DomainServers,
    HostAnswer,
    LocatorAnswer,
    LocatorAnswers,
    SrvTarget,
)
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from tests.support.by_hand import by_hand

AT = datetime(2026, 1, 1, tzinfo=UTC)
DOMAIN, SERVER, OTHER = "vmlevel.com", "10.77.0.10", "10.77.0.11"
DC1, DC2 = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
SILENT = Unobserved(Gap.TIMED_OUT, "no answer in 2 s", "SRV", AT, "station")
DNS = DomainServers(DOMAIN, (SERVER, OTHER), stated=True)


def named(service: str, *hosts: str, server: str = SERVER, seen: Observation[DnsAnswer] | None = None) -> LocatorAnswer:
    said = Observed(
        DnsAnswer("NOERROR", targets=tuple(SrvTarget(0, 100, 389, host) for host in hosts)), "SRV", AT, "station"
    )
    return LocatorAnswer(DOMAIN, service, server, seen or said)


def at(host: str, *addresses: str, server: str = SERVER) -> HostAnswer:
    return HostAnswer(
        DOMAIN, host, "A", server, Observed(DnsAnswer("NOERROR", addresses=addresses), "A", AT, "station")
    )


def test_each_address_of_each_controller_is_one() -> None:
    """Named by any service and any server, sorted, each once."""
    answers = LocatorAnswers(
        (DNS,),
        (named(CONTROLLER_SERVICES[1], DC2), named(CONTROLLER_SERVICES[0], DC2, DC1, server=OTHER)),
        (at(DC1, "10.77.0.10"), at(DC2, "10.77.0.11", "10.78.0.11"), at(DC2, "10.77.0.11", server=OTHER)),
    )
    assert derived(answers).controllers == (
        Controller(DOMAIN, DC1, "10.77.0.10"),
        Controller(DOMAIN, DC2, "10.77.0.11"),
        Controller(DOMAIN, DC2, "10.78.0.11"),
    )
    assert derived(answers).gaps == ()


def test_the_records_of_other_clients_count_where_those_of_windows_are_missing() -> None:
    generic = named(GENERIC_SERVICES[1], DC2)
    hosts = (at(DC1, "10.1.1.1"), at(DC2, "10.1.1.2"))
    both = LocatorAnswers((DNS,), (named(CONTROLLER_SERVICES[0], DC1), generic), hosts)
    assert [found.host for found in derived(both).controllers] == [DC1]
    alone = LocatorAnswers((DNS,), (named(CONTROLLER_SERVICES[0]), generic), hosts)
    assert [found.host for found in derived(alone).controllers] == [DC2]


def test_a_controller_without_an_address_is_a_gap_beside_the_others() -> None:
    answers = LocatorAnswers((DNS,), (named(CONTROLLER_SERVICES[0], DC1, DC2),), (at(DC1, "10.77.0.10"), at(DC2)))
    found = derived(answers)
    assert [controller.host for controller in found.controllers] == [DC1]
    assert found.gaps == (ControllerGap(DOMAIN, DC2, f"{DC2} has no address"),)


def test_a_domain_without_name_servers_has_their_reason() -> None:
    none = DomainServers(DOMAIN, (), stated=False, why="this host has no name servers")
    assert derived(LocatorAnswers((none,))).gaps == (ControllerGap(DOMAIN, "", "this host has no name servers"),)


def test_a_domain_that_no_server_names_a_controller_of_has_the_first_answer_of_each() -> None:
    answers = LocatorAnswers(
        (DNS,),
        (
            named(CONTROLLER_SERVICES[0], seen=SILENT),
            named(CONTROLLER_SERVICES[1], server=OTHER),
            named(GENERIC_SERVICES[0], server=SERVER),
        ),
    )
    (gap,) = derived(answers).gaps
    first, second = gap.says.split("; ")
    assert (gap.domain, gap.host) == (DOMAIN, "")
    assert "no answer in 2 s" in first
    assert "no such record" in second


def test_a_domain_whose_servers_were_not_queried_names_none() -> None:
    assert derived(LocatorAnswers((DNS,))).gaps == (ControllerGap(DOMAIN, "", "no name server names one"),)


def test_the_collector_sends_nothing() -> None:
    answers = LocatorAnswers((DNS,), (named(CONTROLLER_SERVICES[0], DC1),), (at(DC1, "10.77.0.10"),))
    driven = by_hand(controllers(answers))
    assert next(driven) == []
    with pytest.raises(StopIteration) as done:
        driven.send([])
    assert done.value.value == derived(answers)
