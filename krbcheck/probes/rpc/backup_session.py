"""Tests what an account that backs up may do at a storage: remote VSS, and opens with backup intent.

Reads only, unless the caller passes the name of a folder that may be created.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.backup_sessions import BackupReply, RootOpen
from krbcheck.windows.access_masks import LIST_ROOT
from krbcheck.windows.ntstatus import STATUS_SUCCESS

if TYPE_CHECKING:
    from krbcheck.probes.smb.session_setup import TokenSession
    from krbcheck.probes.smb.trees import Opened

PORT = 445
SESSION_SETUP = "SESSION_SETUP"


def backup_session(
    ticket: Ticket | None,
    name: str,
    address: str,
    shares: Sequence[str],
    source: str,
    seconds: float,
    port: int = PORT,
    write_in: str = "",
    folder: str = "",
) -> BackupReply:
    """Returns the replies in one session of the ticket's client; the root of each share is opened and closed at once.

    `folder` is the name of a folder to create in the share `write_in`, for a file that is read with backup intent; both
    are removed. Nothing is written if `folder` is empty.

    `seconds` is the limit for the connection and all calls. A status other than success is a reply. Raises NoAnswer:
    NEEDS_OTHER without a ticket, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, NOT_ALLOWED for a session key of a weak
    encryption type, or MALFORMED for bytes that are not SMB or RPC, for a session as Guest, and for a reply that the
    session's key did not sign. Raises Malformed if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.rpc.fsrvp import remote_vss
    from krbcheck.probes.smb.session_setup import needed, proved_session
    from krbcheck.probes.smb.write_probe import write_probe

    ticket = needed(ticket, name)
    with proved_session(ticket, name, address, source, seconds, port) as (session, refused):
        if refused:
            return BackupReply(SESSION_SETUP, refused)
        opens = tuple(_opens(session, shares))
        vss = remote_vss(session, ticket, name, shares)
        write = write_probe(session, write_in, folder) if folder else None
        return BackupReply(vss=vss, opens=opens, write=write)


def _opens(session: TokenSession, shares: Sequence[str]) -> Iterator[RootOpen]:
    from krbcheck.probes.smb.requests import BACKUP_INTENT

    for share in shares:
        tree = session.tree(share)
        status = int(tree.status or 0)
        if status != STATUS_SUCCESS:
            yield RootOpen(share, status)
            continue
        yield RootOpen(share, status, _root(session, tree, 0), _root(session, tree, BACKUP_INTENT))


def _root(session: TokenSession, tree: Opened, intent: int) -> int:
    """Returns the NTSTATUS of an open of the root folder, which is closed in the same message (MS-SMB2 2.2.13)."""
    from krbcheck.probes.smb.requests import DIRECTORY, chain, close, create

    requests = chain(tree, create("", LIST_ROOT, DIRECTORY | intent), close())
    answers = {answer.position: answer for answer in session.wire.pipeline.exchange([requests])}
    return answers[0].status
