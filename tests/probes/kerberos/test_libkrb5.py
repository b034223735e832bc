"""What is read out of libkrb5's token, and what it says where there is no ticket."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from krbcheck.credentials import ccache
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
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


PRINCIPAL = "a@R.INVALID"


def holding(*tickets: Ticket) -> Wallet:
    """A wallet with a password that libkrb5 does not get, and these tickets."""
    credential = Credential(PRINCIPAL, SecretSource(SecretKind.ENV, "SECRET"), password=Secret("x"))
    return Wallet({PRINCIPAL: credential}, tickets={(PRINCIPAL, each.service.lower(), ""): each for each in tickets})


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes((tag, len(body))) + body


def der() -> bytes:
    """A Ticket (RFC 4120 5.3) for krbtgt/R.INVALID, with a cipher that nobody can open."""
    names = tlv(0x30, *(tlv(0x1B, part) for part in (b"krbtgt", b"R.INVALID")))
    service = tlv(0x30, tlv(0xA0, b"\x02\x01\x02"), tlv(0xA1, names))
    sealed = tlv(0x30, tlv(0xA0, b"\x02\x01\x12"), tlv(0xA2, tlv(0x04, bytes(32))))
    parts = (b"\x02\x01\x05", tlv(0x1B, b"R.INVALID"), service, sealed)
    return tlv(0x61, tlv(0x30, *(tlv(0xA0 + number, part) for number, part in enumerate(parts))))


def tgt() -> Ticket:
    now = datetime.now(UTC)
    return Ticket(
        PRINCIPAL, "krbtgt/R.INVALID", "R.INVALID", Secret(der()), Secret(b"K" * 32), 18, 18, None, 0x40E10000,
        now, now, now + timedelta(hours=1), None, "R.INVALID",
    )  # fmt: skip


def test_what_the_library_says_is_an_answer() -> None:
    """It has a TGT and looks for a KDC that issues the service ticket."""
    answer = libkrb5.service_ticket(holding(tgt()), PRINCIPAL, "cifs/nothing.invalid")
    assert not answer.ok
    assert answer.code
    assert answer.summary() == answer.message
    assert "KDC" in answer.message
    assert "R.INVALID" in answer.message


def test_the_library_gets_a_tgt_and_never_the_credential() -> None:
    """Its own AS exchange could use RC4, as krb5.conf allows it."""
    with pytest.raises(NO_ANSWERS, match=r"no TGT of a@R\.INVALID") as raised:
        libkrb5.service_ticket(holding(), PRINCIPAL, "cifs/nothing.invalid")
    assert gap_of(raised.value) is Gap.NEEDS_OTHER
    source = Path(libkrb5.__file__).read_text()
    assert "password" not in source.replace("not the password", "")
    assert "keytab" not in source.replace("or keytab:", "")


def test_the_cache_of_the_library_is_in_memory_and_ends_with_the_query() -> None:
    with libkrb5.cache_of(tgt()) as name:
        path = Path(name.removeprefix("FILE:"))
        assert "memfd:krbcheck" in str(path.readlink())
        assert [held.service for held in ccache.tickets(path.read_bytes())[1]] == ["krbtgt/R.INVALID"]
    assert not path.exists()


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
    libraries = "ldap3.protocol.sasl.sasl, impacket.dcerpc.v5.rpcrt"
    script = f"import sys; sys.modules['gssapi'] = sys.modules['krb5'] = None; import {libraries}"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
