"""What the readings of two directories come to, from entries made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.asking.ask import NotAsked
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.directories import accounts_of, directories, plain
from krbcheck.credentials.wallet import Secret, Ticket, Wallet
from krbcheck.facts.directory import CATALOGUE, Directories
from krbcheck.facts.kerberos import ReaderTickets, TicketGrant
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.probes.ldap import queries
from krbcheck.probes.ldap.queries import Entry, Search
from krbcheck.site.stated import Backup, Site
from tests.support.by_hand import AnyAsk, by_hand

NOW = datetime(2026, 7, 3, tzinfo=UTC)
THIS_HOST = ThisHost("station", {})
SPN, GROUP = "cifs/vmstore-alice.tintri.com", "VMLEVEL\\Hyper-V Hosts"
VMDC = Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10")
TIDC = Controller("tintri.com", "tidc.tintri.com", "10.77.0.20")
KNOWN = Controllers((VMDC, TIDC))
Finding = Callable[[str, Search], list[Entry]]
"""The entries that the controller with this address has for a search."""


def sid(*parts: int) -> bytes:
    return bytes((1, len(parts))) + (5).to_bytes(6, "big") + b"".join(part.to_bytes(4, "little") for part in parts)


def entry(dn: str, **attributes: bytes | list[bytes]) -> Entry:
    return dn, {name: item if isinstance(item, list) else [item] for name, item in attributes.items()}


HOST = entry("CN=alice-hv01,DC=vmlevel,DC=com", samaccountname=b"ALICE-HV01$", objectsid=sid(21, 1, 1105))
HOSTS = entry(
    "CN=Hyper-V Hosts,DC=vmlevel,DC=com",
    samaccountname=b"Hyper-V Hosts",
    objectsid=sid(21, 1, 1200),
    objectclass=[b"top", b"group"],
)
STORAGE = entry(
    "CN=VMSTORE,DC=tintri,DC=com",
    samaccountname=b"VMSTORE$",
    objectsid=sid(21, 2, 1103),
    serviceprincipalname=[SPN.upper().encode(), b"HOST/vmstore"],
)
TRUST = entry("CN=tintri.com,CN=System,DC=vmlevel,DC=com", trustpartner=b"tintri.com", trustdirection=b"3")
CONTEXT = "CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,DC=vmlevel,DC=com"


def found(address: str, search: Search) -> list[Entry]:
    """A directory where everything is in its place."""
    home = address == VMDC.address
    if "servicePrincipalName=" in search.filter:
        return [] if home else [STORAGE]
    if "sAMAccountName=" in search.filter:
        return [HOST, HOSTS] if home else [STORAGE]
    if "trustedDomain" in search.filter:
        return [TRUST] if home else []
    if "memberOf:" in search.filter:
        return [entry("CN=member", objectsid=sid(21, 1, 1105)), entry("CN=foreign", objectsid=sid(21, 9, 7))]
    if search.attributes == ("tokenGroups",):
        return [entry(search.base, tokengroups=[sid(21, 1, 515), sid(21, 1, 1200)])]
    if search.attributes == ("objectSid",):
        return [entry("DC=x", objectsid=sid(21, 1 if home else 2))]
    if "nETBIOSName" in search.attributes:
        return [
            entry("CN=VMLEVEL", netbiosname=b"VMLEVEL", dnsroot=b"VMLEVEL.com"),
            entry("CN=TINTRI", netbiosname=b"TINTRI", dnsroot=b"tintri.com"),
        ]
    return [entry(CONTEXT, spnmappings=b"host=alerter,cifs")]


@pytest.fixture
def site(cloud: Site) -> Site:
    item = cloud.tenants[0]
    return msgspec.structs.replace(
        cloud, tenants=(item,), backups=(Backup("dpm-2019", "vmstore", (item.principals[0].name,), GROUP),)
    )


@pytest.fixture
def wallet() -> Wallet:
    """With a ticket for each controller."""
    held = Wallet()
    for domain, item in (("VMLEVEL.COM", VMDC), ("TINTRI.COM", TIDC)):
        ticket = Ticket("krbcheck", f"ldap/{item.host}", domain, Secret(b""), Secret(b""), 18, 18, 1, 0, NOW, NOW, NOW)
        held.tickets[(f"krbcheck@{domain}", f"ldap/{item.host}", "")] = ticket
    return held


def read(site: Site, wallet: Wallet, find: Finding = found, silent: Sequence[tuple[str, int]] = ()) -> Directories:
    """`silent` are (address, port) pairs that never answer."""

    def answer(ask: AnyAsk) -> Answer:
        assert ask.call.func is queries.read
        address, port, _, _, searches, _ = ask.call.args
        if (address, port) in silent:
            return Unobserved(Gap.TIMED_OUT, "no answer", ask.asked, NOW, ask.vantage)
        entries = tuple(tuple(find(address, search)) for search in searches)
        return Observed(entries, ask.asked, NOW, ask.vantage)

    collector = by_hand(directories(site, THIS_HOST, wallet, KNOWN, ReaderTickets()))
    asks = next(collector)
    try:
        while True:
            asks = collector.send([answer(ask) for ask in asks])
    except StopIteration as stopped:
        value = stopped.value
    assert isinstance(value, Directories)
    return value


def test_accounts_come_with_all_their_groups(site: Site, wallet: Wallet) -> None:
    seen = read(site, wallet).account("ALICE-hv01$@vmlevel.com")
    assert isinstance(seen, Observed)
    (item,) = seen.value.found
    assert (item.sid, item.groups) == ("S-1-5-21-1-1105", ("S-1-5-21-1-1200", "S-1-5-21-1-515"))


def test_an_account_that_is_not_there_is_an_answer(site: Site, wallet: Wallet) -> None:
    def nobody(address: str, search: Search) -> list[Entry]:
        return [] if "sAMAccountName=" in search.filter else found(address, search)

    seen = read(site, wallet, nobody).account("alice-hv01$@VMLEVEL.COM")
    assert isinstance(seen, Observed)
    assert seen.value.summary() == "no such object"


def test_owners_are_found_whatever_the_letter_case(site: Site, wallet: Wallet) -> None:
    reply = {(spn.controller, spn.form): spn.seen for spn in read(site, wallet).spns}
    for controller in (TIDC.host, TIDC.host + CATALOGUE):
        seen = reply[controller, SPN]
        assert isinstance(seen, Observed)
        assert [item.sam for item in seen.value.found] == ["VMSTORE$"]
    others = reply[TIDC.host, "HOST/vmstore-alice"]
    assert isinstance(others, Observed)
    assert others.value.found == (), "what another form has found is not this one's"


def test_a_domain_tells_who_it_is(site: Site, wallet: Wallet) -> None:
    reply = {identity.domain: identity.seen for identity in read(site, wallet).identities}
    seen = reply["vmlevel.com"]
    assert isinstance(seen, Observed)
    assert (seen.value.netbios, seen.value.sid, seen.value.forest) == ("VMLEVEL", "S-1-5-21-1", "vmlevel.com")
    assert seen.value.spn_mappings == ("host=alerter,cifs",)


def test_what_a_directory_does_not_show_is_empty(site: Site, wallet: Wallet) -> None:
    """A reader without rights on the configuration sees nothing of it; the rest counts all the same."""

    def hidden(address: str, search: Search) -> list[Entry]:
        return found(address, search) if search.scope == "subtree" else []

    reply = read(site, wallet, hidden)
    seen = reply.identities[0].seen
    assert isinstance(seen, Observed)
    assert (seen.value.netbios, seen.value.sid, seen.value.forest) == ("", "", "")
    account = reply.account("alice-hv01$@VMLEVEL.COM")
    assert isinstance(account, Observed)
    assert account.value.found[0].groups is None, "not told is not the same as none"


def test_trusts_are_told_by_each_side(site: Site, wallet: Wallet) -> None:
    reply = {trust.domain: trust.seen for trust in read(site, wallet).trusts}
    home, away = reply["vmlevel.com"], reply["tintri.com"]
    assert isinstance(home, Observed)
    assert isinstance(away, Observed)
    assert [(item.partner, item.direction) for item in home.value.found] == [("tintri.com", 3)]
    assert away.value.summary() == "no trusts"


def test_a_group_is_told_by_the_domain_that_its_name_says(site: Site, wallet: Wallet) -> None:
    groups = read(site, wallet).groups
    assert [(group.domain, group.group) for group in groups] == [("vmlevel.com", GROUP)]
    seen = groups[0].seen
    assert isinstance(seen, Observed)
    assert (seen.value.sid, seen.value.members) == ("S-1-5-21-1-1200", ("S-1-5-21-1-1105", "S-1-5-21-9-7"))


def test_a_group_that_is_not_there_is_an_answer(site: Site, wallet: Wallet) -> None:
    backup = msgspec.structs.replace(site.backups[0], group="VMLEVEL\\Nobody")
    seen = read(msgspec.structs.replace(site, backups=(backup,)), wallet).groups[0].seen
    assert isinstance(seen, Observed)
    assert seen.value.summary() == "no such group"


def test_a_silent_catalogue_is_silent_alone(site: Site, wallet: Wallet) -> None:
    reply = read(site, wallet, silent=[(TIDC.address, queries.GLOBAL_CATALOG)]).spns
    gaps = {item.controller for item in reply if isinstance(item.seen, Unobserved)}
    assert gaps == {TIDC.host + CATALOGUE}


def test_a_silent_controller_is_silent_about_everything(site: Site, wallet: Wallet) -> None:
    reply = read(site, wallet, silent=[(VMDC.address, queries.LDAP)])
    assert isinstance(reply.account("alice-hv01$@VMLEVEL.COM"), Unobserved)
    assert isinstance(reply.group(GROUP), Unobserved)
    assert {type(identity.seen) for identity in reply.identities if identity.domain == "vmlevel.com"} == {Unobserved}
    assert {type(identity.seen) for identity in reply.identities if identity.domain == "tintri.com"} == {Observed}


def test_without_a_ticket_the_reason_is_that_of_the_account(site: Site) -> None:
    refused = Unobserved(Gap.NO_CREDENTIALS, "environment variable KRB is not set", "TGT of krbcheck", NOW, "station")
    readers = ReaderTickets((TicketGrant("", "krbcheck@VMLEVEL.COM", "", "", refused),))
    questions = next(directories(site, THIS_HOST, Wallet(), KNOWN, readers))
    reasons = {question.detail for question in questions if isinstance(question, NotAsked)}
    assert any("environment variable KRB is not set" in reason for reason in reasons)
    assert any("no ticket was requested for krbcheck@TINTRI.COM" in reason for reason in reasons)


def test_a_domain_without_an_account_says_so(site: Site) -> None:
    nameless = tuple(msgspec.structs.replace(domain, account="") for domain in site.domains)
    nowhere = msgspec.structs.replace(site, domains=nameless)
    first, *_ = next(directories(nowhere, THIS_HOST, Wallet(), KNOWN, ReaderTickets()))
    assert isinstance(first, NotAsked)
    assert first.gap is Gap.NO_CREDENTIALS
    assert "names no account that reads the directory" in first.detail


def test_the_accounts_of_a_domain_are_those_that_the_site_names(site: Site) -> None:
    assert accounts_of(site, site.domains[0]) == ("alice-hv01$@VMLEVEL.COM",)
    assert accounts_of(site, site.domains[1]) == ("VMSTORE$@TINTRI.COM",)


@pytest.mark.parametrize(
    ("name", "account"),
    [("VMSTORE$@TINTRI.COM", "VMSTORE$"), (GROUP, "Hyper-V Hosts"), ("Backup Hosts", "Backup Hosts")],
)
def test_the_name_that_a_directory_knows(name: str, account: str) -> None:
    assert plain(name) == account
