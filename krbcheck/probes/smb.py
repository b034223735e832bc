"""Opens SMB sessions with tickets of ours and connects to shares. Reads only; leaves nothing open, creates nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from krbcheck.facts.storage import SessionKind, SmbSetUp, TreeReply
from krbcheck.model import Gap, NoAnswer
from krbcheck.ntstatus_codes import STATUS_BAD_NETWORK_NAME, STATUS_SUCCESS
from krbcheck.probes.tcp_stream import Stream
from krbcheck.wallet import Ticket

PORT = 445
LIST_ROOT = 0x00100081
"""FILE_LIST_DIRECTORY, FILE_READ_ATTRIBUTES, SYNCHRONIZE (MS-SMB2 2.2.13.1.2)."""
SHARE_ALL, OPEN, DIRECTORY, IMPERSONATION = 7, 1, 1, 2
MAXIMAL_ACCESS = b"MxAc"
SHARE_REDIRECT = b"SRdr"
"""ErrorId SMB2_ERROR_ID_SHARE_REDIRECT, 0x72645253."""
HEADER_BYTES = 64
SAME_FILE = b"\xff" * 16
"""In a related request: the file that the request before opened (MS-SMB2 3.2.4.1.4)."""


def kerberos_session(
    ticket: Ticket | None,
    name: str,
    address: str,
    shares: Sequence[str],
    own: Sequence[str],
    source: str,
    seconds: float,
    port: int = PORT,
) -> SmbSetUp:
    """A session as the ticket's client, a TREE_CONNECT to each share, and the roots of its `own` ones opened."""
    from krbcheck.probes.smb_tokens import KerberosTokens

    if ticket is None:
        raise NoAnswer(Gap.NEEDS_OTHER, f"there is no service ticket for cifs/{name}")
    return _tried(KerberosTokens(ticket), name, address, shares, own, source, seconds, port)


def uninvited_session(
    kind: SessionKind, name: str, address: str, shares: Sequence[str], source: str, seconds: float, port: int = PORT
) -> SmbSetUp:
    """A session that ought to be refused, and what it reaches if it is not."""
    from krbcheck.probes.smb_tokens import NtlmTokens

    tokens = NtlmTokens(anonymous=kind is SessionKind.ANONYMOUS)
    return _tried(tokens, name, address, shares, (), source, seconds, port)


def _tried(
    tokens: Any,
    name: str,
    address: str,
    shares: Sequence[str],
    own: Sequence[str],
    source: str,
    seconds: float,
    port: int,
) -> SmbSetUp:
    from krbcheck.probes.smb_session import begin

    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin(stream, name, tokens)
        trees: tuple[TreeReply, ...] = ()
        if set_up.status == STATUS_SUCCESS:
            trees = tuple(_trees(session, shares, {one.lower() for one in own}))
            session.log_off()
        return SmbSetUp(set_up.status, tokens.mech, tokens.krb_error, set_up.flags, set_up.dialect, trees)


def _trees(session: Any, shares: Sequence[str], own: set[str]) -> Iterator[TreeReply]:
    """Each share by its UNC as the hosts type it."""
    replies = session.wire.ask_each([session.tree_connect(share) for share in shares], session.session_id)
    for share, reply in zip(shares, replies, strict=True):
        if reply.status != STATUS_SUCCESS:
            yield TreeReply(share, reply.status, redirected=is_redirect(reply.status, reply.body))
            continue
        flags, capabilities, access = session.tree_connected(share, reply)
        root, root_access = _root(session, reply.tree) if share.lower() in own else (None, None)
        yield TreeReply(
            share,
            STATUS_SUCCESS,
            maximal_access=access,
            share_flags=flags,
            capabilities=capabilities,
            root=root,
            root_access=root_access,
        )


def is_redirect(status: int, body: bytes) -> bool:
    """Whether an ERROR response says that another node of a cluster has the share (MS-SMB2 2.2.2.1, 2.2.2.2.2)."""
    if status != STATUS_BAD_NETWORK_NAME or len(body) < 16 or not body[2]:
        return False
    return body[12:16] == SHARE_REDIRECT


def _root(session: Any, tree: int) -> tuple[int, int | None]:
    """The NTSTATUS of an open of the share's root, closed in the same message, and its MaximalAccess."""
    from smbprotocol.create_contexts import SMB2CreateContextRequest
    from smbprotocol.open import SMB2CloseRequest, SMB2CreateRequest

    from krbcheck.probes.smb_wire import reading

    wanted = SMB2CreateContextRequest()
    wanted["buffer_name"] = MAXIMAL_ACCESS
    create = SMB2CreateRequest()
    create["impersonation_level"] = IMPERSONATION
    create["desired_access"] = LIST_ROOT
    create["share_access"] = SHARE_ALL
    create["create_disposition"] = OPEN
    create["create_options"] = DIRECTORY
    create["buffer_path"] = b"\x00\x00"
    create["buffer_contexts"] = [wanted]
    close = SMB2CloseRequest()
    close["file_id"] = SAME_FILE
    wire = session.wire
    with reading(wire.where):
        opened, closed = wire.send_compound([create, close], session.session_id, tree, related=True)
        reply = wire.answer(opened)
        wire.answer(closed)
        return reply.status, None if reply.status else _maximal_access(reply.body)


def _maximal_access(body: bytes) -> int | None:
    """The create context of MS-SMB2 2.2.14.2.5 in a CREATE response, if it is there."""
    start, size = struct.unpack_from("<II", body, 80)
    contexts = body[start - HEADER_BYTES : start - HEADER_BYTES + size] if start else b""
    while contexts:
        following, name, name_size, _, data, data_size = struct.unpack_from("<IHHHHI", contexts)
        if contexts[name : name + name_size] == MAXIMAL_ACCESS and data_size >= 8:
            status, access = struct.unpack_from("<II", contexts, data)
            return None if status else int(access)
        contexts = contexts[following:] if following else b""
    return None
