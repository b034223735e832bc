"""Sessions of backup accounts: a tenant's host at its own data paths, a service account at all of the storage."""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import timedelta

import pytest
from msgspec.structs import replace

from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.asking.writes import READ_ONLY
from krbcheck.collectors.rpc.backup_sessions import backup_sessions
from krbcheck.credentials.wallet import Credential, Granted, Secret, Wallet
from krbcheck.facts.backup_sessions import BackupReply
from krbcheck.facts.kerberos import KrbError, Reply, ServiceTickets, TicketGrants
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Gap, Observed
from krbcheck.facts.smb import SmbSetUp
from krbcheck.probes.kerberos import exchanges
from krbcheck.probes.rpc import backup_session
from krbcheck.site.stated import Backup, Principal, Site
from tests.support import matrix_asking
from tests.support.backup_sessions import SERVES, reply
from tests.support.by_hand import AnyAsk
from tests.support.matrix_asking import HOSTS, KEYTAB, KNOWN, NOW, cloud, drive, granted

site = matrix_asking.site
wallet = matrix_asking.wallet
HERE = ThisHost("station", {"alice": SourceAddress("alice", "10.1.0.9"), "bob": SourceAddress("bob", "10.2.0.9")})
SERVICE, ALICE = "backup@VM.COM", "cifs/v-alice.t.com"
Said = Granted[Reply] | KrbError | SmbSetUp | Gap


def say(ask: AnyAsk) -> Said:
    if ask.call.func is backup_session.backup_session:
        answer: Said = reply(SERVES)  # type: ignore[assignment]
        return answer
    if ask.call.func is exchanges.tgt:
        return granted(ask.call.args[1], "krbtgt/VM.COM", "VM.COM")
    return cloud(ask)


def with_backup(site: Site, *principals: Principal, accounts: tuple[str, ...] = ()) -> Site:
    names = tuple(entry.name for entry in principals)
    return replace(site, backups=(Backup("veeam", "vmstore", names + accounts, "", principals),))


def collected(of: Site, held: Wallet) -> tuple[list[tuple[str, str, bool, object]], list[AnyAsk]]:
    found, asks = drive(
        backup_sessions(of, HERE, held, NameAnswers(), KNOWN, TicketGrants(), ServiceTickets(), READ_ONLY),
        say,
    )
    return [
        (
            entry.principal,
            entry.path,
            entry.cached,
            entry.seen.value if isinstance(entry.seen, Observed) else entry.seen.gap,
        )
        for entry in found.sessions
    ], asks


def test_an_account_that_is_no_tenants_gets_its_own_tickets_for_every_data_path(site: Site, wallet: Wallet) -> None:
    wallet.credentials = {**wallet.credentials, SERVICE: Credential(SERVICE, KEYTAB, Secret("x"))}
    found, asks = collected(with_backup(site, Principal(SERVICE, KEYTAB)), wallet)
    assert [entry[:3] for entry in found] == [
        (SERVICE, "v-alice.t.com", False),
        (SERVICE, "v-bob.t.com", False),
    ]
    assert all(isinstance(entry[3], BackupReply) for entry in found)
    sent = [ask.call.args[1:5] for ask in asks if ask.call.func is backup_session.backup_session]
    assert sent == [
        ("v-alice.t.com", "10.1.0.30", ["A"], "10.1.0.9"),
        ("v-bob.t.com", "10.2.0.30", ["B"], "10.2.0.9"),
    ]


def test_a_tenants_host_is_tested_at_its_own_data_path_with_the_ticket_that_is_there(
    site: Site, wallet: Wallet
) -> None:
    ticket = granted(HOSTS[0], ALICE, "T.COM").tickets[0]
    wallet.tickets[(HOSTS[0], ALICE, "")] = ticket
    found, asks = collected(with_backup(site, accounts=(HOSTS[0],)), wallet)
    assert [entry[:3] for entry in found] == [(HOSTS[0], "v-alice.t.com", False)]
    assert [ask.call.func for ask in asks] == [backup_session.backup_session]


def test_the_ticket_of_a_stated_cache_comes_before_a_new_one(site: Site, wallet: Wallet) -> None:
    new = granted(HOSTS[0], ALICE, "T.COM").tickets[0]
    old = changed(new, starttime=NOW - timedelta(hours=5), authtime=NOW - timedelta(hours=5))
    older = changed(old, starttime=NOW - timedelta(hours=9))
    wallet.tickets[(HOSTS[0], ALICE, "")] = new
    wallet.credentials = {HOSTS[0]: Credential(HOSTS[0], KEYTAB, tickets=(older, old))}
    family, _ = drive(
        backup_sessions(
            with_backup(site, accounts=(HOSTS[0],)),
            HERE,
            wallet,
            NameAnswers(),
            KNOWN,
            TicketGrants(),
            ServiceTickets(),
            READ_ONLY,
        ),
        say,
    )
    assert [(entry.cached, entry.issued) for entry in family.sessions] == [
        (True, old.starttime),
        (False, new.starttime),
    ]


@pytest.mark.parametrize("name", ["alice-hv04$@VM.COM", "nobody@VM.COM"])
def test_an_account_without_a_secret_is_not_tested(site: Site, wallet: Wallet, name: str) -> None:
    found, asks = collected(with_backup(site, accounts=(name,)), wallet)
    assert {entry[3] for entry in found} == {Gap.NO_CREDENTIALS}
    assert [ask for ask in asks if ask.call.func is backup_session.backup_session] == []


def test_a_data_path_by_address_is_not_tested(site: Site, wallet: Wallet) -> None:
    alice = replace(site.tenants[0], data_paths=(replace(site.tenants[0].data_paths[0], name="10.1.0.30"),))
    found, _ = collected(with_backup(replace(site, tenants=(alice,)), accounts=(HOSTS[0],)), wallet)
    assert found == []
