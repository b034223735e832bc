"""Asks one name server one question. Says what it answered, never what to think of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from krbcheck.facts.names import DnsAnswer, SrvTarget
from krbcheck.model import Gap, NoAnswer
from krbcheck.probes.tcp_stream import Stream, no_answer

if TYPE_CHECKING:
    from dns.message import Message

MAX_RECORDS = 1000
"""Records of one answer that are kept; 64 KiB of answer hold four times as many addresses."""
TRUNCATED = 0x02
"""The TC bit in the third octet of a message (RFC 1035 4.1.1)."""


def ask(name: str, kind: str, server: str, source: str = "", seconds: float = 2.0, port: int = 53) -> DnsAnswer:
    """The answer to `name` `kind` (A, AAAA, PTR, SRV), over UDP, and over TCP where that was cut short."""
    import dns.exception
    import dns.message

    until = time.monotonic() + seconds
    try:
        query = dns.message.make_query(name, kind)
        wire = query.to_wire()
    except dns.exception.DNSException as bad:
        raise NoAnswer(Gap.NAME_UNKNOWN, f"{name} is no name that DNS can hold: {bad}") from bad
    reply = _by_udp(wire, server, source, seconds, port)
    if reply[:2] == wire[:2] and len(reply) > 2 and reply[2] & TRUNCATED:
        reply = _by_tcp(wire, server, source, max(0.1, until - time.monotonic()), port)
    return understood(reply, query, server)


def understood(reply: bytes, query: Message, server: str) -> DnsAnswer:
    """What the octets of a reply say; raises NoAnswer where they are no answer to the query."""
    import dns.exception
    import dns.message

    try:
        message = dns.message.from_wire(reply)
        if not query.is_response(message):
            raise NoAnswer(Gap.MALFORMED, f"{server} sent something else than the answer")
        return _answer(message, query)
    except dns.exception.DNSException as bad:
        raise NoAnswer(Gap.MALFORMED, f"{server} did not answer in DNS: {bad}") from bad


def _by_udp(wire: bytes, server: str, source: str, seconds: float, port: int) -> bytes:
    # A connected socket hears from this server only, and hears the ICMP error that says nobody listens.
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as channel:
        channel.settimeout(seconds)
        try:
            if source:
                channel.bind((source, 0))
            channel.connect((server, port))
            channel.send(wire)
            return channel.recv(65535)
        except OSError as failed:
            raise no_answer(failed, f"{server} port {port}", seconds) from failed


def _by_tcp(wire: bytes, server: str, source: str, seconds: float, port: int) -> bytes:
    with Stream(server, port, source, seconds) as stream:
        stream.send(len(wire).to_bytes(2, "big") + wire)
        return stream.receive(int.from_bytes(stream.receive(2), "big"))


def _answer(message: Message, query: Message) -> DnsAnswer:
    import dns.flags
    import dns.rcode
    import dns.rdatatype

    asked = query.question[0]
    aliases, records, ttls = _followed(message, asked.name, asked.rdtype)
    kept: dict[str, Any] = {}
    match asked.rdtype:
        case dns.rdatatype.A | dns.rdatatype.AAAA:
            kept["addresses"] = _sorted_addresses(one.address for one in records)
        case dns.rdatatype.PTR:
            kept["names"] = tuple(sorted({_text(one.target) for one in records}))
        case dns.rdatatype.SRV:
            found = [SrvTarget(one.priority, one.weight, one.port, _text(one.target)) for one in records]
            kept["targets"] = tuple(sorted(found, key=lambda one: (one.priority, one.host, one.port)))
    return DnsAnswer(
        rcode=dns.rcode.to_text(message.rcode()),
        aliases=aliases,
        ttl=min(ttls, default=None),
        authoritative=bool(message.flags & dns.flags.AA),
        **kept,
    )


def _followed(message: Message, name: Any, kind: Any) -> tuple[tuple[str, ...], list[Any], list[int]]:
    """The aliases on the way from `name`, the records at its end, and the TTLs of all of them. Ends in a loop, too."""
    import dns.rdataclass
    import dns.rdatatype

    sets = {(one.name, one.rdtype): one for one in message.answer if one.rdclass == dns.rdataclass.IN}
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
    """Lower case, without final dot; the root is empty."""
    return str(name.to_text(omit_final_dot=True)).lower().removesuffix(".")


def _sorted_addresses(found: Any) -> tuple[str, ...]:
    return tuple(sorted(set(found), key=lambda one: (":" in one, ip_address(one))))


def system_name_servers() -> Sequence[str]:
    """The addresses of the name servers that this host uses (resolv.conf)."""
    import dns.exception
    import dns.resolver

    try:
        found = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError) as bad:
        raise NoAnswer(Gap.NOT_HERE, f"this host has no name servers: {bad}") from bad
    return tuple(str(one) for one in found)
