"""Who may authenticate is asked only where a trust is selective: the DACL, the groups that it names, their members."""

from __future__ import annotations

import struct
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from krbcheck.asking.ask import Asking, NotAsked
from krbcheck.asking.scheduler import Answer
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.admissions import admissions
from krbcheck.credentials.wallet import Secret, Ticket, Wallet
from krbcheck.facts.admissions import ALLOWED_TO_AUTHENTICATE, CONTROL_ACCESS, Admissions
from krbcheck.facts.directory import Directories, GroupMembers
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.stated import Site
from tests.support import trust
from tests.support.by_hand import AnyAsk, by_hand

made = trust.made
AT = datetime(2026, 1, 1, tzinfo=UTC)
GROUP, HOST, HOSTS = "S-1-5-21-9-9-9-1300", "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-1200"
DN, GROUP_DN = "CN=VMSTORE,CN=Computers,DC=tintri,DC=com", "CN=Storage Users,CN=Users,DC=tintri,DC=com"
SELECTIVE = 0x10
Entries = tuple[tuple[str, dict[str, list[bytes]]], ...]


def sid(text: str) -> bytes:
    first, *parts = map(int, text.split("-")[2:])
    return bytes((1, len(parts))) + first.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def descriptor(*sids: str) -> bytes:
    """A DACL that allows these to authenticate (MS-DTYP 2.4.6)."""
    aces = b""
    for entry in sids:
        body = struct.pack("<II", CONTROL_ACCESS, 1) + uuid.UUID(ALLOWED_TO_AUTHENTICATE).bytes_le + sid(entry)
        aces += struct.pack("<BBH", 5, 0, len(body) + 4) + body
    head = struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20)
    return head + struct.pack("<BBHHH", 4, 0, 8 + len(aces), len(sids), 0) + aces


def with_dacl(*sids: str) -> Entries:
    return ((DN, {"ntsecuritydescriptor": [descriptor(*sids)]}),)


IS_GROUP: Entries = ((GROUP_DN, {"objectsid": [sid(GROUP)], "objectclass": [b"top", b"group"]}),)
MEMBERS: Entries = (("CN=x", {"objectsid": [sid(HOSTS)]}), ("CN=y", {"objectsid": [sid(HOST)]}))


def wallet() -> Wallet:
    reader, spn, key = "krbcheck@TINTRI.COM", "ldap/tidc.tintri.com", Secret(bytes(32))
    return Wallet(tickets={(reader, spn, ""): Ticket(reader, spn, "TINTRI.COM", key, key, 18, 18, 1, 0, AT, AT, AT)})


def asking(directories: Directories, site: Site, held: Wallet) -> Asking[Admissions]:
    controllers = Controllers((Controller("tintri.com", "tidc.tintri.com", "10.77.0.20"),))
    return admissions(site, ThisHost("station", {}), held, controllers, ReaderTickets(), directories)


def told(directories: Directories, site: Site, *answers: Entries | None) -> Admissions:
    """What the collector makes of these answers, one a round; None is silence."""
    rounds, left = by_hand(asking(directories, site, wallet())), list(answers)
    batch: list[Answer] | None = None
    while True:
        try:
            asks = next(rounds) if batch is None else rounds.send(batch)
        except StopIteration as stopped:
            assert not left
            family: Admissions = stopped.value
            return family
        batch = [answer(ask, left.pop(0)) for ask in asks]


def answer(ask: AnyAsk, entries: Entries | None) -> Answer:
    if entries is None:
        return Unobserved(Gap.TIMED_OUT, "no answer", ask.asked, AT, ask.vantage)
    return Observed((entries,), ask.asked, AT, ask.vantage)


@pytest.fixture
def selective(made: Any) -> Directories:
    facts: Directories = made.sides(made.trust("tintri.com"), made.trust("vmlevel.com", attributes=SELECTIVE))
    return facts


@pytest.mark.parametrize("storage", [0, None], ids=["not selective", "not known"])
def test_where_nothing_is_selective_nothing_is_asked(made: Any, cloud: Site, storage: int | None) -> None:
    trust = None if storage is None else made.trust("vmlevel.com", attributes=storage)
    assert told(made.sides(made.trust("tintri.com", attributes=SELECTIVE), trust), cloud) == Admissions()


def test_three_rounds_tell_who_is_in_the_group_that_the_dacl_names(cloud: Site, selective: Directories) -> None:
    found = told(selective, cloud, with_dacl(GROUP, "S-1-1-0"), IS_GROUP, MEMBERS)
    (dacl,), (group,) = found.accounts, found.groups
    assert isinstance(dacl.seen, Observed)
    assert (dacl.account, dacl.seen.value.dn) == ("VMSTORE$@TINTRI.COM", DN)
    assert [ace.sid for ace in dacl.seen.value.aces or ()] == [GROUP, "S-1-1-0"]
    assert isinstance(group.seen, Observed)
    assert group.seen.value == GroupMembers(GROUP, (HOST, HOSTS))


def test_accounts_and_sids_of_elsewhere_are_no_groups(cloud: Site, selective: Directories) -> None:
    found = told(selective, cloud, with_dacl(HOST), ())
    assert len(found.accounts) == 1
    assert found.groups == ()


def test_a_silence_in_between_is_told(cloud: Site, selective: Directories) -> None:
    assert isinstance(told(selective, cloud, None).accounts[0].seen, Unobserved)
    (group,) = told(selective, cloud, with_dacl(GROUP), None).groups
    assert (group.sid, type(group.seen)) == (GROUP, Unobserved)
    (group,) = told(selective, cloud, with_dacl(GROUP), IS_GROUP, None).groups
    assert (group.sid, type(group.seen)) == (GROUP, Unobserved)


def test_an_account_that_is_not_there_and_a_dacl_that_is_not_shown_are_told(
    cloud: Site, selective: Directories
) -> None:
    (gone,) = told(selective, cloud, ()).accounts
    (hidden,) = told(selective, cloud, ((DN, {}),)).accounts
    assert isinstance(gone.seen, Observed)
    assert isinstance(hidden.seen, Observed)
    assert (gone.seen.value.dn, hidden.seen.value.dn, hidden.seen.value.aces) == ("", DN, None)


def test_without_a_ticket_the_reason_is_asked_for_instead(cloud: Site, selective: Directories) -> None:
    (question,) = next(asking(selective, cloud, Wallet()))
    assert question == NotAsked(
        Gap.NEEDS_OTHER,
        "no ticket was requested for krbcheck@TINTRI.COM",
        "who may authenticate in tintri.com",
        "station",
    )
