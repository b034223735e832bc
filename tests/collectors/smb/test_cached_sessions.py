"""Which cached service ticket opens a session at the storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from krbcheck.collectors.smb.cached_sessions import cached_sessions
from krbcheck.facts.names import NameAnswers
from krbcheck.probes.smb import sessions
from krbcheck.site.stated import SecretKind, SecretSource, Site
from tests.support import group_asking
from tests.support.group_asking import LOGON, TGT, THIS_HOST, held, run, wallet

site = group_asking.site

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
CCACHE = SecretSource(SecretKind.CCACHE, "alice.ccache")


def test_the_newest_cached_service_ticket_opens_all_shares_of_the_storage(site: Site) -> None:
    new = held(SPN.upper(), "TINTRI.COM", start=LOGON + timedelta(minutes=1))
    known = wallet(held(SPN, "TINTRI.COM"), new, TGT)
    (asks,), found = run(cached_sessions(site, THIS_HOST, known, NameAnswers()))
    (ask,) = asks
    assert (ask.call.func, ask.host, ask.vantage) == (sessions.kerberos_session, "10.77.11.30", "alice")
    ticket, name, address, shares, source = ask.call.args[:5]
    assert ticket is new
    assert (name, address, source) == ("vmstore-alice.tintri.com", "10.77.11.30", "10.77.11.9")
    assert shares == (("AliceVMs", 0x00100081), ("BobVMs", 0x00100081)), "their roots are listed"
    assert [(session.principal, session.path) for session in found.sessions] == [(ALICE, "vmstore-alice.tintri.com")]


def test_a_cache_without_a_ticket_for_the_data_path_opens_nothing(site: Site) -> None:
    (asks,), _ = run(cached_sessions(site, THIS_HOST, wallet(TGT), NameAnswers()))
    assert asks == []
