"""Which groups and members are read from which domain for the access lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest

from krbcheck.collectors.ldap.memberships import MOST_ROUNDS, memberships
from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, DomainIdentity, IdentityAnswer
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.facts.share_access import (
    FolderReply,
    Listing,
    Memberships,
    ShareAccess,
    StorageAccess,
    Trustee,
)
from krbcheck.probes.ldap import groups
from krbcheck.probes.ldap.groups import Climbed, Node, Wanted
from krbcheck.site.stated import (
    Backup,
    SecretKind,
    SecretSource,
    Site,
)
from krbcheck.windows.descriptor import Ace, Descriptor
from tests.support import access_asking
from tests.support.access import AT
from tests.support.access_asking import THIS_HOST, TICKETS, asked_of, rounds, wallet
from tests.support.by_hand import AnyAsk

site = access_asking.site

SOURCE = SecretSource(SecretKind.ENV, "X")
HOSTS, STORES = "S-1-5-21-1-1-1", "S-1-5-21-2-2-2"
READER = "krbcheck@TINTRI.COM"
ALICE, BOB = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"


CONTROLLERS = Controllers(
    (
        Controller("vmlevel.com", "vmdc1.vmlevel.com", "10.77.0.10"),
        Controller("tintri.com", "tidc.tintri.com", "10.77.0.20"),
    )
)
BOTH = (("krbcheck@VMLEVEL.COM", "ldap/vmdc1.vmlevel.com"), (READER, "ldap/tidc.tintri.com"))
IDENTITIES = Directories(
    identities=tuple(
        IdentityAnswer(domain, host, Observed(DomainIdentity(netbios, sid, domain), "asked", AT, ""))
        for domain, host, netbios, sid in (
            ("vmlevel.com", "vmdc1.vmlevel.com", "VMLEVEL", HOSTS),
            ("tintri.com", "tidc.tintri.com", "TINTRI", STORES),
        )
    )
)
HOST, GROUP = Node("cn=hv01", f"{HOSTS}-1104", "alice-hv01$", primary=515), f"{STORES}-2001"
NOTHING = Climbed()


def climbed(*nodes: Node, opened: Sequence[str] = ()) -> Climbed:
    return Climbed({node.dn: node for node in nodes}, set(opened))


def group(name: str, sid: str, *, parents: Sequence[str] = (), scope: int = 4) -> Node:
    return Node(f"cn={name}", sid, name, ("top", "group"), scope, parents=set(parents))


def foreign(sid: str, *parents: str) -> Node:
    return Node(f"cn={sid}", sid, classes=("top", "foreignSecurityPrincipal"), parents=set(parents))


def found(
    site: Site, *answers: Sequence[object], access: ShareAccess | None = None
) -> tuple[list[list[AnyAsk]], Memberships]:
    collector = memberships(
        site, THIS_HOST, wallet(*BOTH), CONTROLLERS, ReaderTickets(), IDENTITIES, access or ShareAccess()
    )
    asked, family = rounds(collector, *answers)
    assert isinstance(family, Memberships)
    return asked, family


def trustees(facts: Memberships, domain: str) -> Mapping[str, Trustee]:
    (entry,) = (each for each in facts.domains if each.domain == domain)
    assert isinstance(entry.seen, Observed)
    return {each.sid: each for each in entry.seen.value.found}


def wanted(ask: AnyAsk) -> Wanted:
    assert ask.call.func is groups.climb
    what: Wanted = ask.call.args[3]
    return what


def test_each_domain_is_asked_for_its_own_names_at_one_controller(site: Site) -> None:
    (first, *_), _ = found(site, [NOTHING, NOTHING])
    assert [(ask.host, ask.vantage) for ask in first] == [("10.77.0.10", "station"), ("10.77.0.20", "station")]
    hosts, stores = map(wanted, first)
    assert hosts.own == ("alice-hv01$", "alice-hv02$", "alice-hv03$", "bob-hv01$", "Alice Admins", "Bob Admins")
    assert (hosts.names, stores.own, stores.names) == ((), (), ("Domain Admins",))
    assert "alice admins" in hosts.opened
    assert "domain admins" in stores.opened


def test_who_is_in_an_access_list_is_looked_up_at_home(site: Site) -> None:
    entries = (Ace(True, 1, f"{HOSTS}-1110"), Ace(True, 1, f"{STORES}-2001"), Ace(True, 1, "S-1-5-32-544"))
    seen = Observed(Listing(folders=(FolderReply("AliceVMs", 0, Descriptor(dacl=entries)),)), "asked", AT, "alice")
    listing = asked_of(site, TICKETS[0])[1].listings[0]
    access = ShareAccess(listings=(msgspec.structs.replace(listing, seen=seen),))
    (first, *_), _ = found(site, [NOTHING, NOTHING], access=access)
    hosts, stores = map(wanted, first)
    assert (hosts.sids, stores.sids) == ((f"{HOSTS}-1110",), (f"{STORES}-2001",))
    assert f"{STORES}-2001" in stores.opened


def test_accounts_of_one_domain_are_sought_as_foreign_members_of_the_other(site: Site) -> None:
    local = group("alice access", GROUP)
    (_, second, *more), facts = found(
        site, [climbed(HOST), NOTHING], [climbed(local, foreign(HOST.sid, local.dn))], [NOTHING]
    )
    (ask,) = second
    assert ask.host == "10.77.0.20"
    assert wanted(ask) == Wanted(foreign=(HOST.sid,))
    assert [ask.host for asks in more for ask in asks] == ["10.77.0.10"], "whom else the new group may be a member of"
    assert trustees(facts, "tintri.com")[HOST.sid].member_of == (GROUP,)


def test_strangers_within_an_opened_group_are_looked_up_at_home(site: Site) -> None:
    admins = group("domain admins", f"{STORES}-512", scope=2)
    stranger = foreign(f"{HOSTS}-1199", admins.dn)
    (_, second, *_), facts = found(
        site, [NOTHING, climbed(admins, stranger, opened=[admins.dn])], [climbed(group("deep", stranger.sid))]
    )
    assert [(ask.host, wanted(ask).sids) for ask in second if wanted(ask).sids] == [("10.77.0.10", (stranger.sid,))]
    assert trustees(facts, "vmlevel.com")[stranger.sid].name == "VMLEVEL\\deep"


def test_a_silent_domain_is_asked_once_and_its_silence_is_told(site: Site) -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer", "groups of tintri.com", AT, "station")
    asked, facts = found(site, [climbed(HOST), silence])
    assert [ask.host for asks in asked[1:] for ask in asks] == []
    assert [domain.seen for domain in facts.domains if domain.domain == "tintri.com"] == [silence]
    assert HOST.sid in trustees(facts, "vmlevel.com")


def test_domains_that_name_ever_more_of_each_other_are_asked_a_few_times(site: Site) -> None:
    def more(turn: int) -> list[object]:
        here = group(f"h{turn}", f"{HOSTS}-{3000 + turn}")
        there = group(f"t{turn}", f"{STORES}-{3000 + turn}")
        return [climbed(here), climbed(there)]

    asked, _ = found(site, *[more(turn) for turn in range(10)])
    assert len(asked) == MOST_ROUNDS


@pytest.mark.parametrize(
    ("rid", "opened", "member", "empty"),
    [
        pytest.param(1130, True, False, True, id="asked-for-and-nobody-is-in-it"),
        pytest.param(1130, False, False, False, id="nobody-asked"),
        pytest.param(1130, True, True, False, id="somebody-is-in-it"),
        pytest.param(515, True, False, False, id="a-primary-group-does-not-list-its-members"),
    ],
)
def test_a_group_is_empty_only_where_its_members_were_asked_for(
    site: Site, rid: int, opened: bool, member: bool, empty: bool
) -> None:
    entry = group("some", f"{HOSTS}-{rid}")
    inside = [Node("cn=x", f"{HOSTS}-1104", "x", parents={entry.dn})] if member else []
    _, facts = found(site, [climbed(entry, *inside, opened=[entry.dn] if opened else []), NOTHING])
    assert trustees(facts, "vmlevel.com")[entry.sid].empty is empty


def test_primary_groups_count_and_built_in_groups_of_controllers_do_not(site: Site) -> None:
    builtin = group("administrators", "S-1-5-32-544")
    host = Node(HOST.dn, HOST.sid, HOST.name, primary=515, parents={builtin.dn})
    _, facts = found(site, [climbed(host, builtin), NOTHING])
    assert trustees(facts, "vmlevel.com")[HOST.sid].member_of == (f"{HOSTS}-515",)
    assert builtin.sid not in trustees(facts, "vmlevel.com")


def test_a_domain_whose_directory_cannot_be_read_is_a_gap_that_says_why(site: Site) -> None:
    collector = memberships(site, THIS_HOST, wallet(), CONTROLLERS, ReaderTickets(), IDENTITIES, ShareAccess())
    _, facts = rounds(collector)
    assert isinstance(facts, Memberships)
    reasons = [domain.seen.detail for domain in facts.domains if isinstance(domain.seen, Unobserved)]
    assert reasons == [f"no ticket was requested for {who}" for who, _ in BOTH]


def test_the_controller_that_told_of_itself_and_gave_a_ticket_is_asked(site: Site) -> None:
    two = (Controller("vmlevel.com", "vmdc0.vmlevel.com", "10.77.0.9"), *CONTROLLERS.controllers)
    collector = memberships(
        site, THIS_HOST, wallet(*BOTH), Controllers(two), ReaderTickets(), IDENTITIES, ShareAccess()
    )
    (first, *_), _ = rounds(collector, [NOTHING, NOTHING])
    assert [ask.host for ask in first] == ["10.77.0.10", "10.77.0.20"]


def test_the_groups_of_a_token_are_looked_up_at_home_and_sought_at_the_storages_domain(site: Site) -> None:
    token = (f"{HOSTS}-1110", "S-1-5-32-545", "S-1-1-0")
    account = Account("", "alice-hv01$", HOST.sid, groups=token)
    reply = AccountAnswer(
        "vmlevel.com", "vmdc1", "alice-hv01$@VMLEVEL.COM", Observed(Accounts((account,)), "asked", AT, "")
    )
    known = msgspec.structs.replace(IDENTITIES, accounts=(reply,))
    collector = memberships(site, THIS_HOST, wallet(*BOTH), CONTROLLERS, ReaderTickets(), known, ShareAccess())
    (first, *_), _ = rounds(collector, [NOTHING, NOTHING])
    hosts, stores = map(wanted, first)
    assert (hosts.sids, hosts.foreign) == ((HOST.sid, f"{HOSTS}-1110"), ())
    assert (stores.sids, stores.foreign) == ((), (HOST.sid, f"{HOSTS}-1110"))


def test_the_groups_that_back_up_are_asked_for_too(site: Site) -> None:
    backed = msgspec.structs.replace(
        site,
        backups=(
            Backup("dpm", "vmstore", ("dpm01$@VMLEVEL.COM",), "VMLEVEL\\Backup Hosts"),
            Backup("veeam", "vmstore", ()),
        ),
    )
    (first, *_), _ = found(backed, [NOTHING, NOTHING])
    assert wanted(first[0]).own[-2:] == ("dpm01$", "Backup Hosts")


def test_what_was_not_read_names_nobody(site: Site) -> None:
    silence = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "alice")
    listing = msgspec.structs.replace(asked_of(site, TICKETS[0])[1].listings[0], seen=silence)
    storage = StorageAccess("vmstore", ALICE, "10.77.11.30", READER, silence)
    (first, *_), _ = found(site, [NOTHING, NOTHING], access=ShareAccess((storage,), (listing,)))
    assert [wanted(ask).sids for ask in first] == [(), ()]
