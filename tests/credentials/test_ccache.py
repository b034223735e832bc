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
    assert [one.service for one in tickets] == ["krbtgt/VMLEVEL.COM", "cifs/nas"]
    one = tickets[0]
    assert (one.client, one.client_realm, one.realm) == ("ALICE-HV01$@VMLEVEL.COM", "VMLEVEL.COM", "VX")
    assert (one.etype, one.session_etype, one.kvno, one.flags) == (18, 18, None, 0x40E10000)
    assert (one.starttime, one.renew_till) == (one.authtime, None)
    assert (one.session_key.reveal(), one.der.reveal()) == (b"K" * 32, TICKET)


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
