"""Reads the list of shares of a storage with their folders, by SRVSVC (MS-SRVS). Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.listed_shares import ListedShare, ShareList, ShareRecord
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.rpc.lsarpc import called, status_of
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.descriptor import Descriptor, descriptor
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS

PORT = 445
LEVELS = (502, 2, 1)
"""Information levels of NetrShareEnum, with the most first: Windows returns 502 and 2 to administrators only, 1 to
everyone (MS-SRVS 3.1.4.8).
"""
FOLDER_LEVEL, FULL_LEVEL = 2, 502
"""The level with a share's folder, and the one with its descriptor too."""
NET_SHARE_ENUM = "NetrShareEnum"
SESSION_SETUP = "SESSION_SETUP"


def share_list(
    ticket: Ticket | None,
    name: str,
    address: str,
    shares: Sequence[tuple[str, int]],
    source: str,
    seconds: float,
    port: int = PORT,
) -> ShareList:
    """Returns the shares that the storage lists to the ticket's client, and a record of each of `shares` (name, and
    information level) whose folder the list does not contain; none follows the first record that is denied.

    `seconds` is the limit for the connection and all calls. A status other than success is a reply. Raises NoAnswer:
    NEEDS_OTHER without a ticket, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, NOT_ALLOWED for a session key of a weak
    encryption type, or MALFORMED for bytes that are not SMB, RPC or a descriptor, for a session as Guest, and for a
    reply that the session's key did not sign. Raises Malformed if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.rpc.pipe import RpcRefused
    from krbcheck.probes.smb.session_setup import begin_proved

    if ticket is None:
        raise NoAnswer(Gap.NEEDS_OTHER, f"there is no service ticket for cifs/{name}")
    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin_proved(stream, name, ticket)
        if set_up.status != STATUS_SUCCESS:
            return ShareList(SESSION_SETUP, set_up.status)
        try:
            reply = _listed(session, shares)
        except RpcRefused as failed:
            reply = ShareList(failed.step, status_of(failed.status))
        session.log_off()
        return reply


def _listed(session: Any, shares: Sequence[tuple[str, int]]) -> ShareList:
    from impacket.dcerpc.v5 import srvs

    from krbcheck.probes.rpc.pipe import Pipe

    rpc = Pipe(session, "srvsvc").rpc(srvs.MSRPC_UUID_SRVS)
    status = STATUS_SUCCESS
    for level in LEVELS:
        status, reply = called(srvs.hNetrShareEnum, rpc, level)
        if reply is not None:
            listed = tuple(_entries(rpc, level, reply))
            known = {entry.share.lower() for entry in listed if entry.path}
            wanted = [(share, with_level) for share, with_level in shares if share.lower() not in known]
            return ShareList(level=level, listed=listed, records=tuple(_records(rpc, wanted)))
    return ShareList(NET_SHARE_ENUM, status)


def _entries(rpc: Any, level: int, reply: Any) -> Iterator[ListedShare]:
    prefix = f"shi{level}_"
    for entry in reply["InfoStruct"]["ShareInfo"][f"Level{level}"]["Buffer"] or ():
        path = _text(entry[f"{prefix}path"]) if level > 1 else ""
        found = _descriptor(rpc, entry) if level == FULL_LEVEL else None
        yield ListedShare(_text(entry[f"{prefix}netname"]), int(entry[f"{prefix}type"]), path or None, found)


def _records(rpc: Any, shares: Sequence[tuple[str, int]]) -> Iterator[ShareRecord]:
    from impacket.dcerpc.v5 import srvs

    for share, level in shares:
        status, reply = called(srvs.hNetrShareGetInfo, rpc, f"{share}\x00", level)
        if reply is None:
            yield ShareRecord(share, status)
            if status == STATUS_ACCESS_DENIED:
                return
            continue
        entry = reply["InfoStruct"][f"ShareInfo{level}"]
        found = _descriptor(rpc, entry) if level == FULL_LEVEL else None
        yield ShareRecord(share, STATUS_SUCCESS, _text(entry[f"shi{level}_path"]) or None, found)


def _descriptor(rpc: Any, entry: Any) -> Descriptor | None:
    data = b"".join(entry["shi502_security_descriptor"] or ())
    found = descriptor(data)
    if data and found is None:
        where = rpc.get_rpc_transport().wire.where
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with bytes that are no security descriptor")
    return found


def _text(value: Any) -> str:
    return str(value).rstrip("\x00")
