"""The members of groups across trusts: one controller of each domain is queried for all principals at once.

From the site's principals and administrators to their groups, and to the groups of the storage's domain that contain
them as foreign members; from the groups in access lists and administrators' lists to their members. Accounts of another
domain are queried there in the next round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from krbcheck.asking.ask import Asking, MaybeAsk, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.directories import plain
from krbcheck.collectors.ldap.reader import DIRECTORY_SECONDS, DirectoryReader
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import ACCOUNT_DISABLED, Directories
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Observation, Observed, Unobserved, derived
from krbcheck.facts.share_access import (
    ACCOUNT,
    FOREIGN,
    GROUP,
    DomainTrustees,
    Memberships,
    ShareAccess,
    Trustee,
    Trustees,
)
from krbcheck.probes.ldap import groups, queries
from krbcheck.probes.ldap.groups import Climbed, Node, Wanted
from krbcheck.site.stated import Domain, Site, realm_of
from krbcheck.windows.descriptor import Descriptor

PRIMARY_GROUPS = (513, 514, 515, 516, 521)
"""RIDs of the groups whose members are not listed in them (MS-ADTS 3.1.1.6.4): they are never recorded as empty."""
BUILTIN = "S-1-5-32-"
"""The built-in groups of the controllers, and of no other host: a storage has its own."""
MOST_ROUNDS = 4


@dataclass
class Known:
    """The searches in one domain, and their results so far."""

    domain: Domain
    netbios: str
    sid: str
    host: str
    address: str
    climbed: Climbed = field(default_factory=Climbed)
    looked_up: dict[str, None] = field(default_factory=dict)
    risen: set[str] = field(default_factory=set)
    silence: Unobserved | None = None
    last: Observed[Climbed] | None = None

    def take(self, answer: Observation[Climbed]) -> None:
        if not isinstance(answer, Observed):
            self.silence = answer
            return
        self.last = answer
        for dn, one in answer.value.nodes.items():
            known = self.climbed.nodes.setdefault(dn, one)
            known.parents |= one.parents
        self.climbed.opened |= answer.value.opened

    def holds(self, sid: str) -> bool:
        return bool(self.sid) and sid.startswith(f"{self.sid}-")

    def owns(self, name: str) -> bool:
        if "@" in name:
            return realm_of(name) == self.domain.realm
        prefix = name.partition("\\")[0].lower() if "\\" in name else ""
        return prefix in ("", self.netbios.lower(), self.domain.name)

    def plain(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(plain(name) for name in names if self.owns(name)))

    def strangers(self) -> set[str]:
        """Returns the SIDs of other domains in the groups whose members were read."""
        inside = self.climbed.below(self.climbed.opened)
        nodes = (self.climbed.nodes[dn] for dn in inside if dn in self.climbed.nodes)
        return {one.sid for one in nodes if one.is_foreign}

    def people(self) -> set[str]:
        """Returns the SIDs of accounts and groups of this domain that may be members elsewhere."""
        return {one.sid for one in self.climbed.nodes.values() if not one.is_foreign and self.holds(one.sid)}


def memberships(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    controllers: Controllers,
    readers: ReaderTickets,
    directories: Directories,
    access: ShareAccess,
) -> Asking[Memberships]:
    known = [_known(one, wallet, controllers, directories) for one in site.domains]
    wanted = [_first(site, one, directories, access) for one in known]
    reader = DirectoryReader(this_host, wallet, readers)
    for _ in range(MOST_ROUNDS):
        asking = [(one, what) for one, what in zip(known, wanted, strict=True) if what and one.silence is None]
        if not asking:
            break
        answers = yield from asked([_ask(reader, one, what) for one, what in asking])
        for (one, _), answer in zip(asking, answers, strict=True):
            one.take(answer)
        wanted = [_next(one, known) for one in known]
    return Memberships(
        tuple(
            DomainTrustees(one.domain.name, one.host, one.silence or _seen(one, one.last))
            for one in known
            if one.silence or one.last
        )
    )


def _known(domain: Domain, wallet: Wallet, controllers: Controllers, directories: Directories) -> Known:
    """Returns the state of a domain with the first controller that returned its identity; else the first."""
    every = controllers.of(domain.name)
    told = {one.controller: one.seen for one in directories.identities if isinstance(one.seen, Observed)}
    best = [one for one in every if one.host in told and wallet.ticket(domain.account, f"ldap/{one.host}")]
    host, address = next(((one.host, one.address) for one in best or every), ("", ""))
    here = (one.seen.value for one in directories.identities if one.domain == domain.name and one.controller in told
            and isinstance(one.seen, Observed))  # fmt: skip
    own = next(here, None)
    return Known(domain, own.netbios if own else "", own.sid if own else "", host, address)


def tenants_own(site: Site) -> list[str]:
    """Returns the names of the tenants' principals and administrators, and of the backup accounts."""
    names = [one.name for _, one in site.principals()]
    names += [name for tenant in site.tenants for name in tenant.administrators]
    return names + [name for backup in site.backups for name in (*backup.accounts, backup.group) if name]


def _first(site: Site, one: Known, directories: Directories, access: ShareAccess) -> Wanted | None:
    """Returns the first search: all names and SIDs in the site file, the access lists and the principals' tokens."""
    own = one.plain(tenants_own(site))
    names = one.plain(name for storage in site.storages for name in storage.administrators)
    tokens, listed_here = _tokens(directories), [sid for sid in listed(access) if one.holds(sid)]
    sids = tuple(dict.fromkeys([*(sid for sid in tokens if one.holds(sid)), *listed_here]))
    foreign = tuple(sid for sid in tokens if not one.holds(sid) and sid.startswith("S-1-5-21-"))
    one.looked_up |= dict.fromkeys(sids)
    one.risen.update(foreign)
    opened = frozenset(name.lower() for name in (*own, *names)) | frozenset(listed_here)
    return Wanted(own, names, sids, foreign, opened) if own or names or sids or foreign else None


def _next(one: Known, known: list[Known]) -> Wanted | None:
    """Returns the search that follows from the results in the other domains; None if there is none."""
    people = {sid for other in known if other is not one for sid in other.people()}
    foreign = tuple(sorted(people - one.risen))
    lookups = {sid for other in known if other is not one for sid in other.strangers() if one.holds(sid)}
    sids = tuple(sorted(lookups - set(one.looked_up)))
    one.risen.update(foreign)
    one.looked_up |= dict.fromkeys(sids)
    return Wanted(sids=sids, foreign=foreign, opened=frozenset(sids)) if sids or foreign else None


def _tokens(directories: Directories) -> list[str]:
    """Returns the SIDs of the site's accounts and of their groups, from their own directories."""
    found = [one.seen.value.found for one in directories.accounts if isinstance(one.seen, Observed)]
    return list(dict.fromkeys(sid for those in found for one in those for sid in (one.sid, *(one.groups or ()))))


def listed(access: ShareAccess) -> list[str]:
    """Returns every SID of the access lists and of the storages' own groups."""
    found: list[str] = []
    descriptors: list[Descriptor | None] = []
    for one in access.storages:
        if isinstance(one.seen, Observed):
            found += [sid for group in one.seen.value.aliases for sid in group.members]
            descriptors += [share.descriptor for share in one.seen.value.shares]
    for each in access.listings:
        if isinstance(each.seen, Observed):
            descriptors += [folder.descriptor for folder in each.seen.value.folders]
    found += [entry.sid for one_ in descriptors if one_ for entry in one_.dacl or ()]
    return list(dict.fromkeys(found))


def _ask(reader: DirectoryReader, one: Known, wanted: Wanted) -> MaybeAsk[Climbed]:
    question, service = f"groups of {one.domain.name}", f"ldap/{one.host}"
    ticket = reader.ticket(one.domain, service)
    if ticket is None:
        return reader.cannot(one.domain, service, question)
    connection = call(groups.climb, one.address, "", ticket, wanted, queries.LDAP, DIRECTORY_SECONDS)
    controller = Controller(one.domain.name, one.host, one.address)
    return reader.ask(connection, question, controller, queries.LDAP, DIRECTORY_SECONDS)


def _seen(one: Known, last: Observed[Climbed] | None) -> Observation[Trustees]:
    assert last is not None
    nodes = one.climbed.nodes
    filled = {dn for each in nodes.values() for dn in each.parents}
    found = tuple(
        _trustee(one, dn, node, filled) for dn, node in sorted(nodes.items()) if not node.sid.startswith(BUILTIN)
    )
    return derived(last, lambda _: Trustees(found, tuple(one.looked_up)))


def _trustee(one: Known, dn: str, node: Node, filled: set[str]) -> Trustee:
    above = (one.climbed.nodes[parent].sid for parent in node.parents if parent in one.climbed.nodes)
    parents = {sid for sid in above if sid and not sid.startswith(BUILTIN)}
    if node.primary:
        parents.add(f"{one.sid}-{node.primary}")
    kind = FOREIGN if node.is_foreign else GROUP if node.is_group else ACCOUNT
    primary = node.sid.rpartition("-")[2] in {str(rid) for rid in PRIMARY_GROUPS}
    return Trustee(
        node.sid,
        f"{one.netbios}\\{node.name}" if node.name else node.sid,
        kind,
        tuple(sorted(parents)),
        node.scope & 0xF,
        kind == GROUP and dn in one.climbed.opened and dn not in filled and not primary,
        bool(node.uac & ACCOUNT_DISABLED),
    )
