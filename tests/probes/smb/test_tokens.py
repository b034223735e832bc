"""The token exchanges of SESSION_SETUP: what proves that the server holds the key, and what does not."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.facts.smb import Unproved
from krbcheck.probes.kerberos import spnego
from krbcheck.probes.smb.tokens import KerberosTokens, NtlmTokens
from krbcheck.windows import der
from tests.support.impostors import made_up_ap_rep
from tests.support.storage import SUBKEY, accept, framed_error, resp

CHALLENGE, AUTHENTICATE = 2, 3
ANONYMOUS = 0x800


def opened(ticket: Ticket) -> tuple[KerberosTokens, bytes]:
    """The client's side, and the answer of a server that holds the key."""
    tokens = KerberosTokens(ticket)
    return tokens, resp(0, spnego.KERBEROS, accept(tokens.first())[0])


def test_before_the_answer_nothing_is_proved(ticket: Ticket) -> None:
    tokens = KerberosTokens(ticket)
    assert (tokens.unproved, tokens.mech, tokens.krb_error) == (Unproved.NO_AP_REP, "", None)


def test_the_answer_of_the_key_holder_proves_it_and_gives_the_session_key(ticket: Ticket) -> None:
    tokens, answer = opened(ticket)
    assert tokens.following(answer) == b"", "there is no second token"
    assert (tokens.unproved, tokens.mech, tokens.session_key) == (None, spnego.KERBEROS, SUBKEY)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="no-token"),
        pytest.param(resp(0, spnego.KERBEROS, b""), id="empty-token"),
        pytest.param(resp(1, spnego.NTLM, b"NTLMSSP\0"), id="another-mechanism"),
    ],
)
def test_an_answer_without_an_ap_rep_proves_nothing(ticket: Ticket, answer: bytes) -> None:
    tokens = KerberosTokens(ticket)
    assert tokens.following(answer) == b""
    assert (tokens.unproved, tokens.krb_error) == (Unproved.NO_AP_REP, None)


def test_an_ap_rep_of_another_key_or_request_proves_nothing(ticket: Ticket) -> None:
    _, of_another_request = opened(ticket)
    stranger = replace(ticket, session_key=Secret(bytes(32)))
    for tokens, answer in (
        (KerberosTokens(ticket), resp(0, spnego.KERBEROS, made_up_ap_rep())),
        (KerberosTokens(ticket), of_another_request),
        (KerberosTokens(stranger), opened(ticket)[1]),
    ):
        tokens.following(answer)
        assert tokens.unproved is Unproved.WRONG_AP_REP


def test_a_krb_error_is_kept_with_the_mechanism(ticket: Ticket) -> None:
    tokens = KerberosTokens(ticket)
    tokens.following(resp(1, spnego.KERBEROS, framed_error(41)))
    assert (tokens.krb_error, tokens.mech, tokens.unproved) == (41, spnego.KERBEROS, Unproved.NO_AP_REP)


def test_a_mechanism_that_is_named_once_stays(ticket: Ticket) -> None:
    tokens = KerberosTokens(ticket)
    tokens.following(resp(1, spnego.NTLM, b""))
    tokens.following(der.context(1, der.sequence(der.context(0, der.tlv(0x0A, b"\1")))))
    assert tokens.mech == spnego.NTLM


def challenge(info: bytes = b"", kind: int = CHALLENGE, signature: bytes = b"NTLMSSP\0") -> bytes:
    """A CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2) in its SPNEGO frame."""
    message = signature + struct.pack("<I", kind) + bytes(28) + struct.pack("<HHI", len(info), len(info), 48) + info
    return resp(1, spnego.NTLM, message)


def fields(token: bytes) -> list[bytes]:
    """LM and NT response, domain, user, workstation and session key of an AUTHENTICATE_MESSAGE (2.2.1.3)."""
    message = der.inner(der.member(der.inner(der.inner(token, 0xA1), der.SEQUENCE), 0xA2), 0x04)
    assert message[:12] == b"NTLMSSP\0" + struct.pack("<I", AUTHENTICATE)
    places = [struct.unpack_from("<HHI", message, 12 + 8 * number) for number in range(6)]
    assert all(size == most for size, most, _ in places)
    return [message[start : start + size] for size, _, start in places] + [message[60:64]]


INFO = struct.pack("<HH", 2, 4) + b"T\0I\0" + bytes(4)


def test_an_anonymous_client_has_no_name_and_no_response() -> None:
    tokens = NtlmTokens(anonymous=True)
    lm, nt, domain, user, workstation, key, flags = fields(tokens.following(challenge(INFO)))
    assert (lm, nt, domain, user, workstation, key) == (b"\0", b"", b"", b"", b"", b"")
    assert int.from_bytes(flags, "little") & ANONYMOUS
    assert (tokens.session_key, tokens.unproved) == (b"", Unproved.NO_AP_REP)


def test_an_unknown_user_has_a_random_name_and_response_with_the_servers_names() -> None:
    tokens, other = NtlmTokens(anonymous=False), NtlmTokens(anonymous=False)
    _, response, domain, user, _, _, flags = fields(tokens.following(challenge(INFO)))
    assert user.decode("utf-16-le") == tokens.user
    assert tokens.user.startswith("krbcheck-")
    assert tokens.user != other.user
    assert (domain, INFO in response) == (b"", True)
    assert not int.from_bytes(flags, "little") & ANONYMOUS
    assert response != fields(other.following(challenge(INFO)))[1]


def test_one_challenge_is_answered_once() -> None:
    tokens = NtlmTokens(anonymous=True)
    assert tokens.following(b"") == b""
    assert tokens.following(challenge())
    assert tokens.following(challenge()) == b""


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(challenge(kind=1), id="another-message"),
        pytest.param(challenge(signature=b"NTLMSSP\1"), id="another-signature"),
        pytest.param(resp(1, spnego.NTLM, b"NTLMSSP\0" + struct.pack("<I", CHALLENGE) + bytes(35)), id="cut"),
    ],
)
def test_what_is_no_challenge_is_malformed(answer: bytes) -> None:
    with pytest.raises(NoAnswer, match="not an NTLM challenge") as none:
        NtlmTokens(anonymous=True).following(answer)
    assert none.value.gap is Gap.MALFORMED
