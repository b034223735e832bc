"""Every controller of every domain is read: accounts, owners of SPNs, trusts, groups; one connection a round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from krbcheck.asking.scheduler import Answer, Ask, Asking, part_of
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap import records
from krbcheck.collectors.ldap.reader import DirectoryReader
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
from krbcheck.facts.observation import Observation, Observed
from krbcheck.probes.ldap import queries, values
from krbcheck.probes.ldap.queries import Entry, Search
from krbcheck.site.stated import Domain, Site, realm_of
from krbcheck.windows.spn_forms import forms

IN_CHAIN = "1.2.840.113556.1.4.1941"
"""LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): membership through any depth of groups."""


@dataclass
class Reading:
    """What one controller is asked, and what it said. `accounts` and `groups` are names as the site writes them."""

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


def accounts_of(site: Site, domain: Domain) -> tuple[str, ...]:
    """Every account of a domain that the site names, in the form `account@REALM`."""
    named = [one.account for one in site.storages]
    named += [one.name for _, one in site.principals()]
    named += [name for backup in site.backups for name in backup.accounts]
    return tuple(dict.fromkeys(name for name in named if realm_of(name) == domain.realm))


def groups_named(site: Site) -> tuple[str, ...]:
    """The groups that backup entries name; which domain holds one is seen by its NetBIOS name."""
    return tuple(dict.fromkeys(backup.group for backup in site.backups if backup.group))


def plain(name: str) -> str:
    r"""The sAMAccountName within `account@REALM` or `DOMAIN\group`."""
    return name.rpartition("\\")[2].rpartition("@")[0] or name.rpartition("\\")[2]


def first_searches(reading: Reading) -> list[Search]:
    """Accounts and groups by name, owners of SPNs; on the full directory also what the domain says of itself."""
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
    ]


def second_searches(found: tuple[Entry, ...]) -> list[Search]:
    """What must be asked by DN: the token groups of accounts, the nested members of groups."""
    searches = []
    for dn, raw in found:
        if "group" in values.texts(raw, "objectClass"):
            nested = f"(memberOf:{IN_CHAIN}:={queries.escaped(dn)})"
            searches.append(Search("%domain", nested, ("objectSid",)))
        else:
            searches.append(Search(dn, "(objectClass=*)", ("tokenGroups",), "base"))
    return searches


def read_ask(reader: DirectoryReader, reading: Reading, searches: list[Search]) -> Ask:
    asked = f"directory of {reading.domain.name} at {reading.name}"
    port = queries.GLOBAL_CATALOG if reading.catalog else queries.LDAP
    return reader.search(reading.domain, reading.controller, asked, searches, port)


def readings(site: Site, controllers: Controllers) -> list[Reading]:
    spns = tuple(dict.fromkeys(path.spn for _, path in site.named_paths()))
    found = []
    for domain in site.domains:
        for one in {each.host: each for each in controllers.of(domain.name)}.values():
            accounts = accounts_of(site, domain)
            found.append(Reading(domain, one, False, accounts, groups_named(site), spns))
            found.append(Reading(domain, one, True, spns=spns))
    return found


def directories(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, readers: ReaderTickets
) -> Asking[Directories]:
    """Two rounds: what is found by name, then what must be asked by DN."""
    known, reader = readings(site, controllers), DirectoryReader(this_host, wallet, readers)
    answers = yield [read_ask(reader, one, first_searches(one)) for one in known]
    for reading, answer in zip(known, answers, strict=True):
        reading.first = answer
    again = [one for one in known if not one.catalog and isinstance(one.first, Observed)]
    answers = yield [read_ask(reader, one, second_searches(_entries(one, 1))) for one in again]
    for reading, answer in zip(again, answers, strict=True):
        reading.second = answer
    return Directories(
        identities=tuple(_identity(one) for one in known if not one.catalog),
        accounts=tuple(answer for one in known for answer in _accounts(one)),
        spns=tuple(answer for one in known for answer in _spns(one)),
        trusts=tuple(_trusts(one) for one in known if not one.catalog),
        groups=tuple(answer for one in known if not one.catalog for answer in _groups(one)),
    )


def _entries(reading: Reading, index: int) -> tuple[Entry, ...]:
    assert isinstance(reading.first, Observed)
    entries: tuple[Entry, ...] = reading.first.value[index]
    return entries


def _seen(answer: Answer | None, value: object, asked: str) -> Observation[Any]:
    assert answer is not None
    return part_of(answer, value, asked)


def _identity(reading: Reading) -> IdentityAnswer:
    value: DomainIdentity | None = None
    if isinstance(reading.first, Observed):
        root, partitions, services = (_entries(reading, index) for index in (3, 4, 5))
        own = next((raw for _, raw in partitions if values.text(raw, "dnsRoot").lower() == reading.domain.name), {})
        dn, mappings = services[0] if services else ("", {})
        forest = dn.partition(",CN=Configuration,")[2].removeprefix("DC=").replace(",DC=", ".")
        domains = tuple(sorted(values.text(raw, "dnsRoot").lower() for _, raw in partitions))
        value = records.identity(root[0][1] if root else {}, own, forest.lower(), mappings, domains)
    seen = _seen(reading.first, value, f"{reading.domain.name} at {reading.name}")
    return IdentityAnswer(reading.domain.name, reading.controller.host, seen)


def _accounts(reading: Reading) -> Iterator[AccountAnswer]:
    for name in reading.accounts:
        value = None
        if isinstance(reading.first, Observed):
            same = [
                records.account(dn, raw, _token_groups(reading, index))
                for index, (dn, raw) in enumerate(_entries(reading, 1))
                if values.text(raw, "sAMAccountName").lower() == plain(name).lower()
            ]
            value = Accounts(tuple(same))
        seen = _seen(reading.first, value, f"account {name} at {reading.name}")
        yield AccountAnswer(reading.domain.name, reading.controller.host, name, seen)


def _token_groups(reading: Reading, index: int) -> tuple[str, ...] | None:
    """None where the directory did not tell, which is not the same as no groups."""
    if not isinstance(reading.second, Observed):
        return None
    found = reading.second.value[index]
    return values.sids(found[0][1], "tokenGroups") if found else None


def _spns(reading: Reading) -> Iterator[SpnAnswer]:
    holders: dict[str, list[Account]] = {}
    if isinstance(reading.first, Observed):
        for one in (records.account(dn, raw) for dn, raw in _entries(reading, 0)):
            for spn in {held.lower() for held in one.spns}:
                holders.setdefault(spn, []).append(one)
    for spn in reading.spns:
        for form in forms(spn):
            value = Accounts(tuple(holders.get(form.lower(), ())))
            seen = _seen(reading.first, value, f"owners of {form} at {reading.name}")
            yield SpnAnswer(reading.domain.name, reading.name, spn, form, seen)


def _trusts(reading: Reading) -> TrustAnswer:
    value = None
    if isinstance(reading.first, Observed):
        value = Trusts(tuple(records.trust(raw) for _, raw in _entries(reading, 2)))
    seen = _seen(reading.first, value, f"trusts of {reading.domain.name} at {reading.name}")
    return TrustAnswer(reading.domain.name, reading.controller.host, seen)


def _groups(reading: Reading) -> Iterator[GroupAnswer]:
    """A group is asked of every domain; who holds it is known by the NetBIOS name before the backslash."""
    identity = _identity(reading).seen
    netbios = identity.value.netbios.lower() if isinstance(identity, Observed) else ""
    for group in reading.groups:
        stated = group.partition("\\")[0].lower() if "\\" in group else ""
        if stated and netbios and stated != netbios:
            continue
        value = None
        if isinstance(reading.first, Observed):
            value = _members(reading, group)
        answer = reading.second if isinstance(reading.first, Observed) else reading.first
        seen = _seen(answer, value, f"members of {group} at {reading.name}")
        yield GroupAnswer(reading.domain.name, reading.controller.host, group, seen)


def _members(reading: Reading, group: str) -> GroupMembers:
    for index, (_, raw) in enumerate(_entries(reading, 1)):
        if values.text(raw, "sAMAccountName").lower() != plain(group).lower():
            continue
        found = reading.second.value[index] if isinstance(reading.second, Observed) else ()
        members = sorted(one for _, member in found for one in values.sids(member, "objectSid"))
        return GroupMembers(next(iter(values.sids(raw, "objectSid")), ""), tuple(members))
    return GroupMembers("")
