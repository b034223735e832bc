"""What is read out of libkrb5's token, and what it says where there is no ticket."""

from __future__ import annotations

import re
import subprocess
import sys
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
    assert said.summary() == said.message != ""


def test_a_host_without_gssapi_reports_so_and_nothing_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gssapi", None)
    source = SecretSource(SecretKind.ENV, "SECRET")
    held = Wallet({"a@R.INVALID": Credential("a@R.INVALID", source, password=Secret("x"))})
    with pytest.raises(NO_ANSWERS, match="gssapi is not installed on this host") as raised:
        libkrb5.service_ticket(held, "a@R.INVALID", "cifs/nothing.invalid")
    assert gap_of(raised.value) is Gap.NOT_HERE


def test_only_this_probe_needs_gssapi() -> None:
    """A host without it loses nothing else: LDAP and SMB authenticate with krbcheck's own GSS-API messages."""
    root = Path(__file__).resolve().parents[3]
    files = [file for folder in ("krbcheck", "checks") for file in (root / folder).rglob("*.py")]
    assert [file.name for file in files if re.search(r"\b(import|from) (gssapi|krb5)\b", file.read_text())] == [
        "libkrb5.py"
    ]
    libraries = "ldap3.protocol.sasl.sasl, smbprotocol.connection, smbprotocol.session, impacket.dcerpc.v5.rpcrt"
    script = f"import sys; sys.modules['gssapi'] = sys.modules['krb5'] = None; import {libraries}"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
