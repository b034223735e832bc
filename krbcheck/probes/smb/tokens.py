"""The token exchanges of SESSION_SETUP: Kerberos with a service ticket, and NTLM without any account."""

from __future__ import annotations

import secrets
import struct

from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import Unproved
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.kerberos.gss import GssInitiator, GssRefused, NotFromKeyHolder

SIGNATURE = b"NTLMSSP\x00"
NTLM_FLAGS = 0x20000000 | 0x80000 | 0x8000 | 0x200 | 0x4 | 0x1
"""128-bit, extended session security, always sign, NTLM, target, Unicode (MS-NLMP 2.2.2.5)."""
NTLM_ANONYMOUS = 0x800
AUTHENTICATE_BYTES = 64


class KerberosTokens:
    """Offers Kerberos alone. `mech` is the server's choice, `krb_error` its KRB-ERROR, if it sent one.

    `unproved` is None after the server's AP-REP is verified: then both sides have the session key.
    """

    def __init__(self, ticket: Ticket) -> None:
        self.context = GssInitiator(ticket)
        self.mech = ""
        self.krb_error: int | None = None
        self.unproved: Unproved | None = Unproved.NO_AP_REP

    def first(self) -> bytes:
        return spnego.neg_token_init(spnego.KERBEROS, self.context.token())

    def following(self, token: bytes) -> bytes:
        """Returns an empty token: there is no second one. A server that requires it selects another mechanism, or sends
        a KRB-ERROR.
        """
        if not token:
            return b""
        said = spnego.read_resp(token)
        self.mech = said.mech or self.mech
        if said.token and self.mech != spnego.NTLM:
            try:
                self.context.accept(said.token)
                self.unproved = None
            except GssRefused as refused:
                self.krb_error = refused.code
            except NotFromKeyHolder:
                self.unproved = Unproved.WRONG_AP_REP
        return b""

    @property
    def session_key(self) -> bytes:
        return self.context.session_key


class NtlmTokens:
    """NTLMSSP (MS-NLMP) without a user, or as a user whose name and response are random.

    Such a response is accepted only by a server that maps unknown users to Guest, or requires no password. There is no
    session key, so such a session is never signed.
    """

    mech = spnego.NTLM
    krb_error: int | None = None
    session_key = b""
    unproved: Unproved | None = Unproved.NO_AP_REP

    def __init__(self, *, anonymous: bool) -> None:
        self.user = "" if anonymous else f"krbcheck-{secrets.token_hex(6)}"
        self.answered = False

    def first(self) -> bytes:
        hello = SIGNATURE + struct.pack("<II", 1, NTLM_FLAGS) + bytes(16)
        return spnego.neg_token_init(spnego.NTLM, hello)

    def following(self, token: bytes) -> bytes:
        if self.answered or not token:
            return b""
        self.answered = True
        info = _target_info(spnego.read_resp(token).token)
        if self.user:
            blob = b"\x01\x01" + bytes(14) + secrets.token_bytes(8) + bytes(4) + info + bytes(4)
            parts = (bytes(24), secrets.token_bytes(16) + blob, b"", self.user.encode("utf-16-le"), b"", b"")
            flags = NTLM_FLAGS
        else:
            parts = (b"\x00", b"", b"", b"", b"", b"")
            flags = NTLM_FLAGS | NTLM_ANONYMOUS
        return spnego.neg_token_resp(_authenticate(parts, flags))


def _target_info(challenge: bytes) -> bytes:
    """Returns the AV_PAIRs of a CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2)."""
    if challenge[:8] != SIGNATURE or len(challenge) < 48 or challenge[8:12] != b"\x02\x00\x00\x00":
        raise NoAnswer(Gap.MALFORMED, "the answer is not an NTLM challenge")
    size, _, start = struct.unpack_from("<HHI", challenge, 40)
    return challenge[start : start + size]


def _authenticate(parts: tuple[bytes, ...], flags: int) -> bytes:
    """Returns an AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3): LM and NT response, domain, user, workstation, session key."""
    fields, payload = b"", b""
    for part in parts:
        fields += struct.pack("<HHI", len(part), len(part), AUTHENTICATE_BYTES + len(payload))
        payload += part
    return SIGNATURE + struct.pack("<I", 3) + fields + struct.pack("<I", flags) + payload
