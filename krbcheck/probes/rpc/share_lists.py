"""Reads the permissions of a storage: share descriptors by SRVSVC, those of root folders by SMB2, names of SIDs by
LSARPC.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.share_access import FolderReply, Listing, LocalGroup, ShareInfo, SidName, StorageLists
from krbcheck.probes.rpc.lsarpc import (
    BUILTIN,
    DOMAIN_LOOKUP,
    POLICY_LOOKUP_NAMES,
    SAM_SERVER_LOOKUP,
    called,
    members,
    status_of,
)
from krbcheck.windows.descriptor import Descriptor, descriptor
from krbcheck.windows.ntstatus import STATUS_SUCCESS

if TYPE_CHECKING:
    from krbcheck.probes.smb.session_setup import TokenSession
    from krbcheck.probes.smb.trees import Opened

PORT = 445
READ_CONTROL = 0x00020000
HEADER_BYTES = 64
OWNER_GROUP_DACL = 0x7
"""SECURITY_INFORMATION (MS-DTYP 2.4.7); reading the SACL would need a privilege."""
MOST_BYTES = 1 << 16
DOMAIN_LIST_ACCOUNTS = 0x100
SESSION_SETUP = "SESSION_SETUP"
ERROR_MORE_DATA, STATUS_MORE_ENTRIES = 234, 0x00000105
"""The server has more entries than one reply contains (MS-SRVS 3.1.4.8, MS-SAMR 3.1.5.2.4)."""
MOST_PARTS = 1000


def listing(
    ticket: Ticket | None,
    name: str,
    address: str,
    folders: Sequence[str],
    source: str,
    seconds: float,
    port: int = PORT,
) -> Listing:
    """Returns the shares that the ticket's client can see, and the security descriptors of the root folders of
    `folders`.

    `seconds` is the limit for the connection and all calls. A status other than success is a reply. Raises NoAnswer:
    NEEDS_OTHER without a ticket, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, NOT_ALLOWED for a session key of a weak
    encryption type, or MALFORMED for bytes that are not SMB, RPC or a descriptor, for a session as Guest, and for a
    reply that the session's key did not sign. Raises Malformed if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.rpc.pipe import RpcRefused
    from krbcheck.probes.smb.session_setup import needed, proved_session

    with proved_session(needed(ticket, name), name, address, source, seconds, port) as (session, refused):
        if refused:
            return Listing(SESSION_SETUP, refused)
        read = tuple(_folders(session, folders))
        try:
            status, names = _names(session)
        except RpcRefused as failed:
            return Listing(failed.step, status_of(failed.status), folders=read)
        return Listing("NetrShareEnum" if status else "", status, names, read)


def storage_lists(
    ticket: Ticket | None,
    name: str,
    address: str,
    shares: Sequence[str],
    sids: Sequence[str],
    source: str,
    seconds: float,
    port: int = PORT,
    aliases_left_out: str = "",
) -> StorageLists:
    """Returns what a directory reader may read: the descriptors of `shares`, the names of the SIDs in them and of
    `sids`, and the local groups of the storage, unless `aliases_left_out` is why these are not queried.

    `seconds`, the statuses and the exceptions are as in `listing`. Raises NoAnswer and Malformed.
    """
    from krbcheck.probes.rpc.pipe import RpcRefused
    from krbcheck.probes.smb.session_setup import needed, proved_session

    with proved_session(needed(ticket, name), name, address, source, seconds, port) as (session, refused):
        if refused:
            return StorageLists(SESSION_SETUP, refused)
        try:
            return _lists(session, shares, sids, aliases_left_out)
        except RpcRefused as failed:
            return StorageLists(failed.step, status_of(failed.status))


def _folders(session: TokenSession, shares: Sequence[str]) -> Iterator[FolderReply]:
    for share in shares:
        tree = session.tree(share)
        if tree.status:
            yield FolderReply(share, tree.status)
            continue
        yield FolderReply(share, *_descriptor(session, tree))


def _descriptor(session: TokenSession, tree: Opened) -> tuple[int, Descriptor | None]:
    """Returns the security descriptor of the root folder, which is opened and closed in the same message (MS-SMB2
    2.2.13, 2.2.37).
    """
    from krbcheck.probes.smb.connection import reading
    from krbcheck.probes.smb.requests import DIRECTORY, chain, close, create, query_security

    wire = session.wire
    query = query_security(OWNER_GROUP_DACL, MOST_BYTES)
    requests = chain(tree, create("", READ_CONTROL, DIRECTORY), query, close())
    answers = {answer.position: answer for answer in wire.pipeline.exchange([requests])}
    opened, said = answers[0], answers[1]
    with reading(wire.where):
        if opened.status or said.status:
            return opened.status or said.status, None
        start, size = struct.unpack_from("<HI", said.body, 2)
        found = descriptor(said.body[start - HEADER_BYTES : start - HEADER_BYTES + size])
    if found is None:
        raise NoAnswer(Gap.MALFORMED, f"{wire.where} answers with bytes that are no security descriptor")
    return STATUS_SUCCESS, found


def _srvsvc(session: Any) -> Any:
    from impacket.dcerpc.v5 import srvs

    from krbcheck.probes.rpc.pipe import Pipe

    return Pipe(session, "srvsvc").rpc(srvs.MSRPC_UUID_SRVS)


def _names(session: Any) -> tuple[int, tuple[str, ...]]:
    """Returns every visible share, hidden ones (`NAME$`) and pipes too."""
    from impacket.dcerpc.v5 import srvs

    from krbcheck.probes.rpc.pipe import RpcRefused

    try:
        rpc = _srvsvc(session)
    except RpcRefused as refused:
        return status_of(refused.status), ()
    status, parts = _parts(
        rpc, lambda rpc, handle: srvs.hNetrShareEnum(rpc, 1, handle), ERROR_MORE_DATA, "ResumeHandle"
    )
    if status:
        return status, ()
    found = [(part["InfoStruct"]["ShareInfo"]["Level1"]["Buffer"] or (), int(part["TotalEntries"])) for part in parts]
    if sum(len(entries) for entries, _ in found) < found[0][1]:
        return ERROR_MORE_DATA, ()  # not all of the entries that the server counts
    return STATUS_SUCCESS, tuple(_text(entry["shi1_netname"]) for entries, _ in found for entry in entries)


def _parts(rpc: Any, ask: Callable[[Any, int], Any], more: int, resume: str) -> tuple[int, list[Any]]:
    """Returns every reply of an enumeration: while the status is `more`, the next call continues at the reply's handle.

    With another status, and if the server does not continue, there are no replies: a part of a list is no list.
    """
    from impacket.dcerpc.v5.rpcrt import DCERPCException

    def part(rpc: Any, handle: int) -> Any:
        try:
            return ask(rpc, handle)
        except DCERPCException as partly:
            if partly.get_error_code() != more or partly.get_packet() is None:
                raise
            return partly.get_packet()

    handle, found = 0, list[Any]()
    for _ in range(MOST_PARTS):
        status, reply = called(part, rpc, handle)
        if reply is None:
            return status, []
        found.append(reply)
        if int(reply["ErrorCode"]) != more:
            return STATUS_SUCCESS, found
        following = int(reply[resume] or 0)
        if following == handle:
            break
        handle = following
    return more, []


def _lists(session: Any, shares: Sequence[str], sids: Sequence[str], aliases_left_out: str) -> StorageLists:
    from krbcheck.probes.rpc.pipe import RpcRefused

    try:
        rpc = _srvsvc(session)
    except RpcRefused as refused:
        return StorageLists(refused.step, status_of(refused.status))
    answers = tuple(_share(rpc, share) for share in shares)
    wanted = list(
        dict.fromkeys([*sids, *(sid for reply in answers if reply.descriptor for sid in sids_of(reply.descriptor))])
    )
    status, aliases = _aliases(session) if not aliases_left_out else (STATUS_SUCCESS, ())
    names = _looked_up(session, wanted)
    return StorageLists("", STATUS_SUCCESS, answers, names, aliases, status, aliases_left_out)


def sids_of(found: Descriptor) -> list[str]:
    """Returns the SIDs of the owner and of the entries of the DACL."""
    return [name for name in (found.owner, *(entry.sid for entry in found.dacl or ())) if name]


def _share(rpc: Any, share: str) -> ShareInfo:
    from impacket.dcerpc.v5 import srvs

    status, reply = called(srvs.hNetrShareGetInfo, rpc, f"{share}\x00", 502)
    if reply is None:
        return ShareInfo(share, status)
    data = b"".join(reply["InfoStruct"]["ShareInfo502"]["shi502_security_descriptor"] or ())
    found = descriptor(data)
    if data and found is None:
        where = rpc.get_rpc_transport().wire.where
        raise NoAnswer(Gap.MALFORMED, f"{where} answers with bytes that are no security descriptor")
    _, more = called(srvs.hNetrShareGetInfo, rpc, f"{share}\x00", 1005)
    flags = None if more is None else int(more["InfoStruct"]["ShareInfo1005"]["shi1005_flags"])
    return ShareInfo(share, STATUS_SUCCESS, found, flags)


def _looked_up(session: Any, sids: list[str]) -> tuple[SidName, ...]:
    """Returns the names of the SIDs; a storage without LSARPC returns none."""
    from impacket.dcerpc.v5 import lsad, lsat

    from krbcheck.probes.rpc.pipe import Pipe, RpcRefused

    if not sids:
        return ()
    try:
        rpc = Pipe(session, "lsarpc").rpc(lsat.MSRPC_UUID_LSAT)
    except RpcRefused:
        return ()
    _, opened = called(lsad.hLsarOpenPolicy2, rpc, POLICY_LOOKUP_NAMES)
    if opened is None:
        return ()
    reply = _translated(rpc, opened["PolicyHandle"], sids)
    called(lsad.hLsarClose, rpc, opened["PolicyHandle"])
    if reply is None:
        return ()
    domains = [_text(entry["Name"]) for entry in reply["ReferencedDomains"]["Domains"] or ()]
    names = reply["TranslatedNames"]["Names"] or ()
    return tuple(_name(sid, entry, domains) for sid, entry in zip(sids, names, strict=False))


def _translated(rpc: Any, policy: Any, sids: list[str]) -> Any:
    """Returns the reply, also if some or all SIDs have no name: impacket raises an exception, but it is an answer."""
    from impacket.dcerpc.v5 import lsat
    from impacket.dcerpc.v5.rpcrt import DCERPCException

    def ask(rpc: Any) -> Any:
        try:
            return lsat.hLsarLookupSids2(rpc, policy, sids)
        except DCERPCException as partly:
            if partly.get_packet() is None:
                raise
            return partly.get_packet()

    return called(ask, rpc)[1]


def _name(sid: str, entry: Any, domains: list[str]) -> SidName:
    domain, name = entry["DomainIndex"], _text(entry["Name"])
    use = int(entry["Use"])
    if use in (6, 7, 8):
        return SidName(sid, "", use)
    prefix = domains[domain] if 0 <= domain < len(domains) else ""
    return SidName(sid, f"{prefix}\\{name}" if prefix and prefix != name else name or prefix, use)


def _aliases(session: Any) -> tuple[int, tuple[LocalGroup, ...]]:
    """Returns the built-in groups of the storage, with their direct members."""
    from impacket.dcerpc.v5 import samr
    from impacket.dcerpc.v5.dtypes import RPC_SID

    from krbcheck.probes.rpc.pipe import Pipe, RpcRefused

    builtin = RPC_SID()
    builtin.fromCanonical(BUILTIN)
    try:
        rpc = Pipe(session, "samr").rpc(samr.MSRPC_UUID_SAMR)
    except RpcRefused as refused:
        return status_of(refused.status), ()
    status, server = called(samr.hSamrConnect2, rpc, "\x00", SAM_SERVER_LOOKUP)
    if server is None:
        return status, ()
    wanted = DOMAIN_LOOKUP | DOMAIN_LIST_ACCOUNTS
    status, domain = called(samr.hSamrOpenDomain, rpc, server["ServerHandle"], wanted, builtin)
    if domain is None:
        return status, ()
    opened = domain["DomainHandle"]
    status, parts = _parts(
        rpc,
        lambda rpc, handle: samr.hSamrEnumerateAliasesInDomain(rpc, opened, handle),
        STATUS_MORE_ENTRIES,
        "EnumerationContext",
    )
    if status:
        return status, ()
    found = []
    for entry in (entry for part in parts for entry in part["Buffer"]["Buffer"] or ()):
        answers = members(rpc, domain["DomainHandle"], f"{BUILTIN}-{entry['RelativeId']}")
        found.append(LocalGroup(answers.sid, f"BUILTIN\\{_text(entry['Name'])}", answers.status, answers.members))
    return STATUS_SUCCESS, tuple(found)


def _text(value: Any) -> str:
    return str(value).rstrip("\x00")
