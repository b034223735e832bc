"""A matrix requests as few tickets as it can: one KDC for each principal, one search for each service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from krbcheck.collectors.kerberos.minimal_tickets import first_tgts, matrix_tickets, trial_tgts
from krbcheck.credentials.wallet import Granted, Wallet
from krbcheck.facts.kerberos import KrbError, Reply
from krbcheck.facts.lockouts import Lockouts
from krbcheck.facts.names import Controller
from krbcheck.facts.observation import Gap
from krbcheck.facts.smb import SmbSetUp
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import (
    Backup,
    Principal,
    SecretKind,
    SecretSource,
    Site,
)
from tests.support import matrix_asking
from tests.support.by_hand import AnyAsk
from tests.support.matrix_asking import KNOWN, THIS_HOST, cloud, drive, granted, grants

site = matrix_asking.site
wallet = matrix_asking.wallet

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
KEYTAB = SecretSource(SecretKind.KEYTAB, "/x.keytab")
HOSTS = [f"alice-hv0{entry}$@VM.COM" for entry in (1, 2, 3)]
DC1, DC2 = Controller("vm.com", "dc1", "10.0.0.1"), Controller("vm.com", "dc2", "10.0.0.2")
TIDC = Controller("t.com", "tidc", "10.0.0.3")
SPN = "cifs/v-alice.t.com"
Said = Granted[Reply] | KrbError | SmbSetUp | Gap


def test_a_principal_asks_one_kdc(site: Site, wallet: Wallet) -> None:
    found, asked = drive(first_tgts(site, THIS_HOST, wallet, KNOWN, Lockouts()))
    assert [(ask.call.args[1], ask.host) for ask in asked] == [(host, DC1.address) for host in HOSTS]
    assert len(found.grants) == 3


def test_the_next_kdc_is_asked_where_the_first_is_silent_and_not_where_it_refuses(site: Site, wallet: Wallet) -> None:
    def say(ask: AnyAsk) -> Said:
        if ask.host != DC1.address or ask.call.args[1] == HOSTS[2]:
            return cloud(ask)
        return Gap.TIMED_OUT if ask.call.args[1] == HOSTS[0] else KrbError(18)

    _, asked = drive(first_tgts(site, THIS_HOST, wallet, KNOWN, Lockouts()), say)
    assert [(ask.call.args[1], ask.host) for ask in asked] == [
        *((host, DC1.address) for host in HOSTS),
        (HOSTS[0], DC2.address),
    ]


def test_a_trial_sends_the_secret_of_a_backup_account_once_even_if_it_is_a_principal_too(
    site: Site, wallet: Wallet
) -> None:
    accounts = (Principal(HOSTS[0], KEYTAB), Principal("backup$@VM.COM", KEYTAB), Principal("other$@VM.COM"))
    backup = Backup("dpm-2016", "vmstore", tuple(account.name for account in accounts), principals=accounts)
    key = replace(wallet.credentials[HOSTS[0]], principal="backup$@VM.COM")
    more = Wallet({**wallet.credentials, key.principal: key})
    _, asked = drive(trial_tgts(msgspec.structs.replace(site, backups=(backup,)), THIS_HOST, more, KNOWN, Lockouts()))
    assert sorted(ask.call.args[1] for ask in asked) == sorted([*HOSTS, "backup$@VM.COM"])


def test_one_principal_searches_and_the_others_begin_where_it_was_found(site: Site, wallet: Wallet) -> None:
    _, asked = drive(matrix_tickets(site, THIS_HOST, wallet, KNOWN, grants(site, wallet)))
    assert [ask.call.args[2] for ask in asked] == [SPN, "krbtgt/T.COM", SPN, "krbtgt/T.COM", "krbtgt/T.COM", SPN, SPN]
    assert all(wallet.ticket(host, SPN) is not None for host in HOSTS)


def test_where_the_search_finds_nothing_everybody_asks_for_himself(site: Site, wallet: Wallet) -> None:
    held = grants(site, wallet)

    def say(ask: AnyAsk) -> Said:
        return KrbError(7) if ask.call.func is exchanges.service_ticket else cloud(ask)

    found, asked = drive(matrix_tickets(site, THIS_HOST, wallet, KNOWN, held), say)
    assert [ask.call.args[2] for ask in asked] == [SPN, "krbtgt/T.COM", "krbtgt/T.COM", "krbtgt/T.COM"]
    assert {path.principal for path in found.paths} == set(HOSTS)


def test_a_kdc_that_finds_the_service_is_asked_by_all(site: Site, wallet: Wallet) -> None:
    held = grants(site, wallet)
    found, asked = drive(
        matrix_tickets(site, THIS_HOST, wallet, KNOWN, held),
        lambda ask: granted(ask.call.args[0].client, SPN, "VM.COM"),
    )
    assert [ask.call.args[2] for ask in asked] == [SPN] * 3
    assert all(path.ticket for path in found.paths)
