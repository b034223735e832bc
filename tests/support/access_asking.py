"""A site with several hosts of two tenants, and a collector that is driven by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from krbcheck.asking.answering import answered
from krbcheck.asking.ask import Asking
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.rpc.share_access import access_lists, share_access
from krbcheck.credentials.wallet import Credential, Secret, Ticket, Wallet
from krbcheck.facts.kerberos import Hop, ReaderTickets, ServiceTickets, TicketFacts, TicketPath
from krbcheck.facts.names import NameAnswers
from krbcheck.facts.observation import Facts, Observed, Unobserved
from krbcheck.facts.share_access import (
    FolderReply,
    Listing,
    ShareAccess,
    StorageLists,
)
from krbcheck.probes.ldap.groups import Climbed
from krbcheck.site.stated import (
    Access,
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
from krbcheck.windows.descriptor import Ace, Descriptor
from tests.support.access import AT
from tests.support.by_hand import AnyAsk, by_hand

SOURCE = SecretSource(SecretKind.ENV, "X")
READER = "krbcheck@TINTRI.COM"
ALICE, BOB = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
THIS_HOST = ThisHost(
    "station", {"alice": SourceAddress("alice", "10.77.11.9"), "bob": SourceAddress("bob", "10.77.12.9")}
)


def tenant(name: str, number: int, principals: int) -> Tenant:
    return Tenant(
        name,
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        shares=(Share(f"{name.title()}VMs", Access.FULL, "vmstore"),),
        principals=tuple(Principal(f"{name}-hv0{entry}$@VMLEVEL.COM", SOURCE) for entry in range(1, principals + 1)),
        administrators=(f"VMLEVEL\\{name.title()} Admins",),
    )


@pytest.fixture
def site() -> Site:
    return Site(
        "lab",
        domains=(Domain("vmlevel.com", "krbcheck@VMLEVEL.COM", SOURCE), Domain("tintri.com", READER, SOURCE)),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM", ("TINTRI\\Domain Admins",)),),
        tenants=(tenant("alice", 11, 3), tenant("bob", 12, 1)),
    )


def a_ticket(client: str, service: str) -> Ticket:
    return Ticket(
        client=client,
        service=service,
        realm="TINTRI.COM",
        der=Secret(b"ticket"),
        session_key=Secret(bytes(32)),
        session_etype=18,
        etype=18,
        kvno=1,
        flags=0,
        authtime=AT,
        starttime=AT,
        endtime=AT,
    )


def wallet(*held: tuple[str, str]) -> Wallet:
    credentials = {who: Credential(who, SOURCE, Secret("x")) for who, _ in held}
    return Wallet(credentials, tickets={(who, spn, ""): a_ticket(who, spn) for who, spn in held})


def rounds(collector: Asking[Facts], *answers: Sequence[object]) -> tuple[list[list[AnyAsk]], Facts]:
    """All asks by round, and the family; each round is answered with its values, then with the asks' own."""
    asked: list[list[AnyAsk]] = []
    given = iter(answers)
    try:
        driven = by_hand(collector)
        asks = next(driven)
        while True:
            asked.append(asks)
            values = next(given, None)
            asks = driven.send([_answer(ask, values, at) for at, ask in enumerate(asks)])
    except StopIteration as ended:
        family: Facts = ended.value
        return asked, family


def _answer(ask: AnyAsk, values: Sequence[object] | None, at: int) -> Answer:
    if values is None:
        return answered(ask)
    value = values[at] if at < len(values) else Climbed()
    return value if isinstance(value, Unobserved) else Observed(value, ask.asked, AT, ask.vantage)


TICKETS = [(f"alice-hv0{entry}$@VMLEVEL.COM", f"cifs/{ALICE}") for entry in (1, 2, 3)]


def issued(*held: tuple[str, str]) -> ServiceTickets:
    """The facts of the same tickets."""
    return ServiceTickets(tuple(_way(who, spn) for who, spn in held))


def _way(principal: str, spn: str) -> TicketPath:
    fact = TicketFacts(principal, "VMLEVEL.COM", spn, "TINTRI.COM", 18, 18, 1, 0, AT, AT)
    hop = Hop("TINTRI.COM", "tidc.tintri.com", spn, Observed(fact, f"ticket for {spn}", AT, "alice"))
    return TicketPath("alice", principal, spn, "vmdc1.vmlevel.com", "", (hop,))


def asked_of(site: Site, *held: tuple[str, str], every: bool = True) -> tuple[list[list[AnyAsk]], ShareAccess]:
    """Each listing names one SID in its folder."""
    collect = share_access if every else access_lists
    collector = collect(site, THIS_HOST, wallet(*held), NameAnswers(), issued(*held), ReaderTickets())
    shown = Listing(
        names=("AliceVMs",), folders=(FolderReply("AliceVMs", 0, Descriptor(dacl=(Ace(True, 1, "S-1-1-0"),))),)
    )
    asked, family = rounds(collector, [shown] * len(held), [StorageLists()])
    assert isinstance(family, ShareAccess)
    return asked, family
