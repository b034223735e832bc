"""A recording's signature is by one key, over one digest."""

from __future__ import annotations

import base64

import pytest

from krbcheck.recording.signing import BadKey, is_signed, new_key, public_key, public_line, sign, trusted_keys

DIGEST = "0f" * 32


def test_only_the_key_that_signed_and_the_digest_that_was_signed_fit() -> None:
    key = new_key()
    made = sign(key, DIGEST)
    assert made.signer == public_key(key)
    assert is_signed(DIGEST, made.signer, made.signature)
    assert not is_signed("1f" * 32, made.signer, made.signature)
    assert not is_signed(DIGEST, public_key(new_key()), made.signature)
    assert not is_signed(DIGEST, made.signer, sign(new_key(), DIGEST).signature)


def test_the_signature_is_of_a_recording_and_no_other_text() -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = new_key()
    bare = load_pem_private_key(key, None).sign(DIGEST.encode())  # type: ignore[union-attr, call-arg]
    assert not is_signed(DIGEST, public_key(key), base64.b64encode(bare).decode())


@pytest.mark.parametrize("text", ["", "x", "AAAA", "\ud7ff", "=" * 88])
def test_hostile_signatures_do_not_fit(text: str) -> None:
    made = sign(new_key(), DIGEST)
    assert not is_signed(DIGEST, text, made.signature)
    assert not is_signed(DIGEST, made.signer, text)


def test_trusted_keys_are_lines_with_comments() -> None:
    entry, other = new_key(), new_key()
    text = f"# vantage points\n\n{public_line(entry, 'hv01 of alice')}  {public_line(other, '')}"
    assert trusted_keys(text) == {public_key(entry): "hv01 of alice", public_key(other): ""}


@pytest.mark.parametrize("text", ["", "# none\n", "ed25519 AAAA\n", "ssh-ed25519 AAAA host\n", "-----BEGIN\n"])
def test_a_file_without_public_keys_is_refused(text: str) -> None:
    with pytest.raises(BadKey, match="public key"):
        trusted_keys(text)


@pytest.mark.parametrize("pem", [b"", b"key", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_file_without_a_private_key_is_refused(pem: bytes) -> None:
    with pytest.raises(BadKey, match="no Ed25519 private key"):
        sign(pem, DIGEST)
