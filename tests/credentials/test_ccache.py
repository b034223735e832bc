"""Tickets from a credential cache."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from krbcheck.credentials import ccache
from krbcheck.credentials.wallet import Secret, Ticket
from krbcheck.site.stated import SecretKind, SecretSource
from tests.support.credential_files import TICKET, cache_file, wallet

ALICE = "alice-hv01$@VMLEVEL.COM"
NOW = datetime.now(UTC).replace(microsecond=0)


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


def test_a_tgt_that_is_written_is_read_again() -> None:
    tgt = Ticket(
        ALICE, "krbtgt/VX", "VX", Secret(TICKET), Secret(b"K" * 32), 18, 17, None, 0x40E10000,
        NOW, NOW, NOW + timedelta(hours=10), NOW + timedelta(days=7), "VMLEVEL.COM",
    )  # fmt: skip
    owner, (found,) = ccache.tickets(ccache.written(tgt))
    assert owner == ALICE
    assert replace(found, der=tgt.der, session_key=tgt.session_key) == tgt
    assert (found.der.reveal(), found.session_key.reveal()) == (TICKET, b"K" * 32)


def test_libkrb5_reads_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    tgt = Ticket(
        ALICE, "krbtgt/VMLEVEL.COM", "VMLEVEL.COM", Secret(TICKET), Secret(b"K" * 32), 18, 18, None, 0x40E10000,
        NOW, NOW, NOW + timedelta(hours=10), None, "VMLEVEL.COM",
    )  # fmt: skip
    path.write_bytes(ccache.written(tgt))
    gssapi = pytest.importorskip("gssapi")
    name = gssapi.Name(ALICE, gssapi.NameType.kerberos_principal)
    held = gssapi.Credentials(name=name, usage="initiate", store={"ccache": f"FILE:{path}"})
    assert str(held.name) == ALICE
    assert 0 < held.lifetime <= 36000
