"""From the site's secret sources to the wallet: what is read, what is lacking, what is a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import NoAnswer
from krbcheck.site.reading import SiteError
from krbcheck.site.stated import Domain, SecretKind, SecretSource
from tests.support.credential_files import Told, cache_file, keytab_entry, keytab_file, opened, site, wallet

ALICE = "alice-hv01$@VMLEVEL.COM"


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
    reply = Told(typed="x")
    held = wallet(SecretSource(SecretKind.PROMPT), reply)
    assert reply.prompts == [f"Password for {ALICE}: "]
    assert set(held.credentials) == {ALICE}


def test_the_accounts_of_domains_are_always_needed() -> None:
    prompt = SecretSource(SecretKind.PROMPT)
    held = opened(site(prompt, SecretSource(SecretKind.ENV, "READER")), Told(READER="x", typed="y"))
    assert set(held.credentials) == {"reader@VMLEVEL.COM", ALICE}


@pytest.mark.parametrize(("domain", "allowed"), [("vmlevel.com", True), ("tintri.com", False)])
def test_rc4_is_allowed_for_the_accounts_of_the_domain_that_states_it(domain: str, allowed: bool) -> None:
    stated = replace(site(SecretSource(SecretKind.PROMPT)), domains=(Domain(domain, rc4=True),))
    assert opened(stated, Told(typed="y")).credential(ALICE).rc4 is allowed


@pytest.mark.parametrize(("typed", "why"), [(None, "no terminal is available"), ("", "no password for")])
def test_nobody_to_ask_is_lacking(typed: str | None, why: str) -> None:
    with pytest.raises(NoAnswer, match=why):
        wallet(SecretSource(SecretKind.PROMPT), Told(typed)).credential(ALICE)


@pytest.mark.parametrize("content", [b"pw", b"pw\n", b"pw\r\n"])
def test_a_password_file_loses_one_newline(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pw"
    path.write_bytes(content)
    path.chmod(0o600)
    reply = Told()
    password = wallet(SecretSource(SecretKind.FILE, str(path), 7), reply).credential(ALICE).password
    assert password is not None
    assert password.reveal() == b"pw"
    assert reply.warnings == []


def test_a_file_that_everybody_can_read_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "pw"
    path.write_bytes(b"pw\n")
    path.chmod(0o644)
    reply = Told()
    wallet(SecretSource(SecretKind.FILE, str(path), 7), reply)
    assert reply.warnings == [f"site.yaml:7: every user of this host can read {path}; run chmod 600 {path}"]


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("keytab", None, "No such file"),
        ("keytab", b"", "not a keytab"),
        ("keytab", b"\x05\x02\x00\x00\xff\xff12", "truncated"),
        ("keytab", keytab_file(), "contains no key of alice-hv01$@VMLEVEL.COM; it contains keys of no account"),
        (
            "keytab",
            keytab_file(keytab_entry("BOB$@VMLEVEL.COM", 18, 1, b"k" * 32)),
            "it contains keys of BOB$@VMLEVEL.COM",
        ),
        ("ccache", b"rubbish", "not a credential cache"),
        ("ccache", cache_file("bob@VMLEVEL.COM", "krbtgt/V@V"), "it contains tickets of bob@VMLEVEL.COM"),
        ("ccache", cache_file(ALICE), "it contains no ticket; get one with kinit"),
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
    with pytest.raises(SiteError, match="it cannot be read: Is a directory; specify a keytab"):
        wallet(SecretSource(SecretKind.KEYTAB, str(tmp_path), 42))
