"""Connects impacket's DCE/RPC to a named pipe of an SMB session. Imported late, inside the functions of probes."""

from __future__ import annotations

import logging
import struct

from impacket.dcerpc.v5.rpcrt import DCERPC_v5  # noqa: TID253 - see above
from impacket.dcerpc.v5.transport import DCERPCTransport  # noqa: TID253
from smbprotocol.ioctl import SMB2IOCTLRequest  # noqa: TID253
from smbprotocol.open import SMB2CreateRequest, SMB2ReadRequest  # noqa: TID253

from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.smb.connection import Reply, reading
from krbcheck.probes.smb.session_setup import TokenSession
from krbcheck.windows.ntstatus import STATUS_SUCCESS

# Without a handler the library would write its log messages to stderr.
logging.getLogger("impacket").addHandler(logging.NullHandler())

STATUS_BUFFER_OVERFLOW = 0x80000005
FSCTL_PIPE_TRANSCEIVE, IS_FSCTL = 0x0011C017, 1
PIPE_ACCESS = 0x0012019F
"""FILE_GENERIC_READ and FILE_GENERIC_WRITE: an RPC request is written to the pipe."""
SHARE_ALL, OPEN, IMPERSONATION = 7, 1, 2
MOST_BYTES = 1 << 16
HEADER_BYTES = 64
RPC_VERSION, FAULT, BIND_NAK = 5, 3, 13
"""PTYPEs (C706 12.6.4)."""


class RpcRefused(Exception):
    """The server rejected the step `step`; `status` is an NTSTATUS, or the number of an RPC fault."""

    def __init__(self, step: str, status: int) -> None:
        super().__init__(f"{step}: 0x{status:08X}")
        self.step, self.status = step, status


class Pipe(DCERPCTransport):  # type: ignore[misc] # the library has no types
    """A named pipe on IPC$: an RPC request is sent as FSCTL_PIPE_TRANSCEIVE, and the rest of its answer is read.

    The constructor raises RpcRefused if the tree or the pipe cannot be opened, and NoAnswer as `Wire.ask`.
    """

    def __init__(self, session: TokenSession, name: str) -> None:
        super().__init__(session.wire.server_name, 0)
        self.session, self.wire = session, session.wire
        reply = self.wire.ask(session.tree_connect("IPC$"), session.session_id)
        if reply.status != STATUS_SUCCESS:
            raise RpcRefused("TREE_CONNECT IPC$", reply.status)
        session.tree_connected("IPC$", reply)
        self.tree = reply.tree
        self.file = self._open(name)
        self.unsent = b""

    def _open(self, name: str) -> bytes:
        create = SMB2CreateRequest()
        create["impersonation_level"] = IMPERSONATION
        create["desired_access"] = PIPE_ACCESS
        create["share_access"] = SHARE_ALL
        create["create_disposition"] = OPEN
        create["buffer_path"] = name.encode("utf-16-le")
        reply = self._ask(create)
        if reply.status != STATUS_SUCCESS:
            raise RpcRefused(f"pipe {name}", reply.status)
        return reply.body[64:80]

    def _ask(self, request: object) -> Reply:
        return self.wire.ask(request, self.session.session_id, self.tree)

    def rpc(self, interface: tuple[str, str]) -> DCERPC_v5:
        """Returns a client that is bound to the interface. RPC itself is not authenticated, because the session is.

        Raises RpcRefused if the server rejects the bind, and NoAnswer as `recv`.
        """
        from impacket.dcerpc.v5.rpcrt import DCERPCException

        client = DCERPC_v5(self)
        try:
            with reading(self.wire.where):
                client.bind(interface)
        except DCERPCException as refused:
            raise RpcRefused("bind", refused.get_error_code() or 0) from refused
        return client

    def send(self, data: bytes, forceWriteAndx: int = 0, forceRecv: int = 0) -> None:
        """Keeps the request, which `recv` sends."""
        self.unsent = data

    def recv(self, forceRecv: int = 0, count: int = 0) -> bytes:
        """Returns one fragment of at most 64 KiB.

        Raises RpcRefused for a fault or an error status, and NoAnswer: TIMED_OUT, CLOSED, or MALFORMED for bytes that
        are not RPC.
        """
        if self.unsent:
            request = SMB2IOCTLRequest()
            request["ctl_code"] = FSCTL_PIPE_TRANSCEIVE
            request["file_id"] = self.file
            request["max_output_response"] = MOST_BYTES
            request["flags"] = IS_FSCTL
            request["buffer"] = self.unsent
            self.unsent = b""
            offset = "<II", 32
        else:
            request = SMB2ReadRequest()
            request["length"] = MOST_BYTES
            request["file_id"] = self.file
            offset = "<BxI", 2
        reply = self._ask(request)
        if reply.status not in (STATUS_SUCCESS, STATUS_BUFFER_OVERFLOW):
            raise RpcRefused("pipe", reply.status)
        with reading(self.wire.where):
            start, size = struct.unpack_from(offset[0], reply.body, offset[1])
            return self._without_fault(reply.body[start - HEADER_BYTES : start - HEADER_BYTES + size])

    def _without_fault(self, fragment: bytes) -> bytes:
        """Returns the fragment; raises RpcRefused with the number of a fault (C706 12.6.4.7), of which impacket returns
        only the text.
        """
        if len(fragment) < 20 or fragment[0] != RPC_VERSION:
            raise NoAnswer(Gap.MALFORMED, f"{self.wire.where} answers with bytes that are not RPC")
        if fragment[2] == FAULT:
            raise RpcRefused("call", struct.unpack_from("<I", fragment, 24)[0])
        if fragment[2] == BIND_NAK:
            raise RpcRefused("bind", struct.unpack_from("<H", fragment, 16)[0])
        return fragment
