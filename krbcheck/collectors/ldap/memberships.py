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
        for dn, node in answer.value.nodes.items():
            known = self.climbed.nodes.setdefault(dn, node)
            known.parents |= node.parents
        self.climbed.opened |= answer.value.opened
        for dn, members in answer.value.outside.items():
            self.climbed.outside.setdefault(dn, set()).update(members)

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
        return {node.sid for node in nodes if node.is_foreign}

    def people(self) -> set[str]:
        """Returns the SIDs of accounts and groups of this domain that may be members elsewhere."""
        return {node.sid for node in self.climbed.nodes.values() if not node.is_foreign and self.holds(node.sid)}


def memberships(
    site: Site,
    this_host: ThisHost,
    wallet: Wallet,
    controllers: Controllers,
    readers: ReaderTickets,
    directories: Directories,
    access: ShareAccess,
) -> Asking[Memberships]:
    known = [_known(domain, wallet, controllers, directories) for domain in site.domains]
    wanted = [_first(site, entry, directories, access) for entry in known]
    reader = DirectoryReader(this_host, wallet, readers)
    for _ in range(MOST_ROUNDS):
        asking = [(entry, what) for entry, what in zip(known, wanted, strict=True) if what and entry.silence is None]
        if not asking:
            break
        answers = yield from asked([_ask(reader, entry, what) for entry, what in asking])
        for (domain, _), answer in zip(asking, answers, strict=True):
            domain.take(answer)
        wanted = [_next(site, entry, known) for entry in known]
    return Memberships(
        tuple(
            DomainTrustees(entry.domain.name, entry.host, entry.silence or _seen(entry, entry.last))
            for entry in known
            if entry.silence or entry.last
        )
    )


def _known(domain: Domain, wallet: Wallet, controllers: Controllers, directories: Directories) -> Known:
    """Returns the state of a domain with the first controller that returned its identity; else the first."""
    every = controllers.of(domain.name)
    answers = {
        identity.controller: identity.seen for identity in directories.identities if isinstance(identity.seen, Observed)
    }
    best = [
        controller
        for controller in every
        if controller.host in answers and wallet.ticket(domain.account, f"ldap/{controller.host}")
    ]
    host, address = next(((controller.host, controller.address) for controller in best or every), ("", ""))
    here = (
        identity.seen.value
        for identity in directories.identities
        if identity.domain == domain.name and identity.controller in answers and isinstance(identity.seen, Observed)
    )
    own = next(here, None)
    return Known(domain, own.netbios if own else "", own.sid if own else "", host, address)


def tenants_own(site: Site) -> list[str]:
    """Returns the names of the tenants' principals and administrators, and of the backup accounts."""
    names = [principal.name for _, principal in site.principals()]
    names += [name for tenant in site.tenants for name in tenant.administrators]
    return names + [name for backup in site.backups for name in (*backup.accounts, backup.group) if name]


def _first(site: Site, known: Known, directories: Directories, access: ShareAccess) -> Wanted | None:
    """Returns the first search: all names and SIDs in the site file, the access lists and the principals' tokens."""
    own = known.plain(tenants_own(site))
    names = known.plain(name for storage in site.storages for name in storage.administrators)
    tokens = site.excluded.without(_tokens(directories))
    listed_here = [sid for sid in site.excluded.without(listed(access)) if known.holds(sid)]
    sids = tuple(dict.fromkeys([*(sid for sid in tokens if known.holds(sid)), *listed_here]))
    foreign = tuple(sid for sid in tokens if not known.holds(sid) and sid.startswith("S-1-5-21-"))
    known.looked_up |= dict.fromkeys(sids)
    known.risen.update(foreign)
    opened = frozenset(name.lower() for name in (*own, *names)) | frozenset(listed_here)
    wanted = Wanted(own, names, sids, foreign, opened, site.excluded.names_and_sids)
    return wanted if own or names or sids or foreign else None


def _next(site: Site, entry: Known, known: list[Known]) -> Wanted | None:
    """Returns the search that follows from the results in the other domains; None if there is none."""
    people = {sid for other in known if other is not entry for sid in other.people()}
    foreign = tuple(sorted(site.excluded.without(people - entry.risen)))
    lookups = {sid for other in known if other is not entry for sid in other.strangers() if entry.holds(sid)}
    sids = tuple(sorted(site.excluded.without(lookups - set(entry.looked_up))))
    entry.risen.update(foreign)
    entry.looked_up |= dict.fromkeys(sids)
    left_out = site.excluded.names_and_sids
    return Wanted(sids=sids, foreign=foreign, opened=frozenset(sids), left_out=left_out) if sids or foreign else None


def _tokens(directories: Directories) -> list[str]:
    """Returns the SIDs of the site's accounts and of their groups, from their own directories."""
    found = [account.seen.value.found for account in directories.accounts if isinstance(account.seen, Observed)]
    return list(
        dict.fromkeys(sid for those in found for account in those for sid in (account.sid, *(account.groups or ())))
    )


def listed(access: ShareAccess) -> list[str]:
    """Returns every SID of the access lists and of the storages' own groups."""
    found: list[str] = []
    descriptors: list[Descriptor | None] = []
    for storage in access.storages:
        if isinstance(storage.seen, Observed):
            found += [sid for group in storage.seen.value.aliases for sid in group.members]
            descriptors += [share.descriptor for share in storage.seen.value.shares]
    for each in access.listings:
        if isinstance(each.seen, Observed):
            descriptors += [folder.descriptor for folder in each.seen.value.folders]
    found += [entry.sid for one_ in descriptors if one_ for entry in one_.dacl or ()]
    return list(dict.fromkeys(found))


def _ask(reader: DirectoryReader, known: Known, wanted: Wanted) -> MaybeAsk[Climbed]:
    question, service = f"groups of {known.domain.name}", f"ldap/{known.host}"
    ticket = reader.ticket(known.domain, service)
    if ticket is None:
        return reader.cannot(known.domain, service, question)
    connection = call(groups.climb, known.address, "", ticket, wanted, queries.LDAP, DIRECTORY_SECONDS)
    controller = Controller(known.domain.name, known.host, known.address)
    return reader.ask(connection, question, controller, queries.LDAP, DIRECTORY_SECONDS)


def _seen(known: Known, last: Observed[Climbed] | None) -> Observation[Trustees]:
    assert last is not None
    nodes = known.climbed.nodes
    filled = {dn for each in nodes.values() for dn in each.parents}
    found = tuple(
        _trustee(known, dn, node, filled) for dn, node in sorted(nodes.items()) if not node.sid.startswith(BUILTIN)
    )
    return derived(last, lambda _: Trustees(found, tuple(known.looked_up)))


def _trustee(known: Known, dn: str, node: Node, filled: set[str]) -> Trustee:
    above = (known.climbed.nodes[parent].sid for parent in node.parents if parent in known.climbed.nodes)
    parents = {sid for sid in above if sid and not sid.startswith(BUILTIN)}
    if node.primary:
        parents.add(f"{known.sid}-{node.primary}")
    kind = FOREIGN if node.is_foreign else GROUP if node.is_group else ACCOUNT
    primary = node.sid.rpartition("-")[2] in {str(rid) for rid in PRIMARY_GROUPS}
    outside = tuple(sorted(known.climbed.outside.get(dn, ())))
    return Trustee(
        node.sid,
        f"{known.netbios}\\{node.name}" if node.name else node.sid,
        kind,
        tuple(sorted(parents)),
        node.scope & 0xF,
        kind == GROUP and dn in known.climbed.opened and dn not in filled and not primary and not outside,
        bool(node.uac & ACCOUNT_DISABLED),
        outside,
    )
