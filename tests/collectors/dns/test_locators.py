"""Which name server is queried for the domain controllers and their addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.controllers import derived
from krbcheck.collectors.dns.locators import locator_answers
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Facts, Gap, Unobserved
from krbcheck.site.exclusions import Exclusions
from krbcheck.site.stated import Site
from tests.support import name_asking
from tests.support.name_asking import addresses, drive, servers

this_host = name_asking.this_host

F = TypeVar("F", bound=Facts)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_controllers_addresses_are_asked_of_the_server_that_named_them(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(locator_answers(site, this_host), addresses("10.77.0.10"))
    assert [(host.domain, host.host, host.server) for host in facts.hosts] == [
        ("vmlevel.com", "dc.test", "10.77.0.10"),
        ("tintri.com", "dc.test", "10.77.0.20"),
    ]
    assert servers(asked, "AAAA") == []


def test_ipv6_is_asked_for_where_a_controller_has_no_other_address(site: Site, this_host: ThisHost) -> None:
    _, asked = drive(locator_answers(site, this_host), addresses())
    assert servers(asked, "AAAA") == ["10.77.0.10", "10.77.0.20"]


def test_the_address_of_an_excluded_controller_is_not_queried(site: Site, this_host: ThisHost) -> None:
    excluding = msgspec.structs.replace(site, excluded=Exclusions(hosts=("dc.test",)))
    facts, asked = drive(locator_answers(excluding, this_host), addresses("10.77.0.10"))
    assert servers(asked, "A") == []
    gaps = [host.seen for host in facts.hosts if isinstance(host.seen, Unobserved)]
    assert len(gaps) == len(facts.hosts) == 4
    assert {(gap.gap, gap.detail) for gap in gaps} == {(Gap.LEFT_OUT, "left out by exclude in the site file")}
    known = derived(facts)
    assert known.controllers == tuple(Controller(domain, "dc.test", "") for domain in ("vmlevel.com", "tintri.com"))
