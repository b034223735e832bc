"""The accounts that may authenticate to the storages' accounts: queried only if a trust has
selective authentication.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import msgspec

from krbcheck.asking.ask import Asking, MaybeAsk, asked
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.directories import IN_CHAIN, plain
from krbcheck.collectors.ldap.reader import Answer, DirectoryReader, Found
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.admissions import (
    AccountDacl,
    AccountDaclAnswer,
    Admissions,
    GrantedGroupAnswer,
    about_authenticating,
)
from krbcheck.facts.directory import CROSS_ORGANIZATION, Directories, GroupMembers
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Observed, Unobserved, derived
from krbcheck.probes.ldap import queries
from krbcheck.probes.ldap.queries import Entry, Search
from krbcheck.probes.ldap.values import sids, texts
from krbcheck.site.exclusions import NOTHING, Exclusions
from krbcheck.site.stated import Domain, Site
from krbcheck.windows.descriptor import dacl

MOST_GROUPS = 100


@dataclass
class Reading:
    """One controller of a storage's domain, with its answers. `groups` are (SID, DN)."""

    domain: Domain
    controller: Controller
    accounts: tuple[str, ...]
    first: Answer | None = None
    second: Answer | None = None
    groups: list[tuple[str, str]] = field(default_factory=list)
    excluded: Exclusions = NOTHING
    third: Answer | None = None

    @property
    def question(self) -> str:
        return f"who may authenticate in {self.domain.name}"


def admissions(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    controllers: Controllers,
    readers: ReaderTickets,
    directories: Directories,
) -> Asking[Admissions]:
    """Returns the result of three rounds: the DACLs, the groups in them, those groups' members."""
    known, reader = _readings(site, controllers, directories), DirectoryReader(this_host, wallet, readers)

    def asks(readings: list[Reading], searches: list[list[Search]]) -> list[MaybeAsk[Found]]:
        return [
            reader.search(reading.domain, reading.controller, reading.question, those)
            for reading, those in zip(readings, searches, strict=True)
        ]

    answers = yield from asked(asks(known, [_accounts(entry) for entry in known]))
    for reading, answer in zip(known, answers, strict=True):
        reading.first = answer
    again = [entry for entry in known if _named(entry)]
    answers = yield from asked(asks(again, [_groups(entry) for entry in again]))
    for reading, answer in zip(again, answers, strict=True):
        reading.second = answer
        _hear_groups(reading)
    again = [entry for entry in again if entry.groups]
    answers = yield from asked(asks(again, [_members(entry) for entry in again]))
    for reading, answer in zip(again, answers, strict=True):
        reading.third = answer
    return Admissions(
        tuple(answer for entry in known for answer in _account_answers(entry)),
        tuple(answer for entry in known for answer in _group_answers(entry)),
    )


def _readings(site: Site, controllers: Controllers, directories: Directories) -> list[Reading]:
    selective = {
        answer.domain
        for answer in directories.trusts
        for trust in (answer.seen.value.found if isinstance(answer.seen, Observed) else ())
        if trust.attributes & CROSS_ORGANIZATION and site.domain(trust.partner) is not None
    }
    found = []
    for domain in site.domains:
        accounts = tuple(storage.account for storage in site.storages if storage.domain == domain.name)
        if domain.name in selective and accounts:
            hosts = {controller.host: controller for controller in controllers.of(domain.name)}
            found += [Reading(domain, host, accounts, excluded=site.excluded) for host in hosts.values()]
    return found


def _accounts(reading: Reading) -> list[Search]:
    wanted = (f"(sAMAccountName={queries.escaped(plain(account))})" for account in reading.accounts)
    return [Search("%domain", name, ("nTSecurityDescriptor",), dacl=True) for name in wanted]


def _groups(reading: Reading) -> list[Search]:
    named = "".join(f"(objectSid={sid})" for sid in _named(reading))
    return [Search("%domain", f"(|{named})", ("objectSid", "objectClass"))]


def _members(reading: Reading) -> list[Search]:
    nested = (f"(memberOf:{IN_CHAIN}:={queries.escaped(dn)})" for _, dn in reading.groups)
    return [Search("%domain", name, ("objectSid",)) for name in nested]


def _named(reading: Reading) -> list[str]:
    """Returns the SIDs in the DACLs that have the right."""
    found = (_dacl(reading, index) for index in range(len(reading.accounts)))
    aces = (ace for entry in found if entry is not None for ace in entry.aces or () if about_authenticating(ace))
    named = dict.fromkeys(ace.sid for ace in aces if ace.sid.startswith("S-1-5-"))
    return list(reading.excluded.without(named))[:MOST_GROUPS]


def _hear_groups(reading: Reading) -> None:
    entries = reading.second.value[0] if isinstance(reading.second, Observed) else ()
    held = ((sids(raw, "objectSid"), dn) for dn, raw in entries if "group" in texts(raw, "objectClass"))
    reading.groups = [(found[0], dn) for found, dn in held if found]


def _dacl(reading: Reading, index: int) -> AccountDacl | None:
    """Returns the descriptor of an account by its position; None if the controller did not answer."""
    return _dacl_of(reading.first.value[index]) if isinstance(reading.first, Observed) else None


def _account_dacl(index: int, found: Found) -> AccountDacl:
    return _dacl_of(found[index])


def _dacl_of(entries: tuple[Entry, ...]) -> AccountDacl:
    if not entries:
        return AccountDacl("")
    dn, raw = entries[0]
    return AccountDacl(dn, dacl(next(iter(raw.get("ntsecuritydescriptor", ())), b"")))


def _account_answers(reading: Reading) -> list[AccountDaclAnswer]:
    assert reading.first is not None
    found = []
    for index, account in enumerate(reading.accounts):
        seen = derived(reading.first, partial(_account_dacl, index), f"DACL of {account}")
        found.append(AccountDaclAnswer(reading.domain.name, reading.controller.host, account, seen))
    return found


def _group_answers(reading: Reading) -> list[GrantedGroupAnswer]:
    """Returns the groups and their members; Unobserved for every SID in a DACL if the second round had no answer."""
    host, domain = reading.controller.host, reading.domain.name
    if isinstance(reading.second, Unobserved):
        gap = msgspec.structs.replace(reading.second, asked=f"groups of {domain}")
        return [GrantedGroupAnswer(domain, host, sid, gap) for sid in _named(reading)]
    found = []
    for index, (sid, dn) in enumerate(reading.groups):
        assert reading.third is not None
        seen = derived(reading.third, partial(_group_members, sid, index), f"members of {dn}")
        found.append(GrantedGroupAnswer(domain, host, sid, seen))
    return found


def _group_members(sid: str, index: int, found: Found) -> GroupMembers:
    return GroupMembers(sid, tuple(sorted({member for _, raw in found[index] for member in sids(raw, "objectSid")})))
