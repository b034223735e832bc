"""Locator records that are missing, that lead to hosts which do not answer, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.collectors.dns.controllers import derived
from krbcheck.facts.names import (
    CATALOGUE_SERVICE,
    CONTROLLER_SERVICES,
    GENERIC_SERVICES,
    Controller,
    DnsAnswer,
    DomainServers,
    HostAnswer,
    LocatorAnswer,
    LocatorAnswers,
    SrvTarget,
)
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.ports import ControllerPort, ControllerPorts, PortReply, PortState
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
DOMAIN = "vmlevel.com"
RECORDS = (*CONTROLLER_SERVICES, *GENERIC_SERVICES)
DC1, DC2 = f"vmdc1.{DOMAIN}", f"vmdc2.{DOMAIN}"
ADDRESSES = {DC1: "10.77.0.10", DC2: "10.77.0.11"}


@pytest.fixture
def site(site: Site) -> Site:
    """One domain only."""
    return msgspec.structs.replace(site, domains=site.domains[:1])


def answer(service: str, *hosts: str, rcode: str = "NOERROR", server: str = "10.77.0.10") -> LocatorAnswer:
    value = DnsAnswer(rcode, targets=tuple(SrvTarget(0, 100, 88, host) for host in hosts))
    return LocatorAnswer(DOMAIN, service, server, Observed(value, f"{service} of {server}", AT, "station"))


def silence(service: str, server: str = "10.77.0.11") -> LocatorAnswer:
    gap = Unobserved(Gap.TIMED_OUT, "no answer within 2 s", f"{service} of {server}", AT, "station")
    return LocatorAnswer(DOMAIN, service, server, gap)


def host(name: str, *addresses: str) -> HostAnswer:
    seen = Observed(DnsAnswer("NOERROR", addresses=addresses), f"{name} A", AT, "station")
    return HostAnswer(DOMAIN, name, "A", "10.77.0.10", seen)


def failed_host(rcode: str, server: str = "10.77.0.10") -> HostAnswer:
    return HostAnswer(DOMAIN, DC2, "A", server, Observed(DnsAnswer(rcode), f"{DC2} A", AT, "station"))


def locators(*services: LocatorAnswer, hosts: tuple[HostAnswer, ...] = ()) -> LocatorAnswers:
    servers = (DomainServers(DOMAIN, ("10.77.0.10",), stated=True),)
    return LocatorAnswers(servers, services, hosts or tuple(host(*address) for address in ADDRESSES.items()))


def ports(**states: str) -> ControllerPorts:
    """By host: the state of 88, 389 and 445, as letters: o(pen), c(losed), f(iltered), u(nreachable)."""
    letters = {entry.value[0]: entry for entry in PortState}
    return ControllerPorts(
        tuple(
            ControllerPort(
                DOMAIN,
                f"{name}.{DOMAIN}",
                ADDRESSES[f"{name}.{DOMAIN}"],
                port,
                Observed(PortReply(letters[letter]), f"TCP {port}", AT, "station"),
            )
            for name, row in states.items()
            for port, letter in zip((88, 389, 445), row, strict=True)
        )
    )


WHOLE = locators(*(answer(record, DC1, DC2) for record in RECORDS))


def said(lines: Lines, answers: LocatorAnswers, tried: ControllerPorts) -> list[str]:
    return lines("dns.locator", answers, tried)


def test_records_that_lead_to_controllers_that_answer_are_fine(lines: Lines) -> None:
    expected = [f"fine - {DOMAIN}", f"fine - {DC1}", f"fine - {DC2}"]
    assert said(lines, WHOLE, ports(vmdc1="ooo", vmdc2="ooo")) == expected


@pytest.mark.parametrize("row", ["fff", "ccc", "uuu", "cfu"])
def test_a_controller_that_answers_nowhere_is_dead(lines: Lines, row: str) -> None:
    expected = [f"fine - {DOMAIN}", f"fine - {DC1}", f"dns.locator/dead-controller - {DC2}"]
    assert said(lines, WHOLE, ports(vmdc1="ooo", vmdc2=row)) == expected


def test_a_controller_that_answers_in_part_has_closed_ports(lines: Lines, judged: Judged) -> None:
    tried = ports(vmdc1="ooo", vmdc2="ofo")
    assert said(lines, WHOLE, tried)[2] == f"dns.locator/port-closed - {DC2}"
    found = judged("dns.locator", WHOLE, tried)[2]
    assert isinstance(found, Finding)
    assert found.values["found"] == "filtered at 10.77.0.11 TCP 389 from station"
    answers = [reason.answer for reason in found.because]
    assert ("filtered" in answers[0], sorted(answers[1:])) == (True, ["open", "open"]), "a report shows the first ones"


def test_a_host_without_address_is_dead(lines: Lines) -> None:
    reply = locators(*(answer(record, DC1, DC2) for record in RECORDS), hosts=(host(DC1, "10.77.0.10"), host(DC2)))
    expected = [f"fine - {DOMAIN}", f"fine - {DC1}", f"dns.locator/dead-controller - {DC2}"]
    assert said(lines, reply, ports(vmdc1="ooo")) == expected


def test_a_host_whose_address_nobody_tells_is_unknown(lines: Lines) -> None:
    gap = Unobserved(Gap.TIMED_OUT, "no answer within 2 s", f"{DC2} A", AT, "station")
    silent = HostAnswer(DOMAIN, DC2, "A", "10.77.0.10", gap)
    reply = locators(*(answer(record, DC1, DC2) for record in RECORDS), hosts=(host(DC1, "10.77.0.10"), silent))
    assert said(lines, reply, ports(vmdc1="ooo"))[2] == f"unknown - {DC2}"


def test_a_host_whose_address_was_not_queried_is_unknown(lines: Lines) -> None:
    reply = locators(*(answer(record, DC1, DC2) for record in RECORDS), hosts=(host(DC1, "10.77.0.10"),))
    assert said(lines, reply, ports(vmdc1="ooo"))[2] == f"unknown - {DC2}"


SILENT_HOST = HostAnswer(
    DOMAIN, DC2, "AAAA", "10.77.0.11", Unobserved(Gap.TIMED_OUT, "no answer within 2 s", f"{DC2} AAAA", AT, "station")
)


@pytest.mark.parametrize(
    "others",
    [
        pytest.param((failed_host("SERVFAIL"),), id="server-failure"),
        pytest.param((failed_host("REFUSED"),), id="refused"),
        pytest.param((failed_host("NXDOMAIN"), failed_host("REFUSED", "10.77.0.11")), id="one-of-two-refuses"),
        pytest.param((host(DC2), SILENT_HOST), id="one-of-two-is-silent"),
    ],
)
def test_a_host_whose_address_may_exist_is_not_dead(lines: Lines, others: tuple[HostAnswer, ...]) -> None:
    """The remedy of a dead controller deletes its account: an error of a name server is no proof."""
    reply = locators(*(answer(record, DC1, DC2) for record in RECORDS), hosts=(host(DC1, "10.77.0.10"), *others))
    assert said(lines, reply, ports(vmdc1="ooo"))[2] == f"unknown - {DC2}"


@pytest.mark.parametrize("service", [*GENERIC_SERVICES, CATALOGUE_SERVICE])
def test_a_host_that_only_some_records_name_is_judged_too(lines: Lines, service: str) -> None:
    reply = locators(*(answer(record, DC1) for record in RECORDS), answer(service, DC1, DC2, server="10.77.0.11"))
    assert said(lines, reply, ports(vmdc1="ooo", vmdc2="fff"))[2] == f"dns.locator/dead-controller - {DC2}"


def test_a_controller_that_was_not_tried_is_unknown(lines: Lines) -> None:
    assert said(lines, WHOLE, ports(vmdc1="ooo"))[2] == f"unknown - {DC2}"


@pytest.mark.parametrize("missing", RECORDS)
@pytest.mark.parametrize("rcode", ["NXDOMAIN", "NOERROR", "SERVFAIL"])
def test_each_record_is_needed(lines: Lines, missing: str, rcode: str) -> None:
    reply = locators(
        *(answer(record, DC1) if record != missing else answer(record, rcode=rcode) for record in RECORDS),
    )
    assert said(lines, reply, ports(vmdc1="ooo")) == [f"dns.locator/no-locator - {DOMAIN}", f"fine - {DC1}"]


def test_a_server_that_knows_no_record_is_one_finding(judged: Judged) -> None:
    other = [answer(record, rcode="NXDOMAIN", server="10.77.0.11") for record in RECORDS]
    reply = locators(*(answer(record, DC1) for record in RECORDS), *other)
    first, *rest = judged("dns.locator", reply, ports(vmdc1="ooo"))
    assert isinstance(first, Finding)
    assert first.code == "dns.locator/no-locator"
    assert first.values["servers"] == ("10.77.0.11",)
    assert len(rest) == 1


def test_a_missing_global_catalogue_is_nobodys_fault(lines: Lines) -> None:
    reply = locators(*(answer(record, DC1) for record in RECORDS), answer(CATALOGUE_SERVICE, rcode="NXDOMAIN"))
    assert said(lines, reply, ports(vmdc1="ooo"))[0] == f"fine - {DOMAIN}"


def test_a_silent_server_is_unknown_and_hides_nothing(lines: Lines) -> None:
    reply = locators(*(answer(record, DC1) for record in RECORDS), *(silence(record) for record in RECORDS))
    assert said(lines, reply, ports(vmdc1="ooo")) == [f"unknown - {DOMAIN}", f"fine - {DC1}"]


def test_a_question_that_was_answered_later_is_answered(lines: Lines) -> None:
    reply = locators(
        *(silence(record, "10.77.0.10") for record in RECORDS), *(answer(record, DC1) for record in RECORDS)
    )
    assert said(lines, reply, ports(vmdc1="ooo"))[0] == f"fine - {DOMAIN}"


def test_no_name_server_is_unknown(judged: Judged) -> None:
    reply = LocatorAnswers((DomainServers(DOMAIN, (), stated=False, why="this host has no name servers"),))
    (verdict,) = judged("dns.locator", reply, ControllerPorts())
    assert [reason.line for reason in verdict.because] == ["this host has no name servers"]


def test_every_address_of_every_host_is_a_controller() -> None:
    reply = locators(answer(CONTROLLER_SERVICES[0], DC2, DC1), hosts=(host(DC1, "10.1.1.1", "10.1.1.2"),))
    found = derived(reply)
    assert found.of("VMLEVEL.COM") == [
        Controller(DOMAIN, DC1, "10.1.1.1"),
        Controller(DOMAIN, DC1, "10.1.1.2"),
    ]
    assert [(gap.host, gap.says) for gap in found.gaps] == [(DC2, f"{DC2} has no address")]


def test_controllers_are_found_by_the_generic_record_where_there_is_no_other() -> None:
    found = derived(locators(answer("_kerberos._tcp", DC1)))
    assert [entry.host for entry in found.of(DOMAIN)] == [DC1]


def test_a_record_that_says_there_is_no_such_service_names_no_controller() -> None:
    found = derived(locators(answer(CONTROLLER_SERVICES[0], "")))
    assert found.of(DOMAIN) == []


def test_why_there_is_no_controller_is_said() -> None:
    found = derived(locators(answer(CONTROLLER_SERVICES[0], rcode="NXDOMAIN"), silence(CONTROLLER_SERVICES[0])))
    assert found.why_none("VMLEVEL.COM") == (
        "no controller of vmlevel.com is known: "
        "_ldap._tcp.dc._msdcs of 10.77.0.10, from station: NXDOMAIN; "
        "_ldap._tcp.dc._msdcs of 10.77.0.11, from station: no answer within 2 s"
    )
    assert found.why_none("other.com") == ("no controller of other.com is known: its name servers were not queried")


def test_a_domain_whose_name_servers_were_not_queried_is_not_determined(lines: Lines) -> None:
    assert said(lines, locators(), ports())[:1] == [f"unknown - {DOMAIN}"]
