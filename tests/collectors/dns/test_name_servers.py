"""The name servers of this host are queried where a domain states none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.locators import locator_answers
from krbcheck.collectors.dns.names import name_answers
from krbcheck.facts.names import (
    DnsAnswer,
    DomainServers,
)
from krbcheck.facts.observation import Facts, Gap, NoAnswer
from krbcheck.site.stated import Domain, Site
from tests.support import name_asking
from tests.support.by_hand import AnyAsk
from tests.support.name_asking import drive, saying, servers

this_host = name_asking.this_host

F = TypeVar("F", bound=Facts)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def own_servers(ask: AnyAsk) -> object:
    return saying(lambda _: DnsAnswer("NXDOMAIN"))(ask) if ask.call.args else ("127.0.0.53",)


def test_this_hosts_name_servers_stand_in_where_a_domain_states_none(site: Site, this_host: ThisHost) -> None:
    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),))
    facts, asked = drive(locator_answers(bare, this_host), own_servers)
    assert facts.servers == (DomainServers("tintri.com", ("127.0.0.53",), stated=False),)
    assert servers(asked, "SRV") == ["127.0.0.53"]


def test_this_hosts_name_servers_are_no_tenants(site: Site, this_host: ThisHost) -> None:
    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),))
    _, asked = drive(name_answers(bare, this_host), own_servers)
    assert servers(asked, "A") == ["10.77.11.1"]


def test_a_resolver_of_this_host_is_not_asked_from_a_leg(site: Site, this_host: ThisHost) -> None:
    alice = msgspec.structs.replace(site.tenants[0], name_servers=())
    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),), tenants=(alice,))
    _, asked = drive(name_answers(bare, this_host), own_servers)
    assert {entry.call.args[1:3] for entry in asked if entry.call.args} == {("127.0.0.53", "")}


def test_a_host_without_name_servers_says_so(site: Site, this_host: ThisHost) -> None:
    def none(ask: AnyAsk) -> object:
        raise NoAnswer(Gap.NOT_HERE, "this host has no name servers")

    bare = msgspec.structs.replace(site, domains=(Domain("tintri.com"),))
    facts, _ = drive(locator_answers(bare, this_host), none)
    assert facts.servers[0].why == "this host has no name servers"
