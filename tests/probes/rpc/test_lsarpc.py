"""Who holds rights, as a storage on loopback tells by LSARPC and SAMR within a session."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from impacket.dcerpc.v5 import lsad, samr
from impacket.dcerpc.v5.dtypes import RPC_UNICODE_STRING

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import AliasMembers, RightHolders, RightsReply, SidRights
from krbcheck.probes.rpc.lsarpc import account_rights

Serve = Callable[[Callable[..., None]], int]
Making = Callable[..., Any]
BACKUP, RESTORE = "SeBackupPrivilege", "SeRestorePrivilege"
GROUP, OPERATORS, MEMBER = "S-1-5-21-1-2-3-1116", "S-1-5-32-551", "S-1-5-21-9-9-9-1101"
USERS = "S-1-5-32-545"
DENIED, NO_MORE, NOT_FOUND, LOGON_FAILURE = 0xC0000022, 0x8000001A, 0xC0000034, 0xC000006D
BIND, BIND_ACK, BIND_NAK, RESPONSE, FAULT = 11, 12, 13, 2, 3
FULL = 0x1F01FF


@dataclass
class Rpc:
    """The other end of the pipes. `fault` answers every call, `rubbish` every request; `pipes` are those that open."""

    holders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    members: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    denies: tuple[str, ...] = ()
    fault: int = 0
    rubbish: bool = False
    naks: bool = False
    fragment: int = 4000
    pipes: tuple[str, ...] = ("lsarpc", "samr")

    def answer(self, pipe: str, data: bytes) -> list[bytes]:
        """The fragments of the answer to one PDU."""
        call = data[12:16]
        if self.rubbish:
            return [b"rubbish" * 9]
        if data[2] == BIND:
            if self.naks:
                return [pdu(BIND_NAK, call, struct.pack("<HBB", 4, 0, 0))]
            syntax = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
            body = struct.pack("<HHIH6s", 4280, 4280, 1, 4, b"pipe\0\0") + struct.pack("<BBHHH", 1, 0, 0, 0, 0) + syntax
            return [pdu(BIND_ACK, call, body)]
        if self.fault:
            return [pdu(FAULT, call, struct.pack("<IHBBII", 0, 0, 0, 0, self.fault, 0))]
        stub = getattr(self, f"{pipe}_{struct.unpack_from('<H', data, 22)[0]}")(data[24:])
        parts = [stub[at : at + self.fragment] for at in range(0, len(stub), self.fragment)]
        flags = [
            (1 if position == 0 else 0) | (2 if position == len(parts) - 1 else 0) for position in range(len(parts))
        ]
        head = struct.pack("<IHBB", len(stub), 0, 0, 0)
        return [pdu(RESPONSE, call, head + part, flag) for part, flag in zip(parts, flags, strict=True)]

    def lsarpc_44(self, stub: bytes) -> bytes:
        reply = lsad.LsarOpenPolicy2Response()
        return self.ended(reply, "open", handle="PolicyHandle")

    def lsarpc_35(self, stub: bytes) -> bytes:
        right = next(name for name in (BACKUP, RESTORE) if name.encode("utf-16-le") in stub)
        reply = lsad.LsarEnumerateAccountsWithUserRightResponse()
        held = self.holders.get(right, ())
        reply["EnumerationBuffer"]["EntriesRead"] = len(held)
        for sid in held:
            entry = lsad.LSAPR_ACCOUNT_INFORMATION()
            entry["Sid"].fromCanonical(sid)
            reply["EnumerationBuffer"]["Information"].append(entry)
        return self.ended(reply, "holders", 0 if held else NO_MORE)

    def lsarpc_36(self, stub: bytes) -> bytes:
        asked = lsad.LsarEnumerateAccountRights(stub)["AccountSid"].formatCanonical()
        reply = lsad.LsarEnumerateAccountRightsResponse()
        held = self.rights.get(asked, ())
        reply["UserRights"]["EntriesRead"] = len(held)
        for right in held:
            entry = RPC_UNICODE_STRING()
            entry["Data"] = right
            reply["UserRights"]["UserRights"].append(entry)
        return self.ended(reply, "rights", 0 if held else NOT_FOUND)

    def lsarpc_0(self, stub: bytes) -> bytes:
        return self.ended(lsad.LsarCloseResponse(), "close", handle="ObjectHandle")

    def samr_57(self, stub: bytes) -> bytes:
        return self.ended(samr.SamrConnect2Response(), "connect", handle="ServerHandle")

    def samr_7(self, stub: bytes) -> bytes:
        return self.ended(samr.SamrOpenDomainResponse(), "domain", handle="DomainHandle")

    def samr_27(self, stub: bytes) -> bytes:
        reply = samr.SamrOpenAliasResponse()
        self.alias = struct.unpack_from("<I", stub, 24)[0]
        return self.ended(reply, "alias", handle="AliasHandle")

    def samr_33(self, stub: bytes) -> bytes:
        """Written by hand: impacket's own encoding of this reply lacks the pointers of the SIDs."""
        held, referents = self.members[self.alias], b""
        for sid in held:
            authorities = [int(part) for part in sid.split("-")[3:]]
            count = len(authorities)
            referents += struct.pack(f"<IBB6s{count}I", count, 1, count, b"\0\0\0\0\0\x05", *authorities)
        pointers = struct.pack(f"<{len(held)}I", *range(1, len(held) + 1))
        status = DENIED if "members" in self.denies else 0
        return struct.pack("<III", len(held), 1, len(held)) + pointers + referents + struct.pack("<I", status)

    def ended(self, reply: Any, step: str, status: int = 0, handle: str = "") -> bytes:
        if handle:
            reply[handle] = b"H" * 20
        reply["ErrorCode"] = DENIED if step in self.denies else status
        return bytes(reply.getData())


def pdu(kind: int, call: bytes, body: bytes, flags: int = 3) -> bytes:
    return struct.pack("<BBBB4sHH4s", 5, 0, kind, flags, b"\x10\0\0\0", 16 + len(body), 0, call) + body


@pytest.fixture
def answering(serve: Serve, storage: Making) -> Callable[..., int]:
    """The port of a storage whose pipes answer as `rpc` does."""

    def start(rpc: Rpc, **of_storage: Any) -> int:
        class Piped(storage):  # type: ignore[misc, valid-type] # the fixture gives the class
            def command_5(self, part: bytes) -> tuple[int, bytes, int]:
                start, size = struct.unpack_from("<HH", part, 64 + 44)
                name = part[start : start + size].decode("utf-16-le")
                if name not in rpc.pipes:
                    return NOT_FOUND, b"", 1
                file = name.encode().ljust(16)
                return 0, struct.pack("<HBBI32sQQII16sII", 89, 0, 0, 1, b"", 0, 0, 0, 0, file, 0, 0), 1

            def command_11(self, part: bytes) -> tuple[int, bytes, int]:
                file, start, size = struct.unpack_from("<16sII", part, 64 + 8)
                first, *self.rest = rpc.answer(file.decode().strip(), part[start : start + size])
                return 0, struct.pack("<HHI16sIIIIII", 49, 0, 0x11C017, file, 0, 0, 112, len(first), 0, 0) + first, 1

            def command_8(self, part: bytes) -> tuple[int, bytes, int]:
                first = self.rest.pop(0)
                return 0, struct.pack("<HBBIII", 17, 80, 0, len(first), 0, 0) + first, 1

        return serve(Piped(shares={"IPC$": (0, FULL, FULL)}, **of_storage))

    return start


def asked(ticket: Ticket | None, port: int, sids: tuple[str, ...] = ()) -> RightsReply:
    where = ("vmstore-alice.tintri.com", "127.0.0.1")
    return account_rights(ticket, *where, (BACKUP, RESTORE), sids, "", 5.0, port)


def test_holders_are_listed_and_the_members_of_the_storages_own_groups(
    answering: Callable[..., int], ticket: Ticket
) -> None:
    rpc = Rpc(holders={BACKUP: (GROUP, OPERATORS), RESTORE: ()}, members={551: (MEMBER,)})
    assert asked(ticket, answering(rpc)) == RightsReply(
        holders=(RightHolders(BACKUP, 0, (GROUP, OPERATORS)), RightHolders(RESTORE, NO_MORE)),
        aliases=(AliasMembers(OPERATORS, 0, (MEMBER,)),),
    )


def test_an_answer_in_fragments_is_put_together(answering: Callable[..., int], ticket: Ticket) -> None:
    many = tuple(f"S-1-5-21-1-2-3-{number}" for number in range(1100, 1140))
    said = asked(ticket, answering(Rpc(holders={BACKUP: many}, fragment=200)))
    assert said.holders[0].sids == many


def test_where_the_list_is_refused_each_sid_is_asked_for(answering: Callable[..., int], ticket: Ticket) -> None:
    rpc = Rpc(denies=("holders",), rights={GROUP: (BACKUP,)})
    said = asked(ticket, answering(rpc), (GROUP, MEMBER))
    assert [holder.denied for holder in said.holders] == [True, True]
    assert said.sids == (SidRights(GROUP, 0, (BACKUP,)), SidRights(MEMBER, NOT_FOUND))


def test_local_groups_that_hold_a_right_are_read_and_no_others(answering: Callable[..., int], ticket: Ticket) -> None:
    rpc = Rpc(denies=("holders",), rights={OPERATORS: (BACKUP,)}, members={551: (MEMBER,)})
    said = asked(ticket, answering(rpc), (OPERATORS, USERS, GROUP))
    assert said.aliases == (AliasMembers(OPERATORS, 0, (MEMBER,)),)


def test_samr_is_not_opened_if_it_is_left_out(answering: Callable[..., int], ticket: Ticket) -> None:
    rpc = Rpc(holders={BACKUP: (OPERATORS,)}, members={551: (MEMBER,)}, pipes=("lsarpc",))
    where = ("vmstore-alice.tintri.com", "127.0.0.1")
    said = account_rights(ticket, *where, (BACKUP,), (), "", 5.0, answering(rpc), aliases_left_out="left out")
    assert (said.holders, said.aliases) == ((RightHolders(BACKUP, 0, (OPERATORS,)),), ())
    assert said.aliases_left_out == "left out"


def test_a_storage_that_hides_its_groups_says_so(answering: Callable[..., int], ticket: Ticket) -> None:
    for rpc in (
        Rpc(holders={BACKUP: (OPERATORS,)}, denies=("connect",)),
        Rpc(holders={BACKUP: (OPERATORS,)}, denies=("alias",)),
        Rpc(holders={BACKUP: (OPERATORS,)}, denies=("members",), members={551: ()}),
    ):
        assert asked(ticket, answering(rpc)).aliases == (AliasMembers(OPERATORS, DENIED),)
    without = Rpc(holders={BACKUP: (OPERATORS,)}, pipes=("lsarpc",))
    assert asked(ticket, answering(without)).aliases == (AliasMembers(OPERATORS, NOT_FOUND),)


@pytest.mark.parametrize(
    ("rpc", "step", "status"),
    [
        pytest.param(Rpc(pipes=()), "pipe lsarpc", NOT_FOUND, id="no-pipe"),
        pytest.param(Rpc(naks=True), "bind", 4, id="no-interface"),
        pytest.param(Rpc(fault=5), "LsarOpenPolicy2", DENIED, id="fault-access-denied"),
        pytest.param(Rpc(fault=0x1C010002), "LsarOpenPolicy2", 0x1C010002, id="no-such-call"),
        pytest.param(Rpc(denies=("open",)), "LsarOpenPolicy2", DENIED, id="policy-denied"),
    ],
)
def test_each_refusal_is_an_answer(
    answering: Callable[..., int], ticket: Ticket, rpc: Rpc, step: str, status: int
) -> None:
    assert asked(ticket, answering(rpc)) == RightsReply(step, status)


def test_a_refused_session_is_an_answer(answering: Callable[..., int], ticket: Ticket) -> None:
    assert asked(ticket, answering(Rpc(), setup=LOGON_FAILURE)) == RightsReply("SESSION_SETUP", LOGON_FAILURE)


def test_a_guest_is_not_asked_for_rights(answering: Callable[..., int], ticket: Ticket) -> None:
    with pytest.raises(NoAnswer, match="not signed"):
        asked(ticket, answering(Rpc(), flags=1))


def test_rubbish_in_the_pipe_is_malformed(answering: Callable[..., int], ticket: Ticket) -> None:
    with pytest.raises(NoAnswer) as none:
        asked(ticket, answering(Rpc(rubbish=True)))
    assert none.value.gap is Gap.MALFORMED


def test_without_a_ticket_nothing_is_asked() -> None:
    with pytest.raises(NoAnswer) as none:
        asked(None, 1)
    assert none.value.gap is Gap.NEEDS_OTHER
