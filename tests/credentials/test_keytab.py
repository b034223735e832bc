"""Keys from a keytab."""

from __future__ import annotations

import struct
from pathlib import Path

from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.credential_files import keytab_entry, keytab_file, wallet

ALICE = "alice-hv01$@VMLEVEL.COM"


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
    assert [(key.etype, key.kvno, key.key.reveal()) for key in keys] == [(18, 300, b"n" * 32), (23, 4, b"r" * 16)]
