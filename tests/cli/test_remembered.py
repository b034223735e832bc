"""A rejection is remembered by the next run, and forgotten with --retry; a folder that cannot be used is a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from krbcheck.cli.remembered import remember_rejections
from krbcheck.credentials.wallet import Credential, Secret, Wallet
from krbcheck.site.stated import SecretKind, SecretSource

ALICE = "alice@VMLEVEL.COM"
HOW = "KDC_ERR_PREAUTH_FAILED (24) by 10.77.0.10"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "krbcheck"


def wallet(*, retry: bool = False) -> Wallet:
    """The wallet of a new run with the same secret."""
    made = Wallet({ALICE: Credential(ALICE, SecretSource(SecretKind.ENV, "X"), password=Secret("wrong"))})
    remember_rejections(made, retry=retry)
    return made


def test_a_wrong_credential_is_held_back_in_the_next_run_until_retry(state: Path) -> None:
    first = wallet()
    assert first.lack(ALICE) is None
    first.refuse(ALICE, HOW, wrong=True)
    lack = wallet().lack(ALICE)
    assert lack is not None
    assert lack.detail.startswith(f"a server rejected the credential of {ALICE} before ({HOW} on ")
    assert lack.detail.endswith("; --retry sends it)")
    assert wallet(retry=True).lack(ALICE) is None
    assert wallet().lack(ALICE) is None, "it is forgotten until a server rejects it again"


def test_what_does_not_count_as_a_wrong_password_is_not_remembered(state: Path) -> None:
    wallet().refuse(ALICE, "KDC_ERR_CLIENT_REVOKED (18) by 10.77.0.10")
    assert wallet().lack(ALICE) is None
    assert not state.exists()


def test_a_folder_that_cannot_be_used_is_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "krbcheck").write_text("a file")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    wallet().refuse(ALICE, HOW, wrong=True)
    assert [line.partition(": ")[2] for line in capsys.readouterr().err.splitlines()] == [
        f"{tmp_path}/krbcheck: cannot be read: Not a directory; what servers rejected in earlier runs is sent",
        f"{tmp_path}/krbcheck: cannot be written: Not a directory; that {ALICE} was rejected is forgotten",
    ]
