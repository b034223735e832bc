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
    assert [ticket.service for ticket in tickets] == ["krbtgt/VMLEVEL.COM", "cifs/nas"]
    ticket = tickets[0]
    assert (ticket.client, ticket.client_realm, ticket.realm) == ("ALICE-HV01$@VMLEVEL.COM", "VMLEVEL.COM", "VX")
    assert (ticket.etype, ticket.session_etype, ticket.kvno, ticket.flags) == (18, 18, None, 0x40E10000)
    assert (ticket.starttime, ticket.renew_till) == (ticket.authtime, None)
    assert (ticket.session_key.reveal(), ticket.der.reveal()) == (b"K" * 32, TICKET)
