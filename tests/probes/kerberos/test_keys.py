"""Keys of passwords: the vectors of RFC 3962, impacket's for RC4, and each derived once."""

from __future__ import annotations

import pytest
from impacket.krb5 import crypto

from krbcheck.credentials.wallet import Credential, KeytabKey, Secret, Wallet
from krbcheck.facts.observation import Gap, NoAnswer
from krbcheck.probes.kerberos.keys import AES128, AES256, MOST_ITERATIONS, RC4, key_for, string_to_key
from krbcheck.site.stated import SecretKind, SecretSource

ATHENA = b"ATHENA.MIT.EDUraeburn"
RFC_3962 = [
    (1, b"password", ATHENA, "42263c6e89f4fc28b8df68ee09799f15",
     "fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161"),
    (2, b"password", ATHENA, "c651bf29e2300ac27fa469d693bdda13",
     "a2e16d16b36069c135d5e9d2e25f896102685618b95914b467c67622225824ff"),
    (1200, b"password", ATHENA, "4c01cd46d632d01e6dbe230a01ed642a",
     "55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a"),
    (5, b"password", bytes.fromhex("1234567878563412"), "e9b23d52273747dd5c35cb55be619d8e",
     "97a4e786be20d81a382d5ebc96d5909cabcdadc87ca48f574504159f16c36e31"),
    (1200, b"X" * 64, b"pass phrase equals block size", "59d1bb789a828b1aa54ef9c2883f69ed",
     "89adee3608db8bc71f1bfbfe459486b05618b70cbae22092534e56c553ba4b34"),
    (1200, b"X" * 65, b"pass phrase exceeds block size", "cb8005dc5f90179a7f02104c0018751d",
     "d78c5c9cb872a8c9dad4697f0bb5b2d21496c82beb2caeda2112fceea057401b"),
    (50, "\U0001d11e".encode(), b"EXAMPLE.COMpianist", "f149c1f2e154a73452d43e7fe62a56e5",
     "4b6d9839f84406df1f09cc166db4b83c571848b784a3d6bdc346589a3e393f9e"),
]  # fmt: skip


@pytest.mark.parametrize(("count", "password", "salt", "short", "long"), RFC_3962)
def test_the_vectors_of_rfc_3962(count: int, password: bytes, salt: bytes, short: str, long: str) -> None:
    params = count.to_bytes(4, "big")
    assert string_to_key(AES128, password, salt, params).reveal().hex() == short
    assert string_to_key(AES256, password, salt, params).reveal().hex() == long


@pytest.mark.parametrize("etype", [AES256, RC4])
def test_the_default_is_what_impacket_derives(etype: int) -> None:
    password, salt = "Pä$$w0rd €", "VMLEVEL.COMkrbcheck"
    theirs = crypto.string_to_key(etype, password, salt).contents
    assert string_to_key(etype, password.encode(), salt.encode()).reveal() == theirs


@pytest.mark.parametrize("params", [bytes(4), (MOST_ITERATIONS + 1).to_bytes(4, "big"), b"\xff" * 400])
def test_a_kdc_that_wants_no_rounds_or_millions_is_malformed(params: bytes) -> None:
    with pytest.raises(NoAnswer) as raised:
        string_to_key(AES256, b"password", ATHENA, params)
    assert raised.value.gap is Gap.MALFORMED


def by_password(password: str) -> Credential:
    return Credential("a@R", SecretSource(SecretKind.ENV, "X"), password=Secret(password))


def test_a_key_is_derived_once_for_a_principal_and_salt() -> None:
    wallet = Wallet()
    first = key_for(wallet, by_password("one"), [(AES256, b"salt", b"")])
    again = key_for(wallet, by_password("two"), [(AES256, b"salt", b"")])
    other = key_for(wallet, by_password("two"), [(AES256, b"other", b"")])
    assert first is not None
    assert again == first, "taken from the wallet, not derived from the other password"
    assert other not in (None, first)


def test_the_first_offer_that_the_credential_can_serve_is_taken() -> None:
    keytab = Credential("a@R", SecretSource(SecretKind.KEYTAB), keys=(KeytabKey(AES128, 1, Secret(bytes(16))),))
    offers = [(AES256, b"", b""), (AES128, b"", b""), (RC4, b"", b"")]
    assert [
        key.enctype for credential in (keytab, by_password("x")) if (key := key_for(Wallet(), credential, offers))
    ] == [
        AES128,
        AES256,
    ]
    assert key_for(Wallet(), by_password("x"), [(3, b"", b"")]) is None, "DES is not offered"
    assert key_for(Wallet(), keytab, [(AES256, b"", b"")]) is None
