"""Whose key a ticket is made with: its version beside those of the accounts, and what the storage makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, SpnAnswer
from krbcheck.facts.kerberos import Hop, KrbError, ServiceTickets, TicketFacts, TicketPath
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Site
from krbcheck.views.ticket_keys import ServiceKeys, TicketKeys
from tests.support.remedies import text

AT = datetime(2026, 1, 1, tzinfo=UTC)
SPN, PATH, HOST = "cifs/vmstore-alice.tintri.com", "vmstore-alice.tintri.com", "alice-hv01$@VMLEVEL.COM"
STORAGE, OLD = "VMSTORE$@TINTRI.COM", "OLDSTORE$@TINTRI.COM"
MODIFIED, LOGON_FAILURE = 41, 0xC000006D
Judged = Callable[..., list[Verdict]]


def account(sam: str, kvno: int | None, domain: str = "tintri") -> Account:
    return Account(f"CN={sam},DC={domain},DC=com", sam, f"S-1-5-21-{sum(sam.encode())}-{domain}", kvno=kvno)


def directories(storage: int | None, *owners: Account, form: str = SPN) -> Directories:
    """The storage's account with this key version, and who owns the SPN."""
    seen = Observed(Accounts((account("VMSTORE$", storage),)), "account", AT, "s")
    answer = SpnAnswer("tintri.com", "tidc", SPN, form, Observed(Accounts(owners), "owners", AT, "s"))
    return Directories(accounts=(AccountAnswer("tintri.com", "tidc", STORAGE, seen),), spns=(answer,))


def tickets(*versions: int | None, realm: str = "TINTRI.COM", principal: str = HOST) -> ServiceTickets:
    """One way for each version, each ended by a KDC of its own."""
    paths = []
    for number, kvno in enumerate(versions):
        ticket = TicketFacts("alice-hv01$", "VMLEVEL.COM", SPN, realm, 18, 18, kvno, 0, AT, AT)
        hop = Hop(realm, f"kdc{number}", SPN, Observed(ticket, "asked", AT, "alice"))
        paths.append(TicketPath("alice", principal, SPN, "vmdc1", "tintri.com", (hop,)))
    return ServiceTickets(tuple(paths))


def session(answer: SmbSetUp) -> SmbSession:
    seen = Observed(answer, "asked", AT, "alice")
    return SmbSession("alice", HOST, PATH, "vmstore", "10.77.11.30", SessionKind.KERBEROS, seen, "TINTRI.COM")


REJECTS = SmbSetUp(LOGON_FAILURE, krb_error=MODIFIED, dialect=0x311)
OWNED = directories(3, account("VMSTORE$", 3))


def owners(read: Directories, made: ServiceTickets) -> list[tuple[str, ...]]:
    return [ticket.owners for ticket in ServiceKeys(read, made).of(SPN, STORAGE).tickets]


@pytest.mark.parametrize(
    ("read", "made", "expected"),
    [
        pytest.param(OWNED, tickets(3), [(STORAGE,)], id="the-storages"),
        pytest.param(directories(3, account("OLDSTORE$", 7)), tickets(7), [(OLD,)], id="the-owners"),
        pytest.param(directories(3, account("OLDSTORE$", 3)), tickets(3), [(OLD,)], id="an-owner-before-who-owns-not"),
        pytest.param(directories(3, account("OLDSTORE$", 7)), tickets(3), [(STORAGE,)], id="before-replication"),
        pytest.param(
            directories(3, account("VMSTORE$", 3), account("OLDSTORE$", 3)),
            tickets(3),
            [(STORAGE, OLD)],
            id="two-owners-of-one-version-cannot-be-told-apart",
        ),
        pytest.param(OWNED, tickets(2), [()], id="of-nobody-now"),
        pytest.param(OWNED, tickets(None), [()], id="the-kdc-does-not-say"),
        pytest.param(directories(None, account("VMSTORE$", None)), tickets(3), [()], id="the-directory-does-not-say"),
        pytest.param(OWNED, tickets(3, realm="VMLEVEL.COM"), [()], id="another-realms-ticket"),
        pytest.param(OWNED, tickets((5 << 16) + 3), [(STORAGE,)], id="by-a-read-only-controller"),
        pytest.param(OWNED, tickets(3, 3), [(STORAGE,), (STORAGE,)], id="of-two-kdcs"),
        pytest.param(OWNED, ServiceTickets(), [], id="no-ticket"),
    ],
)
def test_the_key_version_tells_whose_key_it_is(
    read: Directories, made: ServiceTickets, expected: list[tuple[str, ...]]
) -> None:
    assert owners(read, made) == expected


def test_a_refusal_is_no_ticket() -> None:
    hop = Hop("TINTRI.COM", "tidc", SPN, Observed(KrbError(7), "asked", AT, "alice"))
    refused = ServiceTickets((TicketPath("alice", HOST, SPN, "vmdc1", "", (hop,)),))
    assert owners(OWNED, refused) == []


def test_the_owner_of_host_counts_as_one() -> None:
    read = directories(3, account("OLDSTORE$", 7), form="HOST/vmstore-alice.tintri.com")
    assert owners(read, tickets(7)) == [(OLD,)]
    with_port = directories(3, account("OLDSTORE$", 7), form=f"{SPN}:445")
    assert owners(with_port, tickets(7)) == [()]


def keys(read: Directories, made: ServiceTickets) -> TicketKeys:
    return ServiceKeys(read, made).of(SPN, STORAGE)


def test_an_account_is_only_named_where_all_tickets_are_its_own() -> None:
    entry = keys(directories(3, account("VMSTORE$", 3), account("OLDSTORE$", 7)), tickets(7, 7)).made_for
    assert entry is not None
    assert (entry.account, entry.version, entry.storage) == (OLD, 7, False)
    assert keys(directories(3, account("VMSTORE$", 3), account("OLDSTORE$", 7)), tickets(3, 7)).made_for is None
    assert keys(directories(3, account("VMSTORE$", 3), account("OLDSTORE$", 3)), tickets(3)).made_for is None
    assert keys(OWNED, tickets(2)).made_for is None


def test_of_one_principal_only_its_own_tickets_count() -> None:
    made = tickets(3, principal="bob-hv01$@VMLEVEL.COM")
    assert ServiceKeys(OWNED, made).of(SPN, STORAGE, (), HOST).tickets == ()
    assert len(ServiceKeys(OWNED, made).of(SPN, STORAGE, (), "bob-hv01$@VMLEVEL.COM").tickets) == 1


@pytest.mark.parametrize(
    ("check", "code", "read"),
    [
        ("spn.owner", "spn.owner/wrong-account", directories(3, account("OLDSTORE$", 7))),
        ("spn.unique", "spn.unique/duplicate", directories(3, account("VMSTORE$", 3), account("OLDSTORE$", 7))),
        (
            "spn.unique",
            "spn.unique/duplicate-across-trust",
            directories(3, account("VMSTORE$", 3), account("OLDSTORE$", 7, "vmlevel")),
        ),
    ],
)
def test_what_the_wrong_owner_does_is_shown(
    judged: Judged, cloud: Site, check: str, code: str, read: Directories
) -> None:
    across = code.endswith("trust")
    if across:  # each domain tells of its own account
        ours, theirs = read.spns[0].seen.value.found  # type: ignore[union-attr]
        reply = [(("tintri.com", "tidc"), ours), (("vmlevel.com", "vmdc1"), theirs)]
        spns = tuple(SpnAnswer(*who, SPN, SPN, Observed(Accounts((entry,)), "q", AT, "s")) for who, entry in reply)
        read = msgspec.structs.replace(read, spns=spns)
    made = tickets(7, realm="VMLEVEL.COM" if across else "TINTRI.COM")
    found = judged(check, read, made, SmbSessions((session(REJECTS),)))
    (entry,) = (each for each in found if isinstance(each, Finding) and each.code == code and each.tenant == "alice")
    old = "OLDSTORE$@VMLEVEL.COM" if across else OLD
    assert entry.values["tickets"] == (f"ticket from kdc0: AES256, key version 7: key of {old}",)
    assert entry.values["storage_answers"] == (f"{PATH} responds to {HOST}: KRB_AP_ERR_MODIFIED (41)",)
    assert f"{old}: key version 7" in entry.values["key_versions"]
    assert set(entry.values["tickets"]) <= {reason.answer for reason in entry.because}
    assert entry.subject == SPN


@pytest.mark.parametrize(
    ("read", "made", "words", "mend"),
    [
        (
            directories(3, account("OLDSTORE$", 7)),
            tickets(7),
            f"key version 7 of {OLD}, not",
            "-D {} 'OLDSTORE$'",
        ),
        (OWNED, tickets(3), f"key version 3 of {STORAGE}, which", "Test-ComputerSecureChannel"),
        (OWNED, tickets(2), "typically it cannot decrypt it", "Test-ComputerSecureChannel"),
    ],
)
def test_a_storage_that_cannot_open_a_ticket_is_told_whose_it_is(
    judged: Judged, read: Directories, made: ServiceTickets, words: str, mend: str
) -> None:
    found = judged("smb.session", read, made, SmbSessions((session(REJECTS),)))
    (entry,) = (each for each in found if isinstance(each, Finding))
    assert entry.code == "smb.session/rejected"
    assert words in entry.says
    assert mend.format(SPN) in text(entry)
