"""Whose wrong passwords are read, at which controllers, and what the entries come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.kerberos.grants import hold_back
from krbcheck.collectors.ldap.lockouts import lockouts, searches, sent_accounts
from krbcheck.collectors.ldap.records import EPOCH
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.lockouts import LockoutPolicy, Lockouts, WrongPasswords
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed
from krbcheck.probes.ldap.queries import Entry
from krbcheck.site.stated import Backup, Domain, Principal, SecretKind, SecretSource, Site, Tenant
from tests.support.by_hand import AnyAsk, by_hand

NOW = datetime(2026, 7, 3, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "X")
READER, ALICE, BOB, OPERATOR = "krbcheck@V.COM", "alice@V.COM", "bob@V.COM", "operator@V.COM"
THIS_HOST = ThisHost("station", {})
KNOWN = Controllers((Controller("v.com", "dc1.v.com", "10.0.0.1"), Controller("v.com", "dc2.v.com", "10.0.0.2")))
SITE = Site(
    "lab",
    (Domain("v.com", READER), Domain("t.com", "krbcheck@T.COM")),
    (),
    (Tenant("a", principals=(Principal(READER, SOURCE), Principal(ALICE, SOURCE), Principal(BOB))),),
    (Backup("veeam", "vmstore", (OPERATOR,), principals=(Principal(OPERATOR, SOURCE),)),),
)


def wallet(*hosts: str) -> Wallet:
    """The secrets of the site, and the reader's tickets for the LDAP of these controllers."""
    held = {name: Credential(name, SOURCE, password=Secret("x")) for name in (READER, ALICE, OPERATOR)}
    found = Wallet(held)
    for host in hosts:
        service, key = f"ldap/{host}", Secret(bytes(32))
        found.tickets[READER, service, ""] = Ticket(READER, service, "V.COM", key, key, 18, 18, 1, 0, NOW, NOW, NOW)
    return found


def ticks(moment: datetime) -> bytes:
    return str((moment - EPOCH) // timedelta(microseconds=1) * 10).encode()


def account(name: str, **attributes: bytes) -> Entry:
    return f"CN={name}", {"samaccountname": [name.encode()], **{key: [value] for key, value in attributes.items()}}


ROOT: Entry = ("DC=v,DC=com", {"lockoutthreshold": [b"3"], "lockoutobservationwindow": [b"-18000000000"]})
ENTRIES = (
    account("Alice", badpwdcount=b"2", badpasswordtime=ticks(NOW), lockouttime=b"0"),
    account("operator", badpwdcount=b"x", lockouttime=b"133000000000000000", **{"msds-resultantpso": b"CN=p"}),
    account("somebody", badpwdcount=b"9"),
)
READ = LockoutPolicy(
    3, 1800.0, (WrongPasswords(ALICE, 2, NOW), WrongPasswords(OPERATOR, 0, None, locked=True, own_policy=True))
)


def read(held: Wallet, *found: tuple[Entry, ...]) -> tuple[list[AnyAsk], Lockouts]:
    collector = by_hand(lockouts(SITE, THIS_HOST, held, KNOWN, ReaderTickets()))
    asks = next(collector)
    try:
        collector.send([Observed(found, ask.asked, NOW, ask.vantage) for ask in asks])
    except StopIteration as ended:
        return asks, ended.value
    raise AssertionError("one round of queries is enough")


def test_every_account_whose_credential_is_sent_is_read_at_each_controller_with_a_ticket() -> None:
    asks, facts = read(wallet("dc1.v.com", "dc2.v.com"), (ROOT,), ENTRIES)
    assert [(ask.host, ask.vantage) for ask in asks] == [("10.0.0.1", "station"), ("10.0.0.2", "station")]
    assert [(answer.domain, answer.controller) for answer in facts.answers] == [
        ("v.com", "dc1.v.com"),
        ("v.com", "dc2.v.com"),
    ]
    assert [answer.seen.value for answer in facts.answers if isinstance(answer.seen, Observed)] == [READ, READ]


def test_the_reader_and_who_has_no_usable_secret_are_not_read() -> None:
    held = wallet()
    assert sent_accounts(SITE, SITE.domains[0], held) == (ALICE, OPERATOR)
    held.refuse(ALICE, "KDC_ERR_PREAUTH_FAILED by dc1")
    assert sent_accounts(SITE, SITE.domains[0], held) == (OPERATOR,)
    assert sent_accounts(SITE, SITE.domains[1], held) == ()


def test_without_a_ticket_of_the_reader_nothing_is_sent() -> None:
    asks, facts = read(wallet())
    assert (asks, facts) == ([], Lockouts())


def test_a_directory_that_hides_its_policy_has_no_threshold() -> None:
    _, facts = read(wallet("dc1.v.com"), (), ENTRIES[:1])
    (answer,) = facts.answers
    assert isinstance(answer.seen, Observed)
    assert answer.seen.value == LockoutPolicy(None, 0.0, (WrongPasswords(ALICE, 2, NOW),))


def test_names_are_escaped_and_in_filters_of_a_hundred() -> None:
    policy, *accounts = searches([f"a{number}@V.COM" for number in range(101)] + ["(x)@V.COM"])
    assert (policy.scope, policy.base) == ("base", "%domain")
    assert [search.filter.count("sAMAccountName=") for search in accounts] == [100, 2]
    assert "(sAMAccountName=\\28x\\29)" in accounts[1].filter


def test_a_credential_near_lockout_is_held_back_unless_the_user_wants_it_sent() -> None:
    held = wallet("dc1.v.com")
    _, facts = read(held, (ROOT,), ENTRIES)
    held.retry = True
    hold_back(held, facts)
    assert held.lack(ALICE) is None
    held.retry = False
    hold_back(held, facts)
    lack = held.lack(ALICE)
    assert lack is not None
    assert (lack.gap, lack.detail) == (
        Gap.NOT_ALLOWED,
        f"the credential is not sent: {ALICE} has 2 wrong passwords, and 3 lock it, by dc1.v.com; --retry sends it",
    )
    assert held.lack(OPERATOR) is None, "it is locked already, which the KDC reports"
