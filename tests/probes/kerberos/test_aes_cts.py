"""AES-CTS in one call of the cipher: the vectors of RFC 3962, and the same as impacket's, both ways."""

from __future__ import annotations

import secrets
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from impacket.krb5 import crypto

from krbcheck.probes.kerberos.aes_cts import Key, SealingKey, WrongChecksum, checksum, n_fold

USAGE = 24
CHICKEN = bytes.fromhex("636869636b656e207465726979616b69")
PLAIN = b"I would like the General Gau's Chicken, please, and wonton soup."
VECTORS = [
    (17, "c6353568f2bf8cb4d8a580362da7ff7f97"),
    (31, "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5"),
    (32, "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584"),
    (47, "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5"),
    (48, "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd839312523a78662d5be7fcbcc98ebf5a8"),
    (
        64,
        "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a8"
        "4807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8",
    ),
]
"""RFC 3962 appendix B: how much of PLAIN, and what it is encrypted."""


@pytest.mark.parametrize(("size", "encrypted"), VECTORS)
def test_the_vectors_of_rfc_3962(size: int, encrypted: str) -> None:
    key = SealingKey(crypto.Key(17, bytes(16)), USAGE)
    key._cipher_key = CHICKEN
    assert key._encrypted(PLAIN[:size]).hex() == encrypted
    assert key._decrypted(bytes.fromhex(encrypted)) == PLAIN[:size]


def pair(etype: int) -> tuple[crypto.Key, SealingKey]:
    key = crypto.Key(etype, secrets.token_bytes({17: 16, 18: 32}[etype]))
    return key, SealingKey(key, USAGE)


@pytest.mark.parametrize("etype", [17, 18])
@given(plain=st.binary(max_size=200))
def test_impacket_opens_what_is_sealed_here_and_the_other_way_round(etype: int, plain: bytes) -> None:
    key, ours = pair(etype)
    assert crypto.decrypt(key, USAGE, ours.seal(plain)) == plain
    assert ours.unseal(crypto.encrypt(key, USAGE, plain, secrets.token_bytes(16))) == plain


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 33, 100_000])
def test_what_is_sealed_is_opened_at_every_edge_of_a_block(size: int) -> None:
    _, ours = pair(18)
    plain = secrets.token_bytes(size)
    assert ours.unseal(ours.seal(plain)) == plain


def test_the_same_text_is_never_sealed_twice_alike() -> None:
    _, ours = pair(18)
    assert ours.seal(b"text") != ours.seal(b"text")


@given(sealed=st.binary(max_size=100))
def test_what_was_not_made_with_the_key_is_refused(sealed: bytes) -> None:
    _, ours = pair(18)
    with pytest.raises(WrongChecksum):
        ours.unseal(sealed)


@given(position=st.integers(0, 71), bit=st.integers(0, 7))
def test_a_changed_bit_is_seen(position: int, bit: int) -> None:
    _, ours = pair(17)
    sealed = bytearray(ours.seal(b"forty-four bytes of text that nobody changes"))
    assert len(sealed) == 72
    sealed[position] ^= 1 << bit
    with pytest.raises(WrongChecksum):
        ours.unseal(bytes(sealed))


def test_another_usage_has_other_keys() -> None:
    key, ours = pair(18)
    with pytest.raises(WrongChecksum):
        SealingKey(key, USAGE + 1).unseal(ours.seal(b"text"))


@pytest.mark.parametrize("etype", [17, 18])
@given(data=st.binary(max_size=300), usage=st.integers(0, 1024))
def test_checksums_are_impackets(etype: int, data: bytes, usage: int) -> None:
    key = crypto.Key(etype, bytes(range({17: 16, 18: 32}[etype])))
    assert checksum(key, usage, data) == crypto.make_checksum({17: 15, 18: 16}[etype], key, usage, data)


@pytest.mark.parametrize(
    ("text", "size", "folded"),
    [
        (b"012345", 8, "be072631276b1955"),
        (b"password", 7, "78a07b6caf85fa"),
        (b"Rough Consensus, and Running Code", 8, "bb6ed30870b7f0e0"),
        (b"password", 21, "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e"),
        (b"MASSACHVSETTS INSTITVTE OF TECHNOLOGY", 24, "db3b0d8f0b061e603282b308a50841229ad798fab9540c1b"),
        (b"Q", 21, "518a54a2 15a8452a 518a54a2 15a8452a 518a54a2 15"),
        (b"ba", 21, "fb25d531 ae897449 9f52fd92 ea9857c4 ba24cf29 7e"),
        (b"kerberos", 8, "6b65726265726f73"),
        (b"kerberos", 16, "6b65726265726f737b9b5b2b93132b93"),
        (b"kerberos", 21, "8372c236344e5f1550cd0747e15d62ca7a5a3bcea4"),
        (b"kerberos", 32, "6b65726265726f737b9b5b2b93132b935c9bdcdad95c9899c4cae4dee6d6cae4"),
    ],
)
def test_the_vectors_of_n_fold(text: bytes, size: int, folded: str) -> None:
    """RFC 3961 A.1."""
    assert n_fold(text, size) == bytes.fromhex(folded)


def test_a_key_is_not_shown() -> None:
    assert repr(Key(18, b"secret")) == "Key(enctype=18)"


def test_the_ciphers_are_loaded_before_any_thread_can_load_them() -> None:
    """Two threads that loaded them at once ended a run with an ImportError, in one of some hundred runs."""
    name = "cryptography.hazmat.primitives.ciphers.base"
    loaded = f"import sys, krbcheck.probes.kerberos.exchanges; print('{name}' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
