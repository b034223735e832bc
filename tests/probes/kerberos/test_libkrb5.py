"""What is read out of libkrb5's token, and what it says where there is no ticket."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.credentials.wallet import Credential, Secret, Wallet
from krbcheck.facts.observation import Gap
from krbcheck.probes.kerberos import libkrb5
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.gaps import NO_ANSWERS, gap_of


def test_the_realm_of_the_ticket_is_read_from_the_token(vectors: Path) -> None:
    token = (vectors / "kerberos-msg" / "gokrb5-testGSSAPIInit.bin").read_bytes()
    assert libkrb5.ticket_realm(token) == "TEST.GOKRB5"


@pytest.mark.parametrize("token", [b"", b"\x60\x03\x06\x01\x2a", b"\x01\x00\x6e\x82\xff\xff"])
def test_a_token_that_holds_no_ticket_is_malformed(token: bytes) -> None:
    with pytest.raises(NO_ANSWERS) as raised:
        libkrb5.ticket_realm(token)
    assert gap_of(raised.value) is Gap.MALFORMED


def test_without_a_secret_the_library_is_not_asked() -> None:
    with pytest.raises(NO_ANSWERS) as raised:
        libkrb5.service_ticket(Wallet(), "nobody@NOWHERE.INVALID", "cifs/nothing.invalid")
    assert gap_of(raised.value) is Gap.NO_CREDENTIALS


def test_what_the_library_says_is_an_answer(tmp_path: Path) -> None:
    source = SecretSource(SecretKind.CCACHE, str(tmp_path / "empty.ccache"))
    held = Wallet({"a@R.INVALID": Credential("a@R.INVALID", source, password=Secret("x"))})
    said = libkrb5.service_ticket(held, "a@R.INVALID", "cifs/nothing.invalid")
    assert not said.ok
    assert said.code
    assert said.told() == said.message != ""
