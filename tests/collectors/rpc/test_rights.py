"""Which account reads the holders of rights, and at which storage."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from krbcheck.asking.omissions import Omissions
from krbcheck.collectors.rpc.rights import account_rights
from krbcheck.credentials.wallet import Ticket
from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Gap, Observed
from krbcheck.facts.smb import RightsReply
from krbcheck.probes.rpc import lsarpc
from krbcheck.site.exclusions import Exclusions
from krbcheck.site.stated import (
    SecretKind,
    SecretSource,
    Site,
)
from tests.support import session_asking
from tests.support.session_asking import THIS_HOST, run, wallet

site = session_asking.site

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
HOST, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@TINTRI.COM"
ALICE, SPN = "vmstore-alice.tintri.com", "cifs/vmstore-alice.tintri.com"


def test_a_storage_that_is_backed_up_is_asked_once_by_its_own_domains_reader(site: Site, ticket: Ticket) -> None:
    account = Account("CN=alice-hv01", "alice-hv01$", "S-1-5-21-1-1-1-1101", groups=("S-1-5-21-1-1-1-515",))
    known = Observed(Accounts((account,)), "asked", AT, "station")
    directories = Directories(accounts=(AccountAnswer("vmlevel.com", "vmdc1", HOST, known),))
    held = wallet(ticket, READER)
    asks, facts = run(account_rights(site, THIS_HOST, held, NameAnswers(), ReaderTickets(), directories), RightsReply())
    (ask,) = asks
    assert (ask.call.func, ask.host, ask.vantage) == (lsarpc.account_rights, "10.77.11.30", "alice")
    assert ask.call.args[:4] == (ticket, ALICE, "10.77.11.30", ("SeBackupPrivilege", "SeRestorePrivilege"))
    assert set(ask.call.args[4]) >= {"S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515", "S-1-5-32-551"}
    (storage,) = facts.storages  # type: ignore[attr-defined]
    assert (storage.storage, storage.account) == ("vmstore", READER)


def test_a_reader_without_a_ticket_asks_nothing(site: Site) -> None:
    asks, facts = run(account_rights(site, THIS_HOST, wallet(), NameAnswers(), ReaderTickets(), Directories()))
    assert asks == []
    (storage,) = facts.storages  # type: ignore[attr-defined]
    assert storage.seen.gap is Gap.NEEDS_OTHER


def test_without_a_backup_too_every_storage_is_asked_for_rights(site: Site, ticket: Ticket) -> None:
    none = msgspec.structs.replace(site, backups=())
    held = wallet(ticket, READER)
    asks, _ = run(account_rights(none, THIS_HOST, held, NameAnswers(), ReaderTickets(), Directories()), RightsReply())
    assert [ask.text for ask in asks] == [f"holders of backup rights on vmstore at {ALICE} (10.77.11.30) port 445"]


def test_quiet_network_and_exclude_leave_out_local_groups_and_sids(site: Site, ticket: Ticket) -> None:
    operators = msgspec.structs.replace(site, excluded=Exclusions(("S-1-5-32-551",)))
    collector = account_rights(
        operators,
        THIS_HOST,
        wallet(ticket, READER),
        NameAnswers(),
        ReaderTickets(),
        Directories(),
        Omissions(quiet_network=True),
    )
    (ask,), _ = run(collector, RightsReply())
    assert ask.call.keywords == {"aliases_left_out": "left out by --quiet-network"}
    assert "S-1-5-32-544" in ask.call.args[4]
    assert "S-1-5-32-551" not in ask.call.args[4]
