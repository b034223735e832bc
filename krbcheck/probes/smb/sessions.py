"""Opens SMB sessions with tickets from the wallet and connects to shares. Reads only; leaves nothing open, creates
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import SessionKind, SmbSetUp, Unproved, Validation
from krbcheck.probes.tcp.stream import Stream
from krbcheck.windows.ntstatus import STATUS_SUCCESS

if TYPE_CHECKING:
    from krbcheck.probes.smb.pipeline import Pipeline
    from krbcheck.probes.smb.session_setup import TokenSession
    from krbcheck.probes.smb.trees import Opened

PORT = 445
REQUESTS = 32
"""The number of requests in one session that may wait for a response, if the storage grants as many credits."""


@dataclass
class Got:
    """The answers of a session so far: `why` states what ended it early, `stalled` if that was a timeout."""

    opened: Sequence[Opened]
    unproved: Unproved | None
    validation: Validation | None = None
    why: str = ""
    stalled: bool = False


Wanted = Sequence[tuple[str, int]]
"""Each share by its name, and the access with which its root folder is opened (MS-SMB2 2.2.13.1.2)."""
Names = Mapping[str, Sequence[str]]
"""Server names by share, whose name is in lower case."""
NO_NAMES: Names = MappingProxyType({})


def kerberos_session(
    ticket: Ticket | None,
    name: str,
    address: str,
    shares: Wanted,
    source: str,
    seconds: float,
    requests: int = REQUESTS,
    port: int = PORT,
    names: Names = NO_NAMES,
) -> SmbSetUp:
    """Returns a session as the ticket's client, with a TREE_CONNECT to each share, and an open of the root of those
    that connect. `names` are further server names by which a share is tried that does not exist by `name`.

    `seconds` is the limit for the connection and all requests; answers before it are kept. An NTSTATUS is a reply.
    Raises NoAnswer before there is a session: NEEDS_OTHER without a ticket, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE,
    NOT_ALLOWED for a session key of a weak encryption type, or MALFORMED for bytes that are not SMB. Raises Malformed
    if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.smb.tokens import KerberosTokens

    if ticket is None:
        raise NoAnswer(Gap.NEEDS_OTHER, f"there is no service ticket for cifs/{name}")
    return _tried(KerberosTokens(ticket), name, address, shares, source, seconds, requests, port, names)


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
    """Returns a session without an account, which the server should reject, and the shares that it opens if not.

    `seconds`, answers and exceptions as in `kerberos_session`. Raises NoAnswer and Malformed.
    """
    from krbcheck.probes.smb.tokens import NtlmTokens

    tokens = NtlmTokens(anonymous=kind is SessionKind.ANONYMOUS)
    return _tried(tokens, name, address, shares, source, seconds, requests, port)


def _tried(
    tokens: Any,
    name: str,
    address: str,
    shares: Wanted,
    source: str,
    seconds: float,
    requests: int,
    port: int,
    names: Names = NO_NAMES,
) -> SmbSetUp:
    """Returns the session with all answers, whatever ends them.

    Nothing is sent in a Kerberos session that proves nothing: `cut` is why.
    """
    from krbcheck.probes.smb.protection import NotSigned
    from krbcheck.probes.smb.session_setup import begin
    from krbcheck.probes.smb.trees import Opened

    with Stream(address, port, source, seconds) as stream:
        session, set_up = begin(stream, name, tokens)
        opened = [Opened(share, desired, names=names.get(share.lower(), ())) for share, desired in shares]
        got = Got(opened, set_up.unproved)
        if set_up.status == STATUS_SUCCESS:
            got.why = set_up.worthless if tokens.session_key else ""
            try:
                if not got.why:
                    _asked(session, session.pipeline(requests), name, got)
            except NotSigned as none:
                got.unproved, got.why = Unproved.NOT_SIGNED, none.detail
            except NoAnswer as none:
                got.why, got.stalled = none.detail, none.gap is Gap.TIMED_OUT
        return SmbSetUp(
            set_up.status,
            tokens.mech,
            tokens.krb_error,
            set_up.flags,
            set_up.dialect,
            tuple(opened.reply() for opened in got.opened if opened.status is not None),
            got.why,
            got.stalled,
            got.unproved,
            got.validation,
        )


def _asked(session: TokenSession, pipeline: Pipeline, name: str, got: Got) -> None:
    """Fills in `got`; NEGOTIATE is validated only if the replies are signed."""
    from krbcheck.probes.smb.connection import reading
    from krbcheck.probes.smb.trees import log_off, walk
    from krbcheck.probes.smb.validation import validated

    with reading(session.wire.where):
        walk(pipeline, name, got.opened)
    if got.unproved is None:
        got.validation = validated(session, pipeline, name, got.opened)
    if got.validation is None or not got.validation.closed:
        log_off(pipeline)
