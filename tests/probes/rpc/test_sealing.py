"""The last message of a sealed RPC bind: its contexts are those that it states, and its token has a mechListMIC."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import pytest

from krbcheck.probes.kerberos import spnego
from krbcheck.probes.rpc import sealing
from krbcheck.probes.rpc.sealing import after_bind, third_leg
from krbcheck.windows import der

INTERFACE = ("a8e0653c-2744-4389-a61d-7373df8b2292", "1.0")
AP_REP = b"the last AP-REP"


@dataclass
class Client:
    """The two members of the library's client that matter."""

    _DCERPC_v5__sessionKey: Any
    _DCERPC_v5__sequence: int = 0


def client(enctype: int, size: int) -> Client:
    from impacket.krb5.crypto import Key

    return Client(Key(enctype, bytes(range(size))))


def alter_context(kind: int = sealing.ALTER_CONTEXT) -> bytes:
    """As the library makes it: it packs the contexts of the bind for a second time."""
    from impacket.dcerpc.v5.rpcrt import SEC_TRAILER, CtxItem, MSRPCBind, MSRPCHeader
    from impacket.uuid import uuidtup_to_bin

    item = CtxItem()
    item["TransItems"] = 1
    item["AbstractSyntax"] = uuidtup_to_bin(INTERFACE)
    item["TransferSyntax"] = uuidtup_to_bin(("8a885d04-1ceb-11c9-9fe8-08002b104860", "2.0"))
    bind = MSRPCBind()
    bind.addCtxItem(item)
    bind.getData()
    packet = MSRPCHeader()
    packet["type"] = kind
    packet["pduData"] = bind.getData()
    packet["sec_trailer"] = SEC_TRAILER()
    packet["auth_data"] = spnego.neg_token_resp(AP_REP)
    return bytes(packet.get_packet())


@pytest.mark.parametrize(("enctype", "size", "checksum"), [(17, 16, 15), (18, 32, 16)])
def test_the_token_has_a_mic_over_the_mechanisms(enctype: int, size: int, checksum: int) -> None:
    from impacket.krb5.crypto import verify_checksum

    known = client(enctype, size)
    fragment = third_leg(alter_context(), known)
    frag_length, auth_length = struct.unpack_from("<HH", fragment, 8)
    assert frag_length == len(fragment)
    token = fragment[-auth_length:]
    assert spnego.read_resp(token).token == AP_REP
    mic = der.inner(der.member(der.inner(der.inner(token, 0xA1), der.SEQUENCE), 0xA3), 0x04)
    # RFC 4121 4.2.6.1: TOK_ID 04 04, flags AcceptorSubkey, filler, sequence number 0; then the checksum with usage 25.
    assert mic[:16] == bytes.fromhex("0404 04 ffffffffff 0000000000000000")
    mechanisms = bytes.fromhex("300b 0609 2a864882f712010202")  # MechTypeList with 1.2.840.48018.1.2.2
    verify_checksum(checksum, known._DCERPC_v5__sessionKey, 25, mechanisms + mic[:16], mic[16:])


def test_the_contexts_are_sent_once() -> None:
    sent = alter_context()
    fragment = third_leg(sent, client(18, 32))
    auth_length = struct.unpack_from("<H", fragment, 10)[0]
    assert len(fragment) - auth_length == 28 + 44 + 8, "header, one context, security trailer"
    assert fragment[12:72] == sent[12:72]


def test_a_key_of_rc4_needs_no_mic() -> None:
    known = client(23, 16)
    assert third_leg(alter_context(), known).endswith(spnego.neg_token_resp(AP_REP))
    after_bind(known)
    assert known._DCERPC_v5__sequence == 0


def test_other_fragments_are_sent_as_they_are() -> None:
    known = client(18, 32)
    for fragment in (alter_context(kind=11), b"", b"\x05\x00\x0e"):
        assert third_leg(fragment, known) == fragment


def test_the_mic_counts_as_a_message() -> None:
    known = client(18, 32)
    after_bind(known)
    assert known._DCERPC_v5__sequence == 1
