"""Queries a storage for the holders of user rights (MS-LSAD) and for the members of its groups
(MS-SAMR). Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.smb import AliasMembers, RightHolders, RightsReply, SidRights
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS

PORT = 445
POLICY_VIEW_LOCAL_INFORMATION, POLICY_LOOKUP_NAMES = 0x1, 0x800
BUILTIN = "S-1-5-32"
SAM_SERVER_LOOKUP, DOMAIN_LOOKUP, ALIAS_LIST_MEMBERS = 0x20, 0x200, 0x4
"""The least access that the query needs (MS-SAMR 2.2.1.3, 2.2.1.4, 2.2.1.6)."""
FAULT_ACCESS_DENIED = 0x5
"""nca_s_fault_access_denied, which some servers send where MS-LSAD has STATUS_ACCESS_DENIED."""


def account_rights(
    ticket: Ticket | None,
    name: str,
    address: str,
    rights: Sequence[str],
    sids: Sequence[str],
    source: str,
    seconds: float,
    port: int = PORT,
    aliases_left_out: str = "",
) -> RightsReply:
    """Returns the holders of each user right; if the server denies that list, the rights of each of `sids`. The members
    of holders that are local groups follow, unless `aliases_left_out` is why these are not queried.

    `seconds` is the limit for the connection and all calls. A status other than success is a reply. Raises NoAnswer:
    NEEDS_OTHER without a ticket, TIMED_OUT, REFUSED, CLOSED, UNREACHABLE, NOT_ALLOWED for a session key of a weak
    encryption type, or MALFORMED for bytes that are not SMB or RPC, for a session as Guest, and for a reply that the
    session's key did not sign. Raises Malformed if a Kerberos message of the server is malformed.
    """
    from krbcheck.probes.rpc.pipe import RpcRefused
    from krbcheck.probes.smb.session_setup import needed, proved_session

    with proved_session(needed(ticket, name), name, address, source, seconds, port) as (session, refused):
        if refused:
            return RightsReply("SESSION_SETUP", refused)
        try:
            return _asked(session, rights, sids, aliases_left_out)
        except RpcRefused as failed:
            return RightsReply(failed.step, status_of(failed.status))


def _asked(session: Any, rights: Sequence[str], sids: Sequence[str], aliases_left_out: str) -> RightsReply:
    from impacket.dcerpc.v5 import lsad

    from krbcheck.probes.rpc.pipe import Pipe, RpcRefused

    rpc = Pipe(session, "lsarpc").rpc(lsad.MSRPC_UUID_LSAD)
    status, opened = called(lsad.hLsarOpenPolicy2, rpc, POLICY_VIEW_LOCAL_INFORMATION | POLICY_LOOKUP_NAMES)
    if opened is None:
        raise RpcRefused("LsarOpenPolicy2", status)
    policy = opened["PolicyHandle"]
    holders = tuple(_holders(rpc, policy, right) for right in rights)
    each: tuple[SidRights, ...] = ()
    if any(holder.denied for holder in holders):
        each = tuple(_rights_of(rpc, policy, sid) for sid in sids)
    called(lsad.hLsarClose, rpc, policy)
    held = [sid for holder in holders for sid in holder.sids] + [entry.sid for entry in each if entry.rights]
    local = dict.fromkeys(sid for sid in held if sid.startswith(f"{BUILTIN}-"))
    members_of = _aliases(session, list(local)) if not aliases_left_out else ()
    return RightsReply(holders=holders, sids=each, aliases=members_of, aliases_left_out=aliases_left_out)


def _holders(rpc: Any, policy: Any, right: str) -> RightHolders:
    from impacket.dcerpc.v5 import lsad

    status, reply = called(lsad.hLsarEnumerateAccountsWithUserRight, rpc, policy, right)
    found = reply["EnumerationBuffer"]["Information"] if reply is not None else ()
    return RightHolders(right, status, tuple(entry["Sid"].formatCanonical() for entry in found))


def _rights_of(rpc: Any, policy: Any, sid: str) -> SidRights:
    from impacket.dcerpc.v5 import lsad

    status, reply = called(lsad.hLsarEnumerateAccountRights, rpc, policy, sid)
    found = reply["UserRights"]["UserRights"] if reply is not None else ()
    return SidRights(sid, status, tuple(str(entry["Data"]) for entry in found))


def _aliases(session: Any, sids: Sequence[str]) -> tuple[AliasMembers, ...]:
    """Returns the members of the storage's local groups; a storage without SAMR returns none."""
    from impacket.dcerpc.v5 import samr
    from impacket.dcerpc.v5.dtypes import RPC_SID

    from krbcheck.probes.rpc.pipe import Pipe, RpcRefused

    if not sids:
        return ()
    builtin = RPC_SID()
    builtin.fromCanonical(BUILTIN)
    try:
        rpc = Pipe(session, "samr").rpc(samr.MSRPC_UUID_SAMR)
    except RpcRefused as refused:
        return tuple(AliasMembers(sid, status_of(refused.status)) for sid in sids)
    status, server = called(samr.hSamrConnect2, rpc, "\x00", SAM_SERVER_LOOKUP)
    if server is not None:
        status, domain = called(samr.hSamrOpenDomain, rpc, server["ServerHandle"], DOMAIN_LOOKUP, builtin)
    if status:
        return tuple(AliasMembers(sid, status) for sid in sids)
    return tuple(members(rpc, domain["DomainHandle"], sid) for sid in sids)


def members(rpc: Any, domain: Any, sid: str) -> AliasMembers:
    """Returns the members of one alias of an open domain; raises NoAnswer as `called`."""
    from impacket.dcerpc.v5 import samr

    number = int(sid.rpartition("-")[2])
    status, opened = called(samr.hSamrOpenAlias, rpc, domain, ALIAS_LIST_MEMBERS, number)
    if opened is None:
        return AliasMembers(sid, status)
    status, reply = called(samr.hSamrGetMembersInAlias, rpc, opened["AliasHandle"])
    found = reply["Members"]["Sids"] if reply is not None else ()
    return AliasMembers(sid, status, tuple(entry["SidPointer"].formatCanonical() for entry in found))


def called(function: Any, *args: Any) -> tuple[int, Any]:
    """Returns the NTSTATUS of a call, and its reply if the status is 0.

    Raises NoAnswer: TIMED_OUT, CLOSED, or MALFORMED for bytes that are not RPC. Raises RpcRefused if the pipe fails.
    """
    from impacket.dcerpc.v5.rpcrt import DCERPCException

    from krbcheck.probes.rpc.pipe import RpcRefused
    from krbcheck.probes.smb.connection import reading

    try:
        with reading(args[0].get_rpc_transport().wire.where):
            return STATUS_SUCCESS, function(*args)
    except DCERPCException as refused:
        return status_of(refused.get_error_code() or 0xC0000001), None
    except RpcRefused as refused:
        if refused.step != "call":
            raise
        return status_of(refused.status), None


def status_of(code: int) -> int:
    """Returns the NTSTATUS of an error code; nca_s_fault_access_denied is STATUS_ACCESS_DENIED."""
    return STATUS_ACCESS_DENIED if code == FAULT_ACCESS_DENIED else code & 0xFFFFFFFF
