"""The tickets in a credential cache that the site states, without their keys."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.asking.answering import answered
from krbcheck.collectors.kerberos.credential_caches import credential_caches
from krbcheck.collectors.smb.cached_sessions import cached_sessions
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.stated import SecretKind, SecretSource, Site
from tests.support import group_asking
from tests.support.group_asking import LOGON, THIS_HOST, held, run, wallet

site = group_asking.site

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
ALICE, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@VMLEVEL.COM"
SPN = "cifs/vmstore-alice.tintri.com"
CCACHE = SecretSource(SecretKind.CCACHE, "alice.ccache")


def test_the_content_of_a_stated_cache_is_told_without_its_keys(site: Site) -> None:
    (asks,), found = run(credential_caches(site, THIS_HOST, wallet(held(SPN, "TINTRI.COM"))))
    assert [(ask.asked, ask.vantage) for ask in asks] == [(f"credential cache of {ALICE}", "alice")]
    reply = answered(asks[0])
    assert isinstance(reply, Observed)
    assert [(ticket.service, ticket.authtime) for ticket in reply.value.tickets] == [(SPN, LOGON)]
    assert [cach.principal for cach in found.caches] == [ALICE]


def test_a_cache_that_could_not_be_read_is_unobserved(site: Site) -> None:
    (asks,), _ = run(credential_caches(site, THIS_HOST, Wallet(lacking={ALICE: "it is empty"})))
    reply = answered(asks[0])
    assert isinstance(reply, Unobserved)
    assert reply.gap is Gap.NO_CREDENTIALS


def test_a_keytab_is_no_cache(cloud: Site) -> None:
    (asks,), _ = run(cached_sessions(cloud, THIS_HOST, wallet(held(SPN, "TINTRI.COM")), NameAnswers()))
    assert asks == []
