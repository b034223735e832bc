"""Who is asked what, from which address. The collectors are driven by hand: no thread, no network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.names import name_answers
from krbcheck.facts.names import (
    DnsAnswer,
)
from krbcheck.facts.observation import Facts, Gap, NoAnswer, Unobserved
from krbcheck.probes.dns.queries import Said
from krbcheck.site.stated import Site
from tests.support import name_asking
from tests.support.by_hand import AnyAsk
from tests.support.name_asking import addresses, drive, servers

this_host = name_asking.this_host

F = TypeVar("F", bound=Facts)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_server_of_the_tenant_and_its_domains_is_asked_from_its_leg(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(name_answers(site, this_host), addresses("10.77.11.30"))
    assert servers(asked, "A") == ["10.77.11.1", "10.77.0.10", "10.77.0.20"]
    assert {entry.call.args[2] for entry in asked} == {"10.77.11.9"}
    assert {entry.vantage for entry in asked} == {"alice"}
    assert {entry.tenant for entry in facts.forward} == {"alice"}
    assert {entry.name for entry in facts.forward} == {"vmstore-alice.tintri.com", "vmstore-bob.tintri.com"}


def test_silence_towards_one_tenant_is_not_silence_towards_another(site: Site, this_host: ThisHost) -> None:
    _, asked = drive(name_answers(site, this_host), addresses("10.77.11.30"))
    assert {entry.service for entry in asked} == {"dns from alice"}


def test_reverse_names_of_found_addresses_are_asked_of_the_tenants_servers(site: Site, this_host: ThisHost) -> None:
    facts, asked = drive(name_answers(site, this_host), addresses("10.77.11.30", "10.77.12.30"))
    assert servers(asked, "PTR") == ["10.77.11.1"]
    assert [entry.address for entry in facts.reverse] == ["10.77.11.30", "10.77.12.30"]
    assert asked[-1].call.args[0] == [("30.11.77.10.in-addr.arpa", "PTR"), ("30.12.77.10.in-addr.arpa", "PTR")]


def test_a_name_with_thousands_of_addresses_is_turned_back_sixteen_times(site: Site, this_host: ThisHost) -> None:
    many = [f"10.1.{entry // 250}.{entry % 250 + 1}" for entry in range(3000)]
    facts, _ = drive(name_answers(site, this_host), addresses(*many))
    assert len(facts.reverse) == 16


def test_one_question_without_answer_is_a_gap_beside_the_others(site: Site, this_host: ThisHost) -> None:
    slow = NoAnswer(Gap.TIMED_OUT, "no answer within 2 s")

    def say(ask: AnyAsk) -> object:
        return tuple(
            Said(slow if name.startswith("vmstore-bob") else DnsAnswer("NOERROR"), 0.5) for name, _ in ask.call.args[0]
        )

    facts, asked = drive(name_answers(site, this_host), say)
    gaps = [entry.seen for entry in facts.forward if isinstance(entry.seen, Unobserved)]
    assert len(gaps) == len(facts.forward) / 2
    assert gaps[0].asked == "vmstore-bob.tintri.com A"
    assert {gap.detail for gap in gaps} == {slow.detail}
    assert asked[0].text == "4 names at 10.77.11.1 port 53"
