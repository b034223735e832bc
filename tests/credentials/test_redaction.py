"""The text of a crash holds no secret of the wallet."""

from __future__ import annotations

from pathlib import Path

from krbcheck.credentials.redaction import redacted
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.credential_files import Told, keytab_entry, keytab_file, opened, site

ALICE = "alice-hv01$@VMLEVEL.COM"


def test_a_crash_is_told_without_the_secrets_of_the_wallet(tmp_path: Path) -> None:
    path = tmp_path / "keytab"
    key = bytes(range(200, 232))
    path.write_bytes(keytab_file(keytab_entry(ALICE, 18, 1, key)))
    both = site(SecretSource(SecretKind.KEYTAB, str(path)), SecretSource(SecretKind.ENV, "READER"))
    held = opened(both, Told(READER="hunter2hunter2"))
    crash = f"ValueError: {key!r} {key.hex()} hunter2hunter2 aHVudGVyMmh1bnRlcjI= at line 3"
    assert redacted(crash, held) == "ValueError: b'***' *** *** ***= at line 3"
