"""Reads every controller of every domain: accounts, owners of SPNs, trusts, groups; one connection for each round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from krbcheck.asking.ask import Asking, MaybeAsk, asked
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap import records
from krbcheck.collectors.ldap.reader import Answer, DirectoryReader, Found
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import (
    CATALOGUE,
    Account,
    AccountAnswer,
    Accounts,
    Directories,
    DomainIdentity,
    GroupAnswer,
    GroupMembers,
    IdentityAnswer,
    SpnAnswer,
    TrustAnswer,
    Trusts,
)
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Observation, Observed, derived
from krbcheck.probes.ldap import queries, values
from krbcheck.probes.ldap.queries import Entry, Search
from krbcheck.site.stated import Domain, Site, realm_of
from krbcheck.windows.spn_forms import forms

T = TypeVar("T")
IN_CHAIN = "1.2.840.113556.1.4.1941"
"""LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): membership through any depth of groups."""


@dataclass
class Reading:
    """One controller, with its answers. `accounts` and `groups` are names as the site writes them."""

    domain: Domain
    controller: Controller
    catalog: bool
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    spns: tuple[str, ...] = ()
    first: Answer | None = None
    second: Answer | None = None

    @property
    def name(self) -> str:
        return self.controller.host + CATALOGUE if self.catalog else self.controller.host

    def part(self, value: Callable[[Found], T], question: str) -> Observation[T]:
        """Returns what the first answer contains about a narrower query."""
        assert self.first is not None
        return derived(self.first, value, question)


def accounts_of(site: Site, domain: Domain) -> tuple[str, ...]:
    """Returns every account of a domain in the site file, in the form `account@REALM`."""
    named = [storage.account for storage in site.storages]
    named += [principal.name for _, principal in site.principals()]
    named += [name for backup in site.backups for name in backup.accounts]
    return tuple(dict.fromkeys(name for name in named if realm_of(name) == domain.realm))


def groups_named(site: Site) -> tuple[str, ...]:
    """Returns the groups in backup entries; the NetBIOS name shows which domain has one."""
    return tuple(dict.fromkeys(backup.group for backup in site.backups if backup.group))


def plain(name: str) -> str:
    r"""Returns the sAMAccountName in `account@REALM` or `DOMAIN\group`."""
    return name.rpartition("\\")[2].rpartition("@")[0] or name.rpartition("\\")[2]


def first_searches(reading: Reading) -> list[Search]:
    """Returns the searches for accounts and groups by name and for owners of SPNs; in the domain directory also for the
    identity of the domain.
    """
    names = [plain(name) for name in reading.accounts + reading.groups]
    wanted = "".join(f"(sAMAccountName={queries.escaped(name)})" for name in names)
    held = "".join(f"(servicePrincipalName={queries.escaped(form)})" for spn in reading.spns for form in forms(spn))
    base = "" if reading.catalog else "%domain"
    searches = [Search(base, f"(|{held})" if held else "(!(objectClass=*))", records.ACCOUNT_ATTRIBUTES)]
    if reading.catalog:
        return searches
    return [
        *searches,
        Search("%domain", f"(|{wanted})" if wanted else "(!(objectClass=*))", records.ACCOUNT_ATTRIBUTES),
        Search("CN=System,%domain", "(objectClass=trustedDomain)", records.TRUST_ATTRIBUTES, "one"),
        Search("%domain", "(objectClass=*)", ("objectSid",), "base"),
        Search("CN=Partitions,%config", "(nETBIOSName=*)", ("nETBIOSName", "dnsRoot", "nCName"), "one"),
        Search("CN=Directory Service,CN=Windows NT,CN=Services,%config", "(objectClass=*)", ("sPNMappings",), "base"),
        Search("", "(objectClass=*)", ("vendorName",), "base"),
    ]


def second_searches(found: tuple[Entry, ...]) -> list[Search]:
    """Returns the searches that need a DN: the token groups of accounts, the nested members of groups."""
    searches = []
    for dn, raw in found:
        if "group" in values.texts(raw, "objectClass"):
            nested = f"(memberOf:{IN_CHAIN}:={queries.escaped(dn)})"
            searches.append(Search("%domain", nested, ("objectSid",)))
        else:
            searches.append(Search(dn, "(objectClass=*)", ("tokenGroups",), "base"))
    return searches


def read_ask(reader: DirectoryReader, reading: Reading, searches: list[Search]) -> MaybeAsk[Found]:
    question = f"directory of {reading.domain.name}"
    port = queries.GLOBAL_CATALOG if reading.catalog else queries.LDAP
    return reader.search(reading.domain, reading.controller, question, searches, port)


def readings(site: Site, controllers: Controllers) -> list[Reading]:
    spns = tuple(dict.fromkeys(path.spn for _, path in site.named_paths()))
    found = []
    for domain in site.domains:
        for controller in {each.host: each for each in controllers.of(domain.name)}.values():
            accounts = accounts_of(site, domain)
            found.append(Reading(domain, controller, False, accounts, groups_named(site), spns))
            found.append(Reading(domain, controller, True, spns=spns))
    return found


def directories(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, readers: ReaderTickets
) -> Asking[Directories]:
    """Returns the result of two rounds: searches by name, then those that need a DN."""
    known, reader = readings(site, controllers), DirectoryReader(this_host, wallet, readers)
    answers = yield from asked([read_ask(reader, entry, first_searches(entry)) for entry in known])
    for reading, answer in zip(known, answers, strict=True):
        reading.first = answer
    again = [entry for entry in known if not entry.catalog and isinstance(entry.first, Observed)]
    answers = yield from asked([read_ask(reader, entry, second_searches(_entries(entry, 1))) for entry in again])
    for reading, answer in zip(again, answers, strict=True):
        reading.second = answer
    return Directories(
        identities=tuple(_identity(entry) for entry in known if not entry.catalog),
        accounts=tuple(answer for entry in known for answer in _accounts(entry)),
        spns=tuple(answer for entry in known for answer in _spns(entry)),
        trusts=tuple(_trusts(entry) for entry in known if not entry.catalog),
        groups=tuple(answer for entry in known if not entry.catalog for answer in _groups(entry)),
    )


def _entries(reading: Reading, index: int) -> tuple[Entry, ...]:
    assert isinstance(reading.first, Observed)
    return reading.first.value[index]


def _identity(reading: Reading) -> IdentityAnswer:
    seen = reading.part(partial(_identified, reading.domain.name), f"identity of {reading.domain.name}")
    return IdentityAnswer(reading.domain.name, reading.controller.host, seen)


def _identified(domain: str, found: Found) -> DomainIdentity:
    root, partitions, services = found[3], found[4], found[5]
    own = next((raw for _, raw in partitions if values.text(raw, "dnsRoot").lower() == domain), {})
    dn, mappings = services[0] if services else ("", {})
    forest = dn.partition(",CN=Configuration,")[2].removeprefix("DC=").replace(",DC=", ".")
    domains = tuple(sorted(values.text(raw, "dnsRoot").lower() for _, raw in partitions))
    server = found[6][0][1] if found[6] else None
    return records.identity(root[0][1] if root else {}, own, forest.lower(), mappings, domains, server)


def _accounts(reading: Reading) -> Iterator[AccountAnswer]:
    for name in reading.accounts:
        seen = reading.part(partial(_same_name, reading, name), f"account {name}")
        yield AccountAnswer(reading.domain.name, reading.controller.host, name, seen)


def _same_name(reading: Reading, name: str, found: Found) -> Accounts:
    same = [
        records.account(dn, raw, _token_groups(reading, index))
        for index, (dn, raw) in enumerate(found[1])
        if values.text(raw, "sAMAccountName").lower() == plain(name).lower()
    ]
    return Accounts(tuple(same))


def _token_groups(reading: Reading, index: int) -> tuple[str, ...] | None:
    """Returns the SIDs; None if the directory did not answer, which is not the same as no groups."""
    if not isinstance(reading.second, Observed):
        return None
    return records.token_groups(reading.second.value[index])


def _spns(reading: Reading) -> Iterator[SpnAnswer]:
    holders: dict[str, list[Account]] = {}
    if isinstance(reading.first, Observed):
        for account in (records.account(dn, raw) for dn, raw in _entries(reading, 0)):
            for spn in {held.lower() for held in account.spns}:
                holders.setdefault(spn, []).append(account)
    for spn in reading.spns:
        for form in forms(spn):
            owners = Accounts(tuple(holders.get(form.lower(), ())))
            seen = reading.part(partial(_already, owners), f"owners of {form}")
            yield SpnAnswer(reading.domain.name, reading.name, spn, form, seen)


def _already(owners: Accounts, _: Found) -> Accounts:
    """Returns the owners of one SPN form; those of all forms are read from the answer at once."""
    return owners


def _trusts(reading: Reading) -> TrustAnswer:
    seen = reading.part(
        lambda found: Trusts(tuple(records.trust(raw) for _, raw in found[2])), f"trusts of {reading.domain.name}"
    )
    return TrustAnswer(reading.domain.name, reading.controller.host, seen)


def _groups(reading: Reading) -> Iterator[GroupAnswer]:
    """Yields the answers about each group, which is queried in every domain; the NetBIOS name before the backslash
    shows which has it.
    """
    identity = _identity(reading).seen
    netbios = identity.value.netbios.lower() if isinstance(identity, Observed) else ""
    answer = reading.second if isinstance(reading.first, Observed) else reading.first
    assert answer is not None
    for group in reading.groups:
        stated = group.partition("\\")[0].lower() if "\\" in group else ""
        if stated and netbios and stated != netbios:
            continue
        seen = derived(answer, partial(_members, reading, group), f"members of {group}")
        yield GroupAnswer(reading.domain.name, reading.controller.host, group, seen)


def _members(reading: Reading, group: str, found: Found) -> GroupMembers:
    """Returns the members from the second answer, whose searches are in the order of the first one's entries."""
    for index, (_, raw) in enumerate(_entries(reading, 1)):
        if values.text(raw, "sAMAccountName").lower() == plain(group).lower():
            members = sorted(sid for _, member in found[index] for sid in values.sids(member, "objectSid"))
            return GroupMembers(next(iter(values.sids(raw, "objectSid")), ""), tuple(members))
    return GroupMembers("")
