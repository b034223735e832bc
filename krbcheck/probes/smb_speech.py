"""Asks in a session what a storage asks of its clients, and which interfaces it offers them. Reads only."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from krbcheck.facts.speech import Interface, InterfaceReply
from krbcheck.facts.storage import SmbSetUp, TreeReply
from krbcheck.model import Gap, NoAnswer
from krbcheck.ntstatus_codes import STATUS_SUCCESS
from krbcheck.probes.tcp_stream import Stream
from krbcheck.wallet import Ticket

PORT = 445
HEADER_BYTES = 64
QUERY_NETWORK_INTERFACE_INFO = 0x001401FC
IS_FSCTL = 1
NO_FILE = b"\xff" * 16
MOST_BYTES = 1 << 16
INTERFACE_BYTES = 152
"""One NETWORK_INTERFACE_INFO (MS-SMB2 2.2.32.5): 24 bytes and a SOCKADDR_STORAGE."""
INTERNET, INTERNET_6 = 0x0002, 0x0017
RSS_CAPABLE, RDMA_CAPABLE = 1, 2


def clear_session(
    ticket: Ticket,
    name: str,
    address: str,
    shares: Sequence[str],
    dialect: int,
    source: str,
    seconds: float,
    port: int = PORT,
) -> SmbSetUp:
    """A session as the ticket's client that speaks `dialect` and cannot encrypt, and a TREE_CONNECT to each share."""
    from krbcheck.probes.smb_session import begin
    from krbcheck.probes.smb_tokens import KerberosTokens

    tokens = KerberosTokens(ticket)
    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin(stream, name, tokens, dialect)
        trees: tuple[TreeReply, ...] = ()
        if set_up.status == STATUS_SUCCESS:
            trees = tuple(_trees(session, shares))
            session.log_off()
        return SmbSetUp(set_up.status, tokens.mech, tokens.krb_error, set_up.flags, set_up.dialect, trees)


def _trees(session: Any, shares: Sequence[str]) -> Iterator[TreeReply]:
    replies = session.wire.ask_each([session.tree_connect(share) for share in shares], session.session_id)
    for share, reply in zip(shares, replies, strict=True):
        if reply.status != STATUS_SUCCESS:
            yield TreeReply(share, reply.status)
            continue
        flags, capabilities, access = session.tree_connected(share, reply)
        yield TreeReply(share, STATUS_SUCCESS, maximal_access=access, share_flags=flags, capabilities=capabilities)


def network_interfaces(
    ticket: Ticket, name: str, address: str, source: str, seconds: float, port: int = PORT
) -> InterfaceReply:
    """FSCTL_QUERY_NETWORK_INTERFACE_INFO on IPC$ in a session as the ticket's client."""
    from krbcheck.probes.smb_session import begin
    from krbcheck.probes.smb_tokens import KerberosTokens

    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin(stream, name, KerberosTokens(ticket))
        if set_up.status != STATUS_SUCCESS:
            return InterfaceReply("SESSION_SETUP", set_up.status)
        reply = session.wire.ask(session.tree_connect("IPC$"), session.session_id)
        if reply.status != STATUS_SUCCESS:
            session.log_off()
            return InterfaceReply("TREE_CONNECT to IPC$", reply.status)
        session.tree_connected("IPC$", reply)
        told = session.wire.ask(_query(), session.session_id, reply.tree)
        session.log_off()
        if told.status != STATUS_SUCCESS:
            return InterfaceReply("FSCTL_QUERY_NETWORK_INTERFACE_INFO", told.status)
        return InterfaceReply(interfaces=interfaces(told.body, stream.where))


def _query() -> Any:
    from smbprotocol.ioctl import SMB2IOCTLRequest

    request = SMB2IOCTLRequest()
    request["ctl_code"] = QUERY_NETWORK_INTERFACE_INFO
    request["file_id"] = NO_FILE
    request["max_output_response"] = MOST_BYTES
    request["flags"] = IS_FSCTL
    return request


def interfaces(body: bytes, where: str) -> tuple[Interface, ...]:
    """The records of an IOCTL response, header not included (MS-SMB2 2.2.32)."""
    try:
        start, size = struct.unpack_from("<II", body, 32)
        data = body[start - HEADER_BYTES : start - HEADER_BYTES + size] if size else b""
        if size and len(data) != size:
            raise ValueError(size)
        return tuple(_interfaces(data))
    except (struct.error, ValueError) as bad:
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with interfaces that are cut off") from bad


def _interfaces(data: bytes) -> Iterator[Interface]:
    while data:
        following, index, capability, _, speed, family = struct.unpack_from("<IIIIQH", data)
        if following and following < INTERFACE_BYTES:
            raise ValueError(following)
        yield Interface(
            index,
            _address(family, data[24:INTERFACE_BYTES]),
            speed,
            rss=bool(capability & RSS_CAPABLE),
            rdma=bool(capability & RDMA_CAPABLE),
        )
        data = data[following:] if following else b""


def _address(family: int, sockaddr: bytes) -> str:
    """Of a SOCKADDR_IN or SOCKADDR_IN6 (MS-SMB2 2.2.32.5.1)."""
    if family == INTERNET:
        return str(IPv4Address(sockaddr[4:8]))
    return str(IPv6Address(sockaddr[8:24])) if family == INTERNET_6 else ""
