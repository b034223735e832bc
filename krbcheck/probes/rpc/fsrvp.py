"""Queries the File Server Remote VSS agent of a storage (MS-FSRVP). Imported late, inside the functions of probes.

Only GetSupportedVersion and IsPathSupported are called: they change nothing. IsPathSupported is called only for a path
whose server is the one that the session is connected to: for another server the agent would log on there with its own
account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impacket.dcerpc.v5.dtypes import BOOL, DWORD, LPWSTR, WSTR  # noqa: TID253 - see above
from impacket.dcerpc.v5.ndr import NDRCALL  # noqa: TID253
from impacket.dcerpc.v5.rpcrt import DCERPCException  # noqa: TID253
from impacket.uuid import uuidtup_to_bin  # noqa: TID253

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.backup_sessions import BIND, GET_SUPPORTED_VERSION, PathSupport, RemoteVss
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.rpc.lsarpc import status_of
from krbcheck.probes.rpc.pipe import Pipe, RpcRefused
from krbcheck.probes.smb.connection import reading
from krbcheck.probes.smb.session_setup import TokenSession

INTERFACE = uuidtup_to_bin(("a8e0653c-2744-4389-a61d-7373df8b2292", "1.0"))
PIPE_NAME = "FssagentRpc"
NOT_SEALED = (0x1C01000B, 0x00000721)
"""nca_s_proto_error and RPC_S_SEC_PKG_ERROR: the server does not accept this protection of a call."""


class GetSupportedVersion(NDRCALL):  # type: ignore[misc] # the library has no types
    """MS-FSRVP 3.1.4.1."""

    opnum = 0
    structure = ()


class GetSupportedVersionResponse(NDRCALL):  # type: ignore[misc]
    structure = (("MinVersion", DWORD), ("MaxVersion", DWORD), ("ErrorCode", DWORD))


class IsPathSupported(NDRCALL):  # type: ignore[misc]
    """MS-FSRVP 3.1.4.9."""

    opnum = 8
    structure = (("ShareName", WSTR),)


class IsPathSupportedResponse(NDRCALL):  # type: ignore[misc]
    structure = (("SupportedByThisProvider", BOOL), ("OwnerMachineName", LPWSTR), ("ErrorCode", DWORD))


def remote_vss(session: TokenSession, ticket: Ticket, server: str, shares: Sequence[str]) -> RemoteVss:
    r"""Returns the replies of the agent about `\\server\share` of each share; `server` is the session's data path.

    The calls are sealed (packet privacy), as clients of Windows make them; if the server rejects the bind with the
    ticket, or the first sealed call as a fault of protocol, they are protected by the signature of the session alone.
    Raises NoAnswer: TIMED_OUT, CLOSED, or MALFORMED for bytes that are not RPC.
    """
    try:
        replies = _asked(Pipe(session, PIPE_NAME).rpc(INTERFACE, ticket), server, shares, sealed=True)
        if replies.refused != GET_SUPPORTED_VERSION or replies.status not in NOT_SEALED:
            return replies
    except RpcRefused as refused:
        if refused.step != BIND:
            return RemoteVss(refused.step, status_of(refused.status))
    try:
        return _asked(Pipe(session, PIPE_NAME).rpc(INTERFACE, None), server, shares, sealed=False)
    except RpcRefused as refused:
        return RemoteVss(refused.step, status_of(refused.status))


def _asked(rpc: Any, server: str, shares: Sequence[str], *, sealed: bool) -> RemoteVss:
    try:
        error, version = _called(rpc, GetSupportedVersion(), GetSupportedVersionResponse)
        if error:
            return RemoteVss(GET_SUPPORTED_VERSION, error, sealed=sealed)
        paths = tuple(_path(rpc, server, share) for share in shares)
    except RpcRefused as refused:
        return RemoteVss(GET_SUPPORTED_VERSION, status_of(refused.status), sealed=sealed)
    return RemoteVss("", 0, version["MinVersion"], version["MaxVersion"], paths, sealed)


def _path(rpc: Any, server: str, share: str) -> PathSupport:
    request = IsPathSupported()
    request["ShareName"] = f"\\\\{server}\\{share}\x00"
    error, reply = _called(rpc, request, IsPathSupportedResponse)
    if error:
        return PathSupport(share, error)
    return PathSupport(share, 0, bool(reply["SupportedByThisProvider"]), str(reply["OwnerMachineName"]).rstrip("\x00"))


def _called(rpc: Any, request: NDRCALL, kind: type[NDRCALL]) -> tuple[int, Any]:
    """Returns the HRESULT and the reply of a call.

    Raises RpcRefused for a fault, and NoAnswer: TIMED_OUT, CLOSED, or MALFORMED for bytes that are not RPC.
    """
    where = rpc.get_rpc_transport().wire.where
    try:
        with reading(where):
            rpc.call(request.opnum, request)
            reply = kind(rpc.recv())
            return int(reply["ErrorCode"]) & 0xFFFFFFFF, reply
    except DCERPCException as bad:
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with bytes that are not RPC ({type(bad).__name__})") from bad
