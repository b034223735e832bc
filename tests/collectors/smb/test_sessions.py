"""What is asked of which storage, from which address, with whose ticket; nothing is asked here."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.asking.scheduler import Answer, Ask, Asking, Limits, answered
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.rpc.rights import account_rights
from krbcheck.collectors.smb.negotiations import smb_speeches
from krbcheck.collectors.smb.sessions import smb_sessions
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.kerberos import KrbError, ReaderTickets, ServiceTickets, TicketGrant, TicketGrants
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved
from krbcheck.facts.smb import RightsReply, SessionKind, SmbNegotiated, SmbOneReply, SmbSetUp
from krbcheck.probes.rpc import lsarpc
from krbcheck.probes.smb import negotiate, sessions
from krbcheck.site.stated import (
    Access,
    Backup,
    DataPath,
    Domain,
    Principal,
    SecretKind,
    SecretSource,
    Share,
    Site,
    Storage,
    Tenant,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
HOST, READER = "alice-hv01$@VMLEVEL.COM", "krbcheck@TINTRI.COM"
ALICE, SPN = "vmstore-alice.tintri.com", "cifs/vmstore-alice.tintri.com"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "", "no leg on VLAN 12")}
)
LIST, FULL_ROOT = 0x00100081, 0x001200AF
"""To list a folder; and to read it and add to it."""
NOTHING = (TicketGrants(), ServiceTickets())


def tenant(name: str, number: int, *principals: Principal) -> Tenant:
    return Tenant(
        name,
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        shares=(Share(f"{name.title()}VMs", Access.FULL, "vmstore"),),
        principals=principals,
    )


@pytest.fixture
def site() -> Site:
    return Site(
        "lab",
        domains=(Domain("vmlevel.com"), Domain("tintri.com", READER, SOURCE)),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM"),),
        tenants=(tenant("alice", 11, Principal(HOST, SOURCE), Principal("alice-hv02$@VMLEVEL.COM")), tenant("bob", 12)),
        backups=(Backup("dpm-2016", "vmstore", (HOST,)),),
    )


def wallet(ticket: Ticket | None = None, *principals: str) -> Wallet:
    credentials = {one: Credential(one, SOURCE, Secret("x")) for one in (HOST, READER)}
    return Wallet(credentials, tickets={(one, SPN, ""): ticket for one in principals if ticket})


def run(collector: Asking[Facts], *values: object) -> tuple[list[Ask], Facts]:
    """The asks of the only round, and the family when they are answered with `values`; with the asks' own if none."""
    asks = list(next(collector))
    seen: list[Answer] = [answered(ask) for ask in asks]
    if values:
        seen = [Observed(value, ask.asked, AT, ask.vantage) for value, ask in zip(values, asks, strict=True)]
    try:
        collector.send(seen)
    except StopIteration as ended:
        family: Facts = ended.value
        return asks, family
    raise AssertionError("a second round")


def names(*addresses: str) -> NameAnswers:
    seen = Observed(DnsAnswer("NOERROR", addresses=addresses), "asked", AT, "alice")
    return NameAnswers((NameAnswer("alice", ALICE, "A", "10.77.11.1", seen),))


def unstated(site: Site) -> Site:
    """The same without the address of alice's data path."""
    alice = msgspec.structs.replace(site.tenants[0], data_paths=(DataPath(ALICE, "vmstore"),))
    return msgspec.structs.replace(site, tenants=(alice, site.tenants[1]))


def test_each_data_path_with_a_leg_is_asked_in_both_tongues(site: Site) -> None:
    said, one = SmbNegotiated(0, 0x311), SmbOneReply(closed=True)
    asks, facts = run(smb_speeches(site, THIS_HOST, NameAnswers()), said, one)
    assert [(ask.probe, ask.args, ask.vantage) for ask in asks] == [
        (negotiate.negotiate, (ALICE, "10.77.11.30", "10.77.11.9", 3.0), "alice"),
        (negotiate.smb_one, ("10.77.11.30", "10.77.11.9", 3.0), "alice"),
    ]
    assert asks[0].service != asks[1].service
    assert [one.seen.value for one in facts.newer("alice", ALICE)] == [said]  # type: ignore[attr-defined]
    assert [one.seen.value for one in facts.one("alice", ALICE)] == [one]  # type: ignore[attr-defined]


def test_without_a_stated_address_the_name_leads(site: Site) -> None:
    asks, _ = run(smb_speeches(unstated(site), THIS_HOST, names("10.77.11.31")), 0, 0)
    assert [ask.host for ask in asks] == ["10.77.11.31", "10.77.11.31"]


def test_without_any_address_the_gap_says_so(site: Site) -> None:
    asks, facts = run(smb_speeches(unstated(site), THIS_HOST, NameAnswers()))
    assert [ask.host for ask in asks] == ["", ""]
    (speech,) = facts.newer("alice", ALICE)  # type: ignore[attr-defined]
    assert isinstance(speech.seen, Unobserved)
    assert speech.seen.gap is Gap.NAME_UNKNOWN


def test_sessions_are_asked_for_who_has_a_secret_and_for_who_should_get_none(site: Site, ticket: Ticket) -> None:
    setup = SmbSetUp(0)
    asks, facts = run(
        smb_sessions(site, THIS_HOST, wallet(ticket, HOST), Limits(), NameAnswers(), *NOTHING), setup, setup, setup
    )
    where, rest = (ALICE, "10.77.11.30"), ("10.77.11.9", 5.02, 32)
    listed = (("AliceVMs", LIST), ("BobVMs", LIST))
    assert [(ask.probe, ask.args) for ask in asks] == [
        (sessions.kerberos_session, (ticket, *where, (("AliceVMs", FULL_ROOT), ("BobVMs", LIST)), *rest)),
        (sessions.uninvited_session, (SessionKind.ANONYMOUS, *where, listed, *rest)),
        (sessions.uninvited_session, (SessionKind.MADE_UP, *where, listed, *rest)),
    ]
    (session,) = facts.kerberos("alice", ALICE)  # type: ignore[attr-defined]
    assert (session.principal, session.realm) == (HOST, "TINTRI.COM")


def told(facts: Facts) -> Unobserved:
    (session,) = facts.kerberos("alice", ALICE)  # type: ignore[attr-defined]
    assert isinstance(session.seen, Unobserved)
    return session.seen


def sessions_without_ticket(site: Site, held: Wallet, grants: TicketGrants) -> Facts:
    """Nothing listens at the stated addresses here; the uninvited are not the matter."""
    collector = smb_sessions(site, THIS_HOST, held, Limits(requests=7), NameAnswers(), grants, ServiceTickets())
    asks = list(next(collector))
    seen: list[Answer] = [answered(asks[0])]
    seen += [Observed(SmbSetUp(1), ask.asked, AT, ask.vantage) for ask in asks[1:]]
    with pytest.raises(StopIteration) as ended:
        collector.send(seen)
    family: Facts = ended.value.value
    return family


def test_why_there_is_no_ticket_is_told(site: Site) -> None:
    refusal = Observed(KrbError(18), "TGT of alice-hv01$", AT, "alice")
    grants = TicketGrants((TicketGrant("alice", HOST, "vmdc1", "10.77.0.10", refusal),))
    seen = told(sessions_without_ticket(site, wallet(), grants))
    assert seen.gap is Gap.NEEDS_OTHER
    assert "KDC_ERR_CLIENT_REVOKED (18)" in seen.detail


def test_a_secret_that_is_not_at_hand_is_told(site: Site) -> None:
    held = Wallet(lacking={HOST: "the environment has no X"})
    seen = told(sessions_without_ticket(site, held, TicketGrants()))
    assert (seen.gap, seen.detail) == (Gap.NO_CREDENTIALS, "the environment has no X")


def test_a_storage_that_is_backed_up_is_asked_once_by_its_own_domains_reader(site: Site, ticket: Ticket) -> None:
    account = Account("CN=alice-hv01", "alice-hv01$", "S-1-5-21-1-1-1-1101", groups=("S-1-5-21-1-1-1-515",))
    known = Observed(Accounts((account,)), "asked", AT, "station")
    directories = Directories(accounts=(AccountAnswer("vmlevel.com", "vmdc1", HOST, known),))
    held = wallet(ticket, READER)
    asks, facts = run(account_rights(site, THIS_HOST, held, NameAnswers(), ReaderTickets(), directories), RightsReply())
    (ask,) = asks
    assert (ask.probe, ask.host, ask.vantage) == (lsarpc.account_rights, "10.77.11.30", "alice")
    assert ask.args[:4] == (ticket, ALICE, "10.77.11.30", ("SeBackupPrivilege", "SeRestorePrivilege"))
    assert set(ask.args[4]) >= {"S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515", "S-1-5-32-551"}
    (storage,) = facts.storages  # type: ignore[attr-defined]
    assert (storage.storage, storage.account) == ("vmstore", READER)


def test_a_reader_without_a_ticket_asks_nothing(site: Site) -> None:
    asks, facts = run(account_rights(site, THIS_HOST, wallet(), NameAnswers(), ReaderTickets(), Directories()))
    assert asks[0].host == ""
    (storage,) = facts.storages  # type: ignore[attr-defined]
    assert storage.seen.gap is Gap.NEEDS_OTHER


def test_without_a_backup_too_every_storage_is_asked_for_rights(site: Site) -> None:
    none = msgspec.structs.replace(site, backups=())
    asks, _ = run(account_rights(none, THIS_HOST, wallet(), NameAnswers(), ReaderTickets(), Directories()))
    assert [ask.asked for ask in asks] == [f"holders of backup rights on vmstore at {ALICE} (10.77.11.30)"]
