"""Reads DNS messages (RFC 1035 4.1) as facts."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from krbcheck.facts.names import DnsAnswer, SrvTarget
from krbcheck.facts.observation import Gap, NoAnswer

if TYPE_CHECKING:
    from dns.message import Message

MAX_RECORDS = 1000
"""The number of records of one answer that are kept; an answer of 64 KiB contains four times as many addresses."""


def understood(reply: bytes, query: Message, server: str) -> DnsAnswer:
    """Returns the answer that the bytes of a reply contain; raises NoAnswer (MALFORMED) if they are no reply to the
    query.
    """
    import dns.exception
    import dns.message

    try:
        message = dns.message.from_wire(reply)
        if not query.is_response(message):
            raise NoAnswer(Gap.MALFORMED, f"{server} sent something else than the answer")
        return _answer(message, query)
    except dns.exception.DNSException as bad:
        raise NoAnswer(Gap.MALFORMED, f"{server} did not answer in DNS: {bad}") from bad


def _answer(message: Message, query: Message) -> DnsAnswer:
    import dns.flags
    import dns.rcode
    import dns.rdatatype

    asked = query.question[0]
    aliases, records, ttls = _followed(message, asked.name, asked.rdtype)
    kept: dict[str, Any] = {}
    match asked.rdtype:
        case dns.rdatatype.A | dns.rdatatype.AAAA:
            kept["addresses"] = _sorted_addresses(record.address for record in records)
        case dns.rdatatype.PTR:
            kept["names"] = tuple(sorted({_text(record.target) for record in records}))
        case dns.rdatatype.SRV:
            found = [SrvTarget(record.priority, record.weight, record.port, _text(record.target)) for record in records]
            kept["targets"] = tuple(sorted(found, key=lambda entry: (entry.priority, entry.host, entry.port)))
    return DnsAnswer(
        rcode=dns.rcode.to_text(message.rcode()),
        aliases=aliases,
        ttl=min(ttls, default=None),
        authoritative=bool(message.flags & dns.flags.AA),
        **kept,
    )


def _followed(message: Message, name: Any, kind: Any) -> tuple[tuple[str, ...], list[Any], list[int]]:
    """Returns the CNAME targets from `name` on, the records of the last one, and the TTLs of all. A loop of CNAMEs ends
    too.
    """
    import dns.rdataclass
    import dns.rdatatype

    sets = {(rset.name, rset.rdtype): rset for rset in message.answer if rset.rdclass == dns.rdataclass.IN}
    aliases: list[str] = []
    ttls: list[int] = []
    while (name, kind) not in sets and (alias := sets.pop((name, dns.rdatatype.CNAME), None)):
        name = alias[0].target
        aliases.append(_text(name))
        ttls.append(alias.ttl)
    found = sets.get((name, kind))
    if found is None:
        return tuple(aliases), [], ttls
    return tuple(aliases), list(found)[:MAX_RECORDS], [*ttls, found.ttl]


def _text(name: Any) -> str:
    """Returns the name in lower case, without the final dot; the root is empty."""
    return str(name.to_text(omit_final_dot=True)).lower().removesuffix(".")


def _sorted_addresses(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(found), key=lambda name: (":" in name, ip_address(name))))
