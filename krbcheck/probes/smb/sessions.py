"""Opens SMB sessions with tickets of ours and connects to shares. Reads only; leaves nothing open, creates nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SessionKind, SmbSetUp
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_SUCCESS

PORT = 445
REQUESTS = 32
"""Requests of one session that are under way at once, if the storage gives credits for as many."""

Wanted = Sequence[tuple[str, int]]
"""Each share by its name, and the access with which its root folder is opened (MS-SMB2 2.2.13.1.2)."""


def kerberos_session(
    ticket: Ticket | None,
    name: str,
    address: str,
    shares: Wanted,
    source: str,
    seconds: float,
    requests: int = REQUESTS,
    port: int = PORT,
) -> SmbSetUp:
    """A session as the ticket's client, a TREE_CONNECT to each share, and the roots opened of those that connect."""
    from krbcheck.probes.smb.tokens import KerberosTokens

    if ticket is None:
        raise NoAnswer(Gap.NEEDS_OTHER, f"there is no service ticket for cifs/{name}")
    return _tried(KerberosTokens(ticket), name, address, shares, source, seconds, requests, port)


def uninvited_session(
    kind: SessionKind,
    name: str,
    address: str,
    shares: Wanted,
    source: str,
    seconds: float,
    requests: int = REQUESTS,
    port: int = PORT,
) -> SmbSetUp:
    """A session that ought to be refused, and what it reaches if it is not."""
    from krbcheck.probes.smb.tokens import NtlmTokens

    tokens = NtlmTokens(anonymous=kind is SessionKind.ANONYMOUS)
    return _tried(tokens, name, address, shares, source, seconds, requests, port)


def _tried(
    tokens: Any, name: str, address: str, shares: Wanted, source: str, seconds: float, requests: int, port: int
) -> SmbSetUp:
    """Once there is a session its answers are kept, whatever ends them."""
    from krbcheck.probes.smb.connection import reading
    from krbcheck.probes.smb.session_setup import begin
    from krbcheck.probes.smb.trees import Opened, log_off, walk

    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin(stream, name, tokens)
        opened = [Opened(share, desired) for share, desired in shares]
        cut: NoAnswer | None = None
        if set_up.status == STATUS_SUCCESS:
            pipeline = session.pipeline(requests)
            try:
                with reading(stream.where):
                    walk(pipeline, name, opened)
                log_off(pipeline)
            except NoAnswer as none:
                cut = none
        return SmbSetUp(
            set_up.status,
            tokens.mech,
            tokens.krb_error,
            set_up.flags,
            set_up.dialect,
            tuple(one.reply() for one in opened if one.status is not None),
            cut.detail if cut else "",
            stalled=cut is not None and cut.gap is Gap.TIMED_OUT,
        )
