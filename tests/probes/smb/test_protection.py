"""Signatures and encryption: what Samba made in the lab, and every algorithm beside another implementation."""

from __future__ import annotations

import struct

import pytest
from cryptography.exceptions import InvalidTag

from krbcheck.facts.observation import Gap
from krbcheck.probes.smb.protection import NotSigned, Protection, Sealing, signer
from tests.support.smb_captured import CREATE, HEADER, SIGNED, Header, chosen, smb_conversation
from tests.support.smb_keys import AES_128_CCM, AES_128_GCM, AES_256_CCM, AES_256_GCM, SmbKeys

KEY, HASHED = bytes(range(32)), bytes(range(64))
SESSION, NUMBER = 0x1122334455667788, 5
BODY = b"a body of no meaning" * 3
HMAC, CMAC, GMAC = 0, 1, 2
SIGNED_CONVERSATIONS = (
    "session",
    "listing",
    "access-lists",
    "rights",
    "policy-files",
    "clear-session",
    "session-smb-2",
)
SEALED_CONVERSATIONS = ("session-sealed", "listing-sealed", "session-smb-3")
SIGNINGS = pytest.mark.parametrize(
    ("dialect", "algorithm"),
    [(0x0202, None), (0x0210, None), (0x0300, None), (0x0302, None), (0x0302, HMAC), (0x0311, None), (0x0311, HMAC),
     (0x0311, CMAC), (0x0311, GMAC)],
)  # fmt: skip
CIPHERS = pytest.mark.parametrize(
    ("dialect", "cipher"),
    [(0x0300, None), (0x0302, None), (0x0302, AES_128_GCM), (0x0311, AES_128_CCM), (0x0311, AES_128_GCM),
     (0x0311, AES_256_CCM), (0x0311, AES_256_GCM)],
)  # fmt: skip


def message(number: int = NUMBER, flags: int = SIGNED | 1) -> bytes:
    return (
        struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, 0, CREATE, 1, flags, 0, number, 0, 1, SESSION, b"") + BODY
    )


def keys(dialect: int, algorithm: int | None, cipher: int | None) -> SmbKeys:
    return SmbKeys(dialect, CMAC if algorithm is None else algorithm, cipher or AES_128_CCM, KEY, HASHED)


def protection(dialect: int, algorithm: int | None, made: SmbKeys) -> Protection:
    return Protection(signer(dialect, algorithm, made.signing), None, seals=False)


@pytest.mark.parametrize("name", SIGNED_CONVERSATIONS)
def test_what_samba_signed_is_signed(name: str) -> None:
    taken = smb_conversation(name)
    dialect, algorithm, _ = chosen(taken.negotiated)
    mine = Protection(signer(dialect, algorithm, taken.keys.signing), None, seals=False)
    assert len(taken.plain) > 2
    assert [mine.genuine(part) for part in taken.plain] == [True] * len(taken.plain)
    changed = [part[:-1] + bytes((part[-1] ^ 1,)) for part in taken.plain]
    assert [mine.genuine(part) for part in changed] == [False] * len(changed)


@pytest.mark.parametrize("name", SEALED_CONVERSATIONS)
def test_what_samba_sealed_opens(name: str) -> None:
    taken = smb_conversation(name)
    dialect, _, cipher = chosen(taken.negotiated)
    session = Header.of(taken.set_up).session
    mine = Sealing(dialect, cipher or None, session, taken.keys.to_server, taken.keys.to_client)
    replies = [framed for framed in taken.sealed if opened_by(taken.keys, framed)]
    assert replies
    assert [mine.unseal(framed) for framed in replies] == [
        taken.keys.unseal(reply, from_server=True) for reply in replies
    ]
    other = Sealing(dialect, cipher or None, session + 1, taken.keys.to_server, taken.keys.to_client)
    with pytest.raises(ValueError, match="another session"):
        other.unseal(replies[0])


def opened_by(made: SmbKeys, framed: bytes) -> bool:
    """Whether the server sealed it."""
    try:
        return bool(made.unseal(framed, from_server=True))
    except InvalidTag:
        return False


@SIGNINGS
@pytest.mark.parametrize("from_server", [False, True])
def test_each_algorithm_signs_as_another_implementation(dialect: int, algorithm: int | None, from_server: bool) -> None:
    made = keys(dialect, algorithm, None)
    mine = signer(dialect, algorithm, made.signing)
    assert mine(message(), NUMBER, int(from_server)) == made.signature(message(), from_server=from_server)


@CIPHERS
def test_each_cipher_seals_for_the_server_and_opens_what_it_sealed(dialect: int, cipher: int | None) -> None:
    made = keys(dialect, None, cipher)
    mine = Sealing(dialect, cipher, SESSION, made.to_server, made.to_client)
    framed = mine.seal(message())
    assert framed[44:52] == SESSION.to_bytes(8, "little")
    assert made.unseal(framed, from_server=False) == message()
    assert framed != mine.seal(message()), "a nonce is used once"
    assert mine.unseal(made.seal(message(), SESSION, bytes(range(12)))) == message()


def test_a_message_that_was_sealed_for_the_server_is_not_its_reply() -> None:
    made = keys(0x0311, GMAC, AES_128_GCM)
    mine = Sealing(0x0311, AES_128_GCM, SESSION, made.to_server, made.to_client)
    with pytest.raises(InvalidTag):
        mine.unseal(mine.seal(message()))


@pytest.mark.parametrize(
    "framed",
    [
        pytest.param(lambda whole: whole[:40], id="cut-in-the-header"),
        pytest.param(lambda whole: whole[:51], id="without-the-last-octet-of-the-header"),
        pytest.param(lambda whole: whole[:42] + b"\2" + whole[43:], id="another-algorithm"),
        pytest.param(lambda whole: whole[:44] + bytes(8) + whole[52:], id="another-session"),
    ],
)
def test_a_damaged_header_of_a_sealed_message_is_refused(framed: object) -> None:
    assert callable(framed)
    made = keys(0x0311, GMAC, AES_128_GCM)
    mine = Sealing(0x0311, AES_128_GCM, SESSION, made.to_server, made.to_client)
    with pytest.raises(ValueError, match="another session"):
        mine.unseal(framed(made.seal(message(), SESSION, bytes(12))))


def signed(made: SmbKeys, part: bytes) -> bytes:
    return part[:48] + made.signature(part, from_server=True) + part[HEADER:]


@SIGNINGS
def test_a_reply_counts_only_with_the_servers_signature(dialect: int, algorithm: int | None) -> None:
    made, strangers = keys(dialect, algorithm, None), SmbKeys(dialect, algorithm or CMAC, 1, bytes(32), HASHED)
    mine = protection(dialect, algorithm, made)
    mine.check(signed(made, message()), "here")
    for forged in (
        signed(strangers, message()),
        message(),
        signed(made, message())[:-1] + b"?",
        message()[:48] + made.signature(message(NUMBER + 1), from_server=True) + BODY,
    ):
        with pytest.raises(NotSigned, match="not signed with the session's key") as none:
            mine.check(forged, "here")
        assert none.value.gap is Gap.MALFORMED
    with pytest.raises(NotSigned, match="here sends a reply that is not signed"):
        mine.check(signed(made, message(flags=1)), "here")


def test_a_request_of_the_client_is_not_a_reply_of_the_server() -> None:
    """AES-GMAC has the side in its nonce (MS-SMB2 3.1.4.1): what we signed cannot be sent back to us."""
    made = keys(0x0311, GMAC, None)
    ours = message()[:48] + made.signature(message(), from_server=False) + BODY
    assert not protection(0x0311, GMAC, made).genuine(ours)


def test_a_signed_reply_in_clear_text_is_refused_in_an_encrypted_session() -> None:
    made = keys(0x0311, CMAC, AES_128_GCM)
    sealing = Sealing(0x0311, AES_128_GCM, SESSION, made.to_server, made.to_client)
    sealed = Protection(signer(0x0311, CMAC, made.signing), sealing, seals=True)
    with pytest.raises(NotSigned, match="clear text"):
        sealed.check(signed(made, message()), "here")
    Protection(sealed.signing, sealing, seals=False).check(signed(made, message()), "here")
    Protection(sealed.signing, None, seals=True).check(signed(made, message()), "here")


def test_without_keys_nothing_is_checked_and_nothing_is_genuine() -> None:
    nobody = Protection(None, None, seals=False)
    nobody.check(message(flags=1), "here")
    assert not nobody.genuine(message())
