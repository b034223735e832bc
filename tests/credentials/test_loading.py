"""From the site's secret sources to the wallet: what is read, what is lacking, what is a mistake."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.credentials import ccache, keytab
from krbcheck.credentials.binary import BadFile
from krbcheck.credentials.loading import Surroundings, wallet_of
from krbcheck.credentials.redaction import redacted
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import NoAnswer
from krbcheck.site.reading import SiteError
from krbcheck.site.stated import Domain, Principal, SecretKind, SecretSource, Site, Tenant

ALICE = "alice-hv01$@VMLEVEL.COM"


def counted(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def keytab_entry(principal: str, etype: int, kvno: int, key: bytes, *, wide: bool = False) -> bytes:
    name, _, realm = principal.rpartition("@")
    parts = name.split("/")
    body = struct.pack(">H", len(parts)) + counted(realm) + b"".join(counted(one) for one in parts)
    body += struct.pack(">IIB", 1, 1_700_000_000, kvno & 0xFF) + struct.pack(">HH", etype, len(key)) + key
    body += struct.pack(">I", kvno) if wide else b""
    return struct.pack(">i", len(body)) + body


def keytab_file(*entries: bytes) -> bytes:
    return b"\x05\x02" + b"".join(entries)


def long_counted(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def cached_name(principal: str) -> bytes:
    name, _, realm = principal.rpartition("@")
    parts = name.split("/")
    return struct.pack(">II", 1, len(parts)) + b"".join(long_counted(one.encode()) for one in (realm, *parts))


TICKET = bytes.fromhex("611a 3018 a003020105 a1041b02 5658 a2023000 a307 3005a003020112".replace(" ", ""))
"""A Ticket of realm VX, sealed with encryption type 18, without a key version."""


def cache_file(owner: str, *services: str) -> bytes:
    data = b"\x05\x04\x00\x00" + cached_name(owner)
    for service in services:
        data += cached_name(owner) + cached_name(service) + struct.pack(">H", 18) + long_counted(b"K" * 32)
        data += struct.pack(">IIIIBIII", 1_700_000_000, 0, 1_700_036_000, 0, 0, 0x40E10000, 0, 0)
        data += long_counted(TICKET) + long_counted(b"")
    return data


def site(source: SecretSource, domain_secret: SecretSource | None = None) -> Site:
    tenants = (
        Tenant("alice", ("10.0.1.0/24",), principals=(Principal(ALICE, source),)),
        Tenant("bob", ("10.0.2.0/24",), principals=(Principal("bob$@VMLEVEL.COM", source),)),
    )
    return Site("site.yaml", (Domain("vmlevel.com", "reader@VMLEVEL.COM", domain_secret),), (), tenants)


AT_ALICE = ThisHost("host", {"alice": SourceAddress("alice", "10.0.1.9"), "bob": SourceAddress("bob", "", "no leg")})


class Told:
    """Surroundings that write down what was warned of and asked for."""

    def __init__(self, typed: str | None = None, **environ: str) -> None:
        self.warnings: list[str] = []
        self.prompts: list[str] = []
        self.typed = typed
        prompt = self.ask if typed is not None else None
        self.around = Surroundings("site.yaml", environ, prompt, self.warnings.append)

    def ask(self, words: str) -> str:
        self.prompts.append(words)
        if not self.typed:
            raise EOFError
        return self.typed


def opened(stated: Site, told: Told) -> Wallet:
    return wallet_of(stated, AT_ALICE.tenants(stated), told.around)


def wallet(source: SecretSource, told: Told | None = None) -> Wallet:
    return opened(site(source), told or Told())


def test_a_password_comes_from_the_environment() -> None:
    held = wallet(SecretSource(SecretKind.ENV, "PW", 9), Told(PW="s3cret"))
    password = held.credential(ALICE).password
    assert password is not None
    assert password.reveal() == b"s3cret"
    assert "s3cret" not in repr(held)


@pytest.mark.parametrize("environ", [{}, {"PW": ""}])
def test_a_variable_that_is_not_set_is_lacking_and_no_mistake(environ: dict[str, str]) -> None:
    held = wallet(SecretSource(SecretKind.ENV, "PW", 9), Told(**environ))
    with pytest.raises(NoAnswer, match="environment variable PW is"):
        held.credential(ALICE)


def test_only_what_is_needed_from_here_is_read() -> None:
    told = Told(typed="x")
    held = wallet(SecretSource(SecretKind.PROMPT), told)
    assert told.prompts == [f"Password of {ALICE}: "]
    assert set(held.credentials) == {ALICE}


def test_the_accounts_of_domains_are_always_needed() -> None:
    prompt = SecretSource(SecretKind.PROMPT)
    held = opened(site(prompt, SecretSource(SecretKind.ENV, "READER")), Told(READER="x", typed="y"))
    assert set(held.credentials) == {"reader@VMLEVEL.COM", ALICE}


@pytest.mark.parametrize(("typed", "why"), [(None, "there is none"), ("", "no password of")])
def test_nobody_to_ask_is_lacking(typed: str | None, why: str) -> None:
    with pytest.raises(NoAnswer, match=why):
        wallet(SecretSource(SecretKind.PROMPT), Told(typed)).credential(ALICE)


@pytest.mark.parametrize("content", [b"pw", b"pw\n", b"pw\r\n"])
def test_a_password_file_loses_one_newline(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pw"
    path.write_bytes(content)
    path.chmod(0o600)
    told = Told()
    password = wallet(SecretSource(SecretKind.FILE, str(path), 7), told).credential(ALICE).password
    assert password is not None
    assert password.reveal() == b"pw"
    assert told.warnings == []


def test_a_file_that_everybody_can_read_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "pw"
    path.write_bytes(b"pw\n")
    path.chmod(0o644)
    told = Told()
    wallet(SecretSource(SecretKind.FILE, str(path), 7), told)
    assert told.warnings == [f"site.yaml:7: everybody on this host can read {path}: chmod 600 {path}"]


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("keytab", None, "No such file"),
        ("keytab", b"", "not a keytab"),
        ("keytab", b"\x05\x02\x00\x00\xff\xff12", "cut off"),
        ("keytab", keytab_file(), "holds no key of alice-hv01$@VMLEVEL.COM; it holds nothing"),
        ("keytab", keytab_file(keytab_entry("BOB$@VMLEVEL.COM", 18, 1, b"k" * 32)), "it holds BOB$@VMLEVEL.COM"),
        ("ccache", b"rubbish", "not a credential cache"),
        ("ccache", cache_file("bob@VMLEVEL.COM", "krbtgt/V@V"), "it holds those of bob@VMLEVEL.COM"),
        ("ccache", cache_file(ALICE), "it holds no ticket; get one with kinit"),
        ("file", b"\n", "it is empty"),
        ("file", None, "No such file"),
    ],
)
def test_a_file_that_does_not_serve_is_one_line_with_its_place(
    tmp_path: Path, kind: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SiteError) as caught:
        wallet(SecretSource(SecretKind(kind), str(path), 42))
    said = str(caught.value)
    assert said.startswith(f"site.yaml:42: the {kind} of {ALICE}, {path}: ")
    assert words in said
    assert ";" in said
    assert said.isprintable()


def test_an_unreadable_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="it cannot be read: Is a directory; name a keytab"):
        wallet(SecretSource(SecretKind.KEYTAB, str(tmp_path), 42))


def test_a_keytab_gives_the_newest_key_of_each_type_and_ignores_letter_case(tmp_path: Path) -> None:
    path = tmp_path / "keytab"
    entries = [
        keytab_entry("ALICE-HV01$@VMLEVEL.COM", 23, 4, b"r" * 16),
        keytab_entry("ALICE-HV01$@VMLEVEL.COM", 18, 4, b"o" * 32),
        struct.pack(">i", -7) + b"deleted",
        keytab_entry("ALICE-HV01$@VMLEVEL.COM", 18, 300, b"n" * 32, wide=True),
        keytab_entry("host/other@VMLEVEL.COM", 17, 301, b"x" * 16),
    ]
    path.write_bytes(keytab_file(*entries))
    keys = wallet(SecretSource(SecretKind.KEYTAB, str(path), 1)).credential(ALICE).keys
    assert [(one.etype, one.kvno, one.key.reveal()) for one in keys] == [(18, 300, b"n" * 32), (23, 4, b"r" * 16)]


def test_a_cache_gives_its_tickets(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    config = "krb5_ccache_conf_data/pa_type@X-CACHECONF:"
    path.write_bytes(
        cache_file("ALICE-HV01$@VMLEVEL.COM", config, "krbtgt/VMLEVEL.COM@VMLEVEL.COM", "cifs/nas@TINTRI.COM")
    )
    tickets = wallet(SecretSource(SecretKind.CCACHE, str(path), 1)).credential(ALICE).tickets
    assert [one.service for one in tickets] == ["krbtgt/VMLEVEL.COM", "cifs/nas"]
    one = tickets[0]
    assert (one.client, one.client_realm, one.realm) == ("ALICE-HV01$@VMLEVEL.COM", "VMLEVEL.COM", "VX")
    assert (one.etype, one.session_etype, one.kvno, one.flags) == (18, 18, None, 0x40E10000)
    assert (one.starttime, one.renew_till) == (one.authtime, None)
    assert (one.session_key.reveal(), one.der.reveal()) == (b"K" * 32, TICKET)


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x05\x02", b"\x05\x03", b"\x05\x04\x00\x00"]))
def test_rubbish_is_refused_and_nothing_else_happens(rubbish: bytes, head: bytes) -> None:
    assert len(refusal(keytab.entries, head + rubbish)) < 100
    assert len(refusal(ccache.tickets, head + rubbish)) < 100


def refusal(read: Callable[[bytes], object], data: bytes) -> str:
    try:
        read(data)
    except BadFile as bad:
        return str(bad)
    return ""


def test_a_crash_is_told_without_the_secrets_of_the_wallet(tmp_path: Path) -> None:
    path = tmp_path / "keytab"
    key = bytes(range(200, 232))
    path.write_bytes(keytab_file(keytab_entry(ALICE, 18, 1, key)))
    both = site(SecretSource(SecretKind.KEYTAB, str(path)), SecretSource(SecretKind.ENV, "READER"))
    held = opened(both, Told(READER="hunter2hunter2"))
    crash = f"ValueError: {key!r} {key.hex()} hunter2hunter2 aHVudGVyMmh1bnRlcjI= at line 3"
    assert redacted(crash, held) == "ValueError: b'***' *** *** ***= at line 3"
