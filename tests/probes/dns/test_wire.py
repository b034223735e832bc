"""DNS messages as facts: records, chains of CNAMEs, and replies to another query."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from krbcheck.facts.names import DnsAnswer, SrvTarget
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.dns.wire import MAX_RECORDS, understood

NAME, SERVER = "vmstore-alice.tintri.com.", "10.77.11.1"
Record = tuple[str, int, str, str]


def reply_to(query: dns.message.Message, *records: Record, rcode: str = "NOERROR", flags: int = 0) -> bytes:
    """Records are (owner, TTL, type, data); those of one owner and type are one set."""
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.from_text(rcode))
    reply.flags |= flags
    for owner, ttl, kind, data in records:
        reply.answer.append(dns.rrset.from_text(owner, ttl, "IN", kind, *data.split(" | ")))
    return reply.to_wire(max_size=65535)


def answer(kind: str, *records: Record, rcode: str = "NOERROR", flags: int = 0) -> DnsAnswer:
    query = dns.message.make_query(NAME, kind)
    return understood(reply_to(query, *records, rcode=rcode, flags=flags), query, SERVER)


def test_addresses_are_kept_once_in_the_order_of_numbers() -> None:
    found = answer("A", (NAME, 60, "A", "10.77.12.30 | 10.77.2.30 | 10.77.12.30"))
    assert found == DnsAnswer("NOERROR", addresses=("10.77.2.30", "10.77.12.30"), ttl=60)


def test_addresses_of_ipv6_are_read() -> None:
    assert answer("AAAA", (NAME, 60, "AAAA", "fd00::10 | fd00::9")).addresses == ("fd00::9", "fd00::10")


def test_records_of_another_type_or_owner_are_left_out() -> None:
    found = answer("A", (NAME, 60, "AAAA", "fd00::9"), ("other.tintri.com.", 60, "A", "10.0.0.1"))
    assert (found.addresses, found.ttl) == ((), None)


def test_the_chain_of_names_is_followed_and_the_shortest_ttl_is_its_own() -> None:
    found = answer(
        "A",
        ("c.tintri.com.", 300, "A", "10.0.0.1"),
        (NAME, 60, "CNAME", "B.Tintri.com."),
        ("b.tintri.com.", 20, "CNAME", "c.tintri.com."),
        ("c.tintri.com.", 5, "CNAME", "never.tintri.com."),
    )
    assert (found.aliases, found.addresses, found.ttl) == (("b.tintri.com", "c.tintri.com"), ("10.0.0.1",), 20)


def test_a_chain_that_ends_without_records_has_its_names_and_ttl() -> None:
    found = answer("A", (NAME, 60, "CNAME", "b.tintri.com."), rcode="NXDOMAIN")
    assert (found.rcode, found.aliases, found.addresses, found.ttl) == ("NXDOMAIN", ("b.tintri.com",), (), 60)


def test_a_loop_of_names_ends() -> None:
    found = answer("A", (NAME, 60, "CNAME", "b.tintri.com."), ("b.tintri.com.", 60, "CNAME", NAME))
    assert found.aliases == ("b.tintri.com", NAME.removesuffix("."))


@pytest.mark.parametrize(("flags", "expected"), [(int(dns.flags.AA), True), (0, False)])
def test_an_authoritative_answer_is_marked(flags: int, expected: bool) -> None:
    assert answer("A", flags=flags).authoritative is expected


def test_targets_are_sorted_by_priority_then_by_name_and_the_root_is_empty() -> None:
    found = answer("SRV", (NAME, 60, "SRV", "9 0 389 . | 0 100 389 B.tintri.com. | 0 50 389 a.tintri.com."))
    assert found.targets == (
        SrvTarget(0, 50, 389, "a.tintri.com"),
        SrvTarget(0, 100, 389, "b.tintri.com"),
        SrvTarget(9, 0, 389, ""),
    )


def test_names_of_an_address_are_kept_once_in_lower_case() -> None:
    found = answer("PTR", (NAME, 60, "PTR", "B.tintri.com. | b.tintri.com. | a.tintri.com."))
    assert found.names == ("a.tintri.com", "b.tintri.com")


def test_no_more_records_are_kept_than_a_fact_may_hold() -> None:
    many = " | ".join(f"10.0.{number // 250}.{number % 250 + 1}" for number in range(MAX_RECORDS + 50))
    assert len(answer("A", (NAME, 60, "A", many)).addresses) == MAX_RECORDS


def test_the_reply_to_another_query_is_none() -> None:
    query, other = dns.message.make_query(NAME, "A"), dns.message.make_query(NAME, "AAAA")
    with pytest.raises(NoAnswer, match="something else than the answer") as none:
        understood(reply_to(other), query, SERVER)
    assert (none.value.gap, SERVER in none.value.detail) == (Gap.MALFORMED, True)


@pytest.mark.parametrize("reply", [b"", b"\0" * 11, b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_other_bytes_are_no_reply(reply: bytes) -> None:
    with pytest.raises(NoAnswer) as none:
        understood(reply, dns.message.make_query(NAME, "A"), SERVER)
    assert none.value.gap is Gap.MALFORMED
