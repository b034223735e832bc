"""Tickets from a credential cache."""

from __future__ import annotations

from pathlib import Path

from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.credential_files import TICKET, cache_file, wallet

ALICE = "alice-hv01$@VMLEVEL.COM"


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
