"""Reads in a session what a storage requires of its clients, and the interfaces that it offers. Reads only."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SmbSetUp
from krbcheck.facts.smb_features import Interface, InterfaceReply
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_SUCCESS

if TYPE_CHECKING:
    from krbcheck.probes.smb.pipeline import Pipeline

PORT = 445
HEADER_BYTES = 64
REQUESTS = 32
"""The number of requests in one session that may wait for a response, if the storage grants as many credits."""
IOCTL = 11
QUERY_NETWORK_INTERFACE_INFO = 0x001401FC
IS_FSCTL = 1
NO_FILE = b"\xff" * 16
MOST_BYTES = 1 << 16
QUERY = struct.pack(
    "<HHI16sIIIIIIII", 57, 0, QUERY_NETWORK_INTERFACE_INFO, NO_FILE, 0, 0, 0, 0, 0, MOST_BYTES, IS_FSCTL, 0
)
"""The IOCTL request (MS-SMB2 2.2.31): no input, 64 KiB of output."""
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
    """Returns a session with `dialect` as a client that cannot encrypt, and a TREE_CONNECT to each share.

    Nothing in it is encrypted, whatever the server states. Below 3.1.1 the NEGOTIATE is validated: a host on the path
    could add the capability to encrypt, or change the dialect.
    `seconds` is the limit for the connection and all requests. An NTSTATUS is a reply. Raises NoAnswer: TIMED_OUT,
    REFUSED, CLOSED, UNREACHABLE, NOT_ALLOWED for a session key of a weak encryption type, or MALFORMED for bytes that
    are not SMB. Raises Malformed if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.smb.connection import reading
    from krbcheck.probes.smb.session_setup import begin
    from krbcheck.probes.smb.tokens import KerberosTokens
    from krbcheck.probes.smb.trees import Opened, connect, log_off
    from krbcheck.probes.smb.validation import validated

    tokens = KerberosTokens(ticket)
    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin(stream, name, tokens, dialect)
        opened = [Opened(share, 0) for share in shares]
        why = set_up.worthless if set_up.status == STATUS_SUCCESS else ""
        validation = None
        if set_up.status == STATUS_SUCCESS and not why:
            pipeline = session.pipeline(REQUESTS)
            with reading(stream.where):
                connect(pipeline, name, opened)
            validation = validated(session, pipeline, name, opened)
            if validation is None or not validation.closed:
                log_off(pipeline)
        return SmbSetUp(
            set_up.status,
            tokens.mech,
            tokens.krb_error,
            set_up.flags,
            set_up.dialect,
            tuple(entry.reply() for entry in opened if entry.status is not None),
            why,
            unproved=set_up.unproved,
            validation=validation,
        )


def network_interfaces(
    ticket: Ticket, name: str, address: str, source: str, seconds: float, port: int = PORT
) -> InterfaceReply:
    """Returns the reply to FSCTL_QUERY_NETWORK_INTERFACE_INFO on IPC$ in a session as the ticket's client.

    `seconds` is the limit for the connection and all requests. An NTSTATUS is a reply. Raises NoAnswer: TIMED_OUT,
    REFUSED, CLOSED, UNREACHABLE, NOT_ALLOWED for a session key of a weak encryption type, or MALFORMED for bytes that
    are not SMB, a session as Guest and a reply that is not signed. Raises Malformed if a Kerberos message of the server
    is malformed.
    """
    from krbcheck.probes.smb.session_setup import begin_proved
    from krbcheck.probes.smb.trees import log_off

    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin_proved(stream, name, ticket)
        if set_up.status != STATUS_SUCCESS:
            return InterfaceReply("SESSION_SETUP", set_up.status)
        pipeline = session.pipeline(REQUESTS)
        said = _asked(pipeline, name, stream.where)
        log_off(pipeline)
        return said


def _asked(pipeline: Pipeline, name: str, where: str) -> InterfaceReply:
    from krbcheck.probes.smb.connection import reading
    from krbcheck.probes.smb.pipeline import Request
    from krbcheck.probes.smb.trees import Opened, connect

    ipc = Opened("IPC$", 0)
    with reading(where):
        connect(pipeline, name, [ipc])
    if ipc.status:
        return InterfaceReply("TREE_CONNECT to IPC$", ipc.status)
    answer = pipeline.ask(Request(IOCTL, QUERY, ipc.tree, ipc.sealed))
    if answer.status != STATUS_SUCCESS:
        return InterfaceReply("FSCTL_QUERY_NETWORK_INTERFACE_INFO", answer.status)
    return InterfaceReply(interfaces=interfaces(answer.body, where))


def interfaces(body: bytes, where: str) -> tuple[Interface, ...]:
    """Returns the records of an IOCTL response, without its header (MS-SMB2 2.2.32); raises NoAnswer (MALFORMED)."""
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
    """Returns the address in a SOCKADDR_IN or SOCKADDR_IN6 (MS-SMB2 2.2.32.5.1); empty for another family."""
    if family == INTERNET:
        return str(IPv4Address(sockaddr[4:8]))
    return str(IPv6Address(sockaddr[8:24])) if family == INTERNET_6 else ""
