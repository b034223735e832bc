"""Completes what impacket sends to seal an RPC connection with Kerberos. Imported late, inside the functions of probes.

A sealed bind has three messages: bind, bind_ack, and an alter_context with the last token (MS-RPCE 3.3.1.5.2). The
library's alter_context has two faults, which Windows tolerates and Samba rejects as protocol errors: it contains the
presentation contexts twice, and its token has no mechListMIC, which the acceptor requires for AES (RFC 4178 5).
"""

from __future__ import annotations

import struct
from typing import Any

from krbcheck.probes.kerberos import spnego
from krbcheck.windows import der

ALTER_CONTEXT = 14
"""PTYPE (C706 12.6.4)."""
LENGTHS_AT, CONTEXT_COUNT_AT, CONTEXTS_AT, CONTEXT_BYTES, TRAILER_BYTES = 8, 24, 28, 44, 8
"""Where frag_length and auth_length are, the number of presentation contexts, and the first of them; the size of a
context with one transfer syntax (C706 12.6.3.1), and of the security trailer (MS-RPCE 2.2.2.11).
"""
AES = (17, 18)
INITIATOR_SIGN = 25
"""KG-USAGE-INITIATOR-SIGN (RFC 4121 2)."""
MIC_HEADER = b"\x04\x04\x04" + b"\xff" * 5
"""TOK_ID, flags (AcceptorSubkey) and filler of a MIC token (RFC 4121 4.2.6.1)."""
MECH_LIST = der.sequence(spnego.oid(spnego.MS_KERBEROS))
"""The mechanisms that the library offers, over which the MIC is made."""


def third_leg(fragment: bytes, client: Any) -> bytes:
    """Returns an alter_context as a server requires it; any other fragment as it is. `client` has the session key."""
    if len(fragment) <= CONTEXTS_AT or fragment[2] != ALTER_CONTEXT:
        return fragment
    (size,) = struct.unpack_from("<H", fragment, LENGTHS_AT + 2)
    end = CONTEXTS_AT + CONTEXT_BYTES * fragment[CONTEXT_COUNT_AT]
    start = len(fragment) - size
    token = _with_mic(fragment[start:], client._DCERPC_v5__sessionKey)
    whole = fragment[:end] + fragment[start - TRAILER_BYTES : start] + token
    lengths = struct.pack("<HH", len(whole), len(token))
    return whole[:LENGTHS_AT] + lengths + whole[LENGTHS_AT + 4 :]


def after_bind(client: Any) -> None:
    """Counts the MIC: the first sealed request has the sequence number 1."""
    if client._DCERPC_v5__sessionKey.enctype in AES:
        client._DCERPC_v5__sequence = 1


def _with_mic(token: bytes, key: Any) -> bytes:
    from impacket.krb5.crypto import make_checksum

    if key.enctype not in AES:
        return token
    header = MIC_HEADER + bytes(8)
    mic = header + make_checksum(CHECKSUMS[key.enctype], key, INITIATOR_SIGN, MECH_LIST + header)
    return spnego.neg_token_resp(spnego.read_resp(token).token, mic)


CHECKSUMS = {17: 15, 18: 16}
"""The checksum of each encryption type: hmac-sha1-96-aes128 and hmac-sha1-96-aes256 (RFC 3962 7)."""
