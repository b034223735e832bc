"""A trace shows whose key the ticket is made with, beside the accounts of its SPN, and what the storage answers."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, SpnAnswer
from krbcheck.facts.kerberos import Hop, ServiceTickets, TicketFacts, TicketPath
from krbcheck.facts.observation import Facts, Observed
from krbcheck.facts.smb import SessionKind, SmbSession, SmbSessions, SmbSetUp
from krbcheck.report.trace import Trace, assemble
from krbcheck.report.trace_page import render
from krbcheck.site.stated import Site

AT = datetime(2026, 1, 1, tzinfo=UTC)
SPN, HOST = "cifs/vmstore-alice.tintri.com", "alice-hv01$@VMLEVEL.COM"


class Asked:
    principal, service, order = HOST, SPN, ()

    def __init__(self, site: Site) -> None:
        self.site = site


def traced(site: Site, *families: Facts) -> Trace:
    facts = {type(family): family for family in families}
    return assemble(Asked(site), [], facts, vantage="alice", source="", started=AT, seconds=0.1)


def test_accounts_tickets_and_answer_are_told(cloud: Site) -> None:
    storage = Account("CN=VMSTORE,DC=tintri,DC=com", "VMSTORE$", "S-1", kvno=3)
    other = Account("CN=\x1b[31mOLD,DC=tintri,DC=com", "\x1b[31mOLD$", "S-2", kvno=7)
    read = Directories(
        accounts=(
            AccountAnswer("tintri.com", "t", "VMSTORE$@TINTRI.COM", Observed(Accounts((storage,)), "q", AT, "s")),
        ),
        spns=(SpnAnswer("tintri.com", "t", SPN, SPN, Observed(Accounts((other,)), "q", AT, "s")),),
    )
    ticket = TicketFacts("alice-hv01$", "VMLEVEL.COM", SPN, "TINTRI.COM", 18, 18, 7, 0, AT, AT)
    hop = Hop("TINTRI.COM", "tidc", SPN, Observed(ticket, "q", AT, "alice"))
    said = Observed(SmbSetUp(0xC000006D, krb_error=41, dialect=0x311), "q", AT, "alice")
    session = SmbSession("alice", HOST, "vmstore-alice.tintri.com", "vmstore", "a", SessionKind.KERBEROS, said)
    paths = ServiceTickets((TicketPath("alice", HOST, SPN, "vmdc1", "tintri.com", (hop,)),))
    trace = traced(cloud, read, paths, SmbSessions((session,)))
    assert [(account.account, account.version, account.owns) for account in trace.keys.accounts] == [
        ("VMSTORE$@TINTRI.COM", 3, False),
        ("\x1b[31mOLD$@TINTRI.COM", 7, True),
    ]
    assert [entry.owners for entry in trace.keys.tickets] == [("\x1b[31mOLD$@TINTRI.COM",)]
    assert [answer.accepted for answer in trace.keys.answers] == [False]
    page = io.StringIO()
    render(trace, page, {}, width=120)
    assert "key version 3" in page.getvalue()
    assert "KRB_AP_ERR_MODIFIED (41)" in page.getvalue()
    assert "\x1b" not in page.getvalue()


def test_without_a_directory_nothing_is_told(cloud: Site) -> None:
    trace = traced(cloud, ServiceTickets())
    assert trace.keys.summary == ()
    page = io.StringIO()
    render(trace, page, {}, width=120)
    assert "whose key" not in page.getvalue()
