"""Connects impacket's DCE/RPC to a named pipe of an SMB session. Imported late, inside the functions of probes."""

from __future__ import annotations

import logging
import struct
from functools import partial
from typing import Any

from impacket.dcerpc.v5.rpcrt import (  # noqa: TID253 - see above
    RPC_C_AUTHN_GSS_NEGOTIATE,
    RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
    DCERPC_v5,
)
from impacket.dcerpc.v5.transport import DCERPCTransport  # noqa: TID253

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.rpc.sealing import after_bind, third_leg
from krbcheck.probes.smb.connection import reading
from krbcheck.probes.smb.pipeline import Answer
from krbcheck.probes.smb.requests import chain, control, create, read
from krbcheck.probes.smb.session_setup import TokenSession
from krbcheck.windows.ntstatus import STATUS_SUCCESS

# Without a handler the library would write its log messages to stderr.
logging.getLogger("impacket").addHandler(logging.NullHandler())

STATUS_BUFFER_OVERFLOW = 0x80000005
FSCTL_PIPE_TRANSCEIVE = 0x0011C017
PIPE_ACCESS = 0x0012019F
"""FILE_GENERIC_READ and FILE_GENERIC_WRITE: an RPC request is written to the pipe."""
MOST_BYTES = 1 << 16
HEADER_BYTES = 64
FILE_ID = slice(64, 80)
"""In a CREATE response (MS-SMB2 2.2.14)."""
RPC_VERSION, FAULT, BIND_NAK = 5, 3, 13
"""PTYPEs (C706 12.6.4)."""


class RpcRefused(Exception):
    """The server rejected the step `step`; `status` is an NTSTATUS, or the number of an RPC fault."""

    def __init__(self, step: str, status: int) -> None:
        super().__init__(f"{step}: 0x{status:08X}")
        self.step, self.status = step, status


class Pipe(DCERPCTransport):  # type: ignore[misc] # the library has no types
    """A named pipe on IPC$: an RPC request is sent as FSCTL_PIPE_TRANSCEIVE, and the rest of its answer is read.

    The constructor raises RpcRefused if the tree or the pipe cannot be opened, and NoAnswer as `Pipeline.ask`.
    """

    def __init__(self, session: TokenSession, name: str) -> None:
        super().__init__(session.wire.server_name, 0)
        self.session, self.wire = session, session.wire
        self.tree = session.tree("IPC$")
        if self.tree.status:
            raise RpcRefused("TREE_CONNECT IPC$", self.tree.status)
        self.file = self._open(name)
        self.unsent = b""
        self.ticket: Ticket | None = None
        self.client: DCERPC_v5 | None = None

    def _open(self, name: str) -> bytes:
        answer = self._ask(create(name, PIPE_ACCESS))
        if answer.status != STATUS_SUCCESS:
            raise RpcRefused(f"pipe {name}", answer.status)
        file = answer.body[FILE_ID]
        if len(file) != FILE_ID.stop - FILE_ID.start:
            raise NoAnswer(Gap.MALFORMED, f"{self.wire.where} answers with bytes that are not SMB")
        return file

    def _ask(self, request: tuple[int, bytes]) -> Answer:
        return self.wire.pipeline.ask(*chain(self.tree, request))

    def rpc(self, interface: tuple[str, str], ticket: Ticket | None = None) -> DCERPC_v5:
        """Returns a client that is bound to the interface. Without `ticket` RPC itself is not authenticated, because
        the session is; with it, RPC has packet privacy.

        Raises RpcRefused (step "bind") if the server rejects the bind, and NoAnswer as `recv`.
        """
        from impacket.dcerpc.v5.rpcrt import DCERPCException
        from pyasn1.error import PyAsn1Error

        client = DCERPC_v5(self)
        if ticket is not None:
            self.ticket, self.client = ticket, client
            client.set_auth_type(RPC_C_AUTHN_GSS_NEGOTIATE)
            client.set_auth_level(RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
        try:
            with reading(self.wire.where):
                client.bind(interface)
        except DCERPCException as refused:
            raise RpcRefused("bind", refused.get_error_code() or 0) from refused
        except PyAsn1Error as bad:
            raise NoAnswer(Gap.MALFORMED, f"{self.wire.where} answers with bytes that are not Kerberos") from bad
        except RpcRefused as refused:
            raise RpcRefused("bind" if refused.step == "call" else refused.step, refused.status) from refused
        if ticket is not None:
            after_bind(client)
        return client

    def get_credentials(self) -> tuple[object, ...]:
        """Returns what the library expects for a bind with Kerberos: no password, and a reply that has the ticket."""
        assert self.ticket is not None
        name, _, realm = self.ticket.client.rpartition("@")
        return name, "", self.ticket.client_realm or realm, "", "", "", None, as_reply(self.ticket)

    def send(self, data: bytes, forceWriteAndx: int = 0, forceRecv: int = 0) -> None:
        """Keeps the request, which `recv` sends."""
        self.unsent = data if self.client is None else third_leg(data, self.client)

    def recv(self, forceRecv: int = 0, count: int = 0) -> bytes:
        """Returns one fragment of at most 64 KiB.

        Raises RpcRefused for a fault or an error status, and NoAnswer: TIMED_OUT, CLOSED, or MALFORMED for bytes that
        are not RPC.
        """
        if self.unsent:
            request = control(FSCTL_PIPE_TRANSCEIVE, self.file, self.unsent, MOST_BYTES)
            self.unsent = b""
            offset = "<II", 32
        else:
            request = read(MOST_BYTES, file=self.file)
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


def as_reply(ticket: Ticket) -> dict[str, object]:
    """Returns the ticket in the form in which the library keeps the reply to a TGS-REQ (RFC 4120 5.4.2)."""
    from impacket.krb5 import asn1, crypto, types
    from pyasn1.codec.der import decoder, encoder

    name, _, realm = ticket.client.rpartition("@")
    reply = asn1.TGS_REP()
    reply["pvno"], reply["msg-type"] = 5, 13
    reply["crealm"] = ticket.client_realm or realm
    asn1.seq_set(reply, "cname", types.Principal(name, type=1).components_to_asn1)
    held = decoder.decode(ticket.der.reveal(), asn1Spec=asn1.Ticket())[0]
    asn1.seq_set(reply, "ticket", partial(_copied, held))
    asn1.seq_set(reply, "enc-part", partial(_encrypted, 0, None, b""))
    key = crypto.Key(ticket.session_etype, ticket.session_key.reveal())
    return {"KDC_REP": encoder.encode(reply), "cipher": crypto._enctype_table[key.enctype], "sessionKey": key}


def _copied(held: Any, ticket: Any) -> Any:
    """Fills in a Ticket with the fields of another one."""
    from impacket.krb5 import asn1, types

    name = types.Principal()
    name.from_asn1(held, "realm", "sname")
    part = held["enc-part"]
    ticket["tkt-vno"], ticket["realm"] = 5, name.realm
    asn1.seq_set(ticket, "sname", name.components_to_asn1)
    version = part["kvno"] if part["kvno"].hasValue() else None
    asn1.seq_set(ticket, "enc-part", partial(_encrypted, part["etype"], version, part["cipher"].asOctets()))
    return ticket


def _encrypted(etype: int, version: int | None, data: bytes, part: Any) -> Any:
    """Fills in an EncryptedData (RFC 4120 5.2.9)."""
    part["etype"], part["cipher"] = int(etype), data
    if version is not None:
        part["kvno"] = int(version)
    return part
