"""What a server rejected is remembered between runs: by keyed hashes, for the user alone, until it is forgotten."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from krbcheck.credentials.rejections import Rejections, state_folder
from krbcheck.credentials.wallet import Credential, KeytabKey, Secret
from krbcheck.site.stated import SecretKind, SecretSource

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
HOW = "KDC_ERR_PREAUTH_FAILED (24) by 10.77.0.10"
ALICE, BOB = "alice@VMLEVEL.COM", "bob@VMLEVEL.COM"


def password(typed: str, principal: str = ALICE) -> Credential:
    return Credential(principal, SOURCE, password=Secret(typed))


def keytab(*keys: bytes) -> Credential:
    return Credential(ALICE, SOURCE, keys=tuple(KeytabKey(18, 1, Secret(key)) for key in keys))


@pytest.fixture
def store(tmp_path: Path) -> Rejections:
    return Rejections(tmp_path / "state" / "krbcheck")


def test_without_a_rejection_every_credential_is_sent_and_nothing_is_written(store: Rejections) -> None:
    assert store.why_not(password("x"), NOW) == ""
    store.forget([ALICE])
    assert not store.folder.exists()


def test_a_rejected_credential_is_not_sent_again_however_long_ago(store: Rejections) -> None:
    store.add(password("wrong"), HOW, NOW)
    later, why = NOW + timedelta(days=400), f"{HOW} on 2026-07-03 12:00 UTC; --retry sends it"
    for entry in (password("wrong"), password("wrong", "ALICE@vmlevel.com")):
        assert store.why_not(entry, later) == f"a server rejected the credential of {entry.principal} before ({why})"
    assert store.why_not(password("wrong", BOB), NOW) == ""


def test_one_wrong_credential_of_an_account_is_sent_a_day(store: Rejections) -> None:
    store.add(password("wrong"), HOW, NOW)
    other = store.why_not(password("another"), NOW + timedelta(hours=23))
    assert other.startswith(f"a server rejected another credential of {ALICE} (KDC_ERR_PREAUTH_FAILED")
    assert other.endswith("--retry sends it")
    assert store.why_not(password("another"), NOW + timedelta(hours=25)) == ""


def test_keys_of_a_keytab_are_one_credential(store: Rejections) -> None:
    store.add(keytab(b"old", b"er"), HOW, NOW)
    assert "before" in store.why_not(keytab(b"old", b"er"), NOW)
    assert "another credential" in store.why_not(keytab(b"ol", b"der"), NOW)


def test_what_is_forgotten_is_sent_again_and_the_rest_stays(store: Rejections) -> None:
    store.add(password("wrong"), HOW, NOW)
    store.add(password("wrong", BOB), HOW, NOW)
    store.forget(["ALICE@VMLEVEL.COM"])
    assert store.why_not(password("wrong"), NOW) == ""
    assert "before" in store.why_not(password("wrong", BOB), NOW)


def test_the_files_are_the_users_alone_and_hold_no_name_and_no_secret(store: Rejections) -> None:
    store.add(password("canary-7f3a"), HOW, NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (store.folder, *store.folder.iterdir())}
    assert modes == {"krbcheck": 0o700, "key": 0o600, "rejected": 0o600}
    kept = b"".join(path.read_bytes() for path in store.folder.iterdir())
    assert b"alice" not in kept.lower()
    assert b"canary" not in kept


def test_two_users_with_the_same_secret_have_different_hashes(tmp_path: Path) -> None:
    first, second = Rejections(tmp_path / "a"), Rejections(tmp_path / "b")
    for store in (first, second):
        store.add(password("wrong"), HOW, NOW)
    assert (first.folder / "rejected").read_text() != (second.folder / "rejected").read_text()


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b'{"account": 1}', b"\xff\xfe", b'{"account": "a", "credential": "b", "at": "x", "how": ""}'],
)
def test_a_line_that_is_damaged_counts_for_nothing(store: Rejections, line: bytes) -> None:
    store.add(password("wrong"), HOW, NOW)
    file = store.folder / "rejected"
    file.write_bytes(line + b"\n" + file.read_bytes() + line)
    assert "before" in store.why_not(password("wrong"), NOW)
    assert store.why_not(password("wrong", BOB), NOW) == ""


def test_a_truncated_key_is_made_anew(store: Rejections) -> None:
    store.add(password("wrong"), HOW, NOW)
    (store.folder / "key").write_bytes(b"short")
    assert store.why_not(password("wrong"), NOW) == ""
    store.add(password("wrong"), HOW, NOW)
    assert "before" in store.why_not(password("wrong"), NOW)


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({}, "/home/a/.local/state/krbcheck"),
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/krbcheck"),
        ({"XDG_STATE_HOME": "relative"}, "/home/a/.local/state/krbcheck"),
        ({"LOCALAPPDATA": "/c/Local"}, "/c/Local/krbcheck"),
    ],
)
def test_the_folder_is_that_for_state_of_the_user(environ: dict[str, str], folder: str) -> None:
    assert state_folder(environ, Path("/home/a")) == Path(folder)
