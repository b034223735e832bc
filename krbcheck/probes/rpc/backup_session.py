"""Tests what an account that backs up may do at a storage: remote VSS, and opens with backup intent. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.backup_sessions import BackupReply, RootOpen
from krbcheck.windows.access_masks import LIST_ROOT
from krbcheck.windows.ntstatus import STATUS_SUCCESS

PORT = 445
SHARE_ALL, OPEN, DIRECTORY, IMPERSONATION = 7, 1, 1, 2
BACKUP_INTENT = 0x00004000
"""FILE_OPEN_FOR_BACKUP_INTENT (MS-SMB2 2.2.13)."""
SAME_FILE = b"\xff" * 16
"""In a related request: the file that the previous request opened (MS-SMB2 3.2.4.1.4)."""
SESSION_SETUP = "SESSION_SETUP"


def backup_session(
    ticket: Ticket | None,
    name: str,
    address: str,
    shares: Sequence[str],
    source: str,
    seconds: float,
    port: int = PORT,
) -> BackupReply:
    """Returns the replies in one session of the ticket's client; the root of each share is opened and closed at once.

    `seconds` is the limit for the connection and all calls. A status other than success is a reply. Raises NoAnswer:
    NEEDS_OTHER without a ticket, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, NOT_ALLOWED for a session key of a weak
    encryption type, or MALFORMED for bytes that are not SMB or RPC, for a session as Guest, and for a reply that the
    session's key did not sign. Raises Malformed if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.rpc.fsrvp import remote_vss
    from krbcheck.probes.smb.session_setup import needed, proved_session

    ticket = needed(ticket, name)
    with proved_session(ticket, name, address, source, seconds, port) as (session, refused):
        if refused:
            return BackupReply(SESSION_SETUP, refused)
        opens = tuple(_opens(session, shares))
        vss = remote_vss(session, ticket, name, shares)
        return BackupReply(vss=vss, opens=opens)


def _opens(session: Any, shares: Sequence[str]) -> Iterator[RootOpen]:
    for share in shares:
        reply = session.wire.ask(session.tree_connect(share), session.session_id)
        if reply.status != STATUS_SUCCESS:
            yield RootOpen(share, reply.status)
            continue
        session.tree_connected(share, reply)
        yield RootOpen(share, reply.status, _root(session, reply.tree, 0), _root(session, reply.tree, BACKUP_INTENT))


def _root(session: Any, tree: int, intent: int) -> int:
    """Returns the NTSTATUS of an open of the root folder, which is closed in the same message (MS-SMB2 2.2.13)."""
    from smbprotocol.open import SMB2CloseRequest, SMB2CreateRequest

    from krbcheck.probes.smb.connection import reading

    create = SMB2CreateRequest()
    create["impersonation_level"] = IMPERSONATION
    create["desired_access"] = LIST_ROOT
    create["share_access"] = SHARE_ALL
    create["create_disposition"] = OPEN
    create["create_options"] = DIRECTORY | intent
    create["buffer_path"] = b"\x00\x00"
    close = SMB2CloseRequest()
    close["file_id"] = SAME_FILE
    wire = session.wire
    with reading(wire.where):
        requests = wire.send_compound([create, close], session.session_id, tree, related=True)
        opened, _ = (wire.answer(request) for request in requests)
    return int(opened.status)
