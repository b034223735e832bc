"""The stages of `krbcheck init`: each queries with what the stages before have drafted. Their number is fixed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

import msgspec

from krbcheck.asking.collection import Collecting
from krbcheck.asking.scheduler import USUAL, Observer
from krbcheck.asking.this_host import local_networks, read_this_host
from krbcheck.collectors import COLLECTORS
from krbcheck.credentials.redaction import redacted
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.names import Controllers, LocatorAnswers, SpnHosts
from krbcheck.facts.observation import Facts, Observed, Unobserved, why
from krbcheck.facts.policy import Policies
from krbcheck.facts.share_access import Memberships, PrincipalListing, ShareAccess, StorageLists
from krbcheck.facts.smb import AccountRights
from krbcheck.report.tried_secrets import Trial, tried
from krbcheck.site.draft import BackupDraft, DomainDraft, Draft, Guess, PrincipalDraft, StorageDraft, scalar
from krbcheck.site.exclusions import NOTHING, Exclusions
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
from krbcheck.views.drafting import access, hosts, paths
from krbcheck.views.search_order.policies import HostSearchOrders
from krbcheck.views.view import Views

F = TypeVar("F", bound=Facts)
SHARED = (LocatorAnswers, Controllers)
"""The families that are the same in every stage."""
LISTING = {**COLLECTORS, ShareAccess.__name__: "krbcheck.collectors.rpc.reader_listings:reader_listings"}
READING = {**COLLECTORS, ShareAccess.__name__: "krbcheck.collectors.rpc.reader_listings:permissions"}
HOSTS = {**COLLECTORS, SpnHosts.__name__: "krbcheck.collectors.dns.principal_hosts:principal_hosts"}
NAMES = ("controllers and SPNs", "hosts", "shares", "permissions and backup rights", "hosts and policies")


@dataclass(frozen=True)
class Wish:
    """What the command line states: domains with their readers, storages, networks, a backup product, hosts with
    keytabs, and the folder of the site file; what is not queried.
    """

    domains: tuple[Domain, ...]
    storages: tuple[Storage, ...]
    networks: tuple[str, ...] = ()
    product: str = ""
    hosts: tuple[Principal, ...] = ()
    folder: Path = Path()
    excluded: Exclusions = NOTHING
    quiet_network: bool = False

    @property
    def secrets(self) -> Mapping[str, str]:
        """The sources of secrets as YAML, by account in lower case."""
        stated = [(domain.account, domain.secret) for domain in self.domains]
        stated += [(host.name, host.secret) for host in self.hosts]
        return {account.casefold(): self._written(source) for account, source in stated if source is not None}

    def _written(self, source: SecretSource) -> str:
        if source.kind is SecretKind.PROMPT:
            return "{prompt: true}"
        location = source.location
        if source.kind is not SecretKind.ENV:
            location = os.path.relpath(location, self.folder)
        return f"{{{source.kind}: {scalar(location)}}}"


class Staged:
    """An observer that shows which stage the queries are of."""

    def __init__(self, shown: Observer) -> None:
        self.shown, self.stage = shown, 0

    def asked(self, done: int, known: int, what: str) -> None:
        self.shown.asked(done, known, f"step {self.stage} of {len(NAMES)}, {NAMES[self.stage - 1]} · {what}")


class Rejected(Exception):
    """The credential of an account that reads a domain was rejected; the text is one clause."""


class Drafting:
    """Drafts one site file. `crashes` are krbcheck's own tracebacks by fact family."""

    def __init__(self, wish: Wish, wallet: Wallet, shown: Observer) -> None:
        self.wish, self.wallet, self.shown = wish, wallet, Staged(shown)
        self.site = Site("draft", wish.domains, wish.storages, (), excluded=wish.excluded)
        self.facts: dict[type[Facts], Facts] = {}
        self.crashes: dict[str, str] = {}
        self.draft = Draft()

    def run(self) -> Draft:
        """Returns the draft after all stages. Raises KeyboardInterrupt."""
        self._begin()
        return self._rest()

    def run_with_readers(self) -> Draft:
        """The same; raises Rejected after the first stage if a reader is rejected: without the directories, little of
        a draft is complete.
        """
        self._begin()
        for domain in self.wish.domains:
            if domain.account and (result := tried(self.facts, domain.account)).trial is Trial.REJECTED:
                raise Rejected(f"the credential of {domain.account} was rejected: {result.detail}")
        return self._rest()

    def _rest(self) -> Draft:
        self._paths()
        if self.draft.tenants:
            self._hosts()
            self._shares()
            self._permissions()
        self._settle()
        return self.draft

    def _collect(self, wanted: Collection[type[Facts]], table: Mapping[str, str] = COLLECTORS) -> None:
        this_host = read_this_host(self.site)
        quiet = self.wish.quiet_network
        collecting = Collecting(self.site, this_host, self.wallet, table, USUAL, self.shown, quiet_network=quiet)
        collecting.facts.update({family: self.facts[family] for family in SHARED if family in self.facts})
        collecting.run(wanted)
        self.facts.update(collecting.facts)
        self.crashes.update({family: redacted(text, self.wallet) for family, text in collecting.crashes.items()})

    def _fact(self, family: type[F]) -> F:
        found = self.facts.get(family)
        return found if isinstance(found, family) else family()

    def _begin(self) -> None:
        self.shown.stage = 1
        self._collect((Directories, SpnHosts, Controllers))
        for domain in self.wish.domains:
            self.draft.domains.append(self._domain(domain))
        directories = self._fact(Directories)
        for storage in self.wish.storages:
            lacking = paths.why_no_account(directories, storage.account)
            drafted = StorageDraft(storage.name, storage.account, "" if not lacking else f"TODO confirm: {lacking}")
            self.draft.storages.append(drafted)

    def _domain(self, domain: Domain) -> DomainDraft:
        drafted = DomainDraft(
            domain.name, domain.account, self.wish.secrets.get(domain.account.casefold(), ""), domain.name_servers
        )
        controllers = self._fact(Controllers)
        named = list(dict.fromkeys(f"{each.host} ({each.address})" for each in controllers.of(domain.name)))
        drafted.notes.append(
            f"domain controllers: {', '.join(named)}" if named else f"TODO {controllers.why_none(domain.name)}"
        )
        for grant in self._fact(ReaderTickets).grants:
            if grant.principal == domain.account and isinstance(grant.seen, Unobserved):
                drafted.notes.append(f"TODO {domain.account}: {why(grant.seen)}")
        partners = {
            trust.partner.lower()
            for answer in self._fact(Directories).trusts
            if answer.domain == domain.name and isinstance(answer.seen, Observed)
            for trust in answer.seen.value.found
        }
        stated = {entry.name for entry in self.wish.domains}
        if partners:
            drafted.notes.append(f"trusts: {', '.join(sorted(partners))}")
        for partner in sorted(partners - stated):
            drafted.notes.append(f"TODO add the domain {partner} if hosts or storages are in it: --domain {partner}")
        return drafted

    def _paths(self) -> None:
        directories, answers = self._fact(Directories), self._fact(SpnHosts)
        known = [paths.KnownNetwork(ip_network(text), "stated on the command line") for text in self.wish.networks]
        known += [
            paths.KnownNetwork(network, f"this host has the address {own} in it") for own, network in local_networks()
        ]
        found = [
            host
            for storage in self.draft.storages
            for host in paths.spn_hosts(storage.name, storage.account, directories, answers)
            if not self.wish.excluded.host(host.name)
        ]
        managed = set(paths.managements(self.draft.storages, found, self._fact(Controllers), known))
        labels = {storage.name: storage.account.partition("@")[0].rstrip("$") for storage in self.draft.storages}
        self.draft.tenants, notes = paths.tenants([host for host in found if host not in managed], labels, known)
        self.draft.notes += notes
        self.site = msgspec.structs.replace(self.site, tenants=tuple(self._tenants()))

    def _tenants(self) -> Iterator[Tenant]:
        for draft in self.draft.tenants:
            yield Tenant(
                draft.name,
                tuple(network.value for network in draft.networks),
                data_paths=tuple(DataPath(path.name, path.storage, path.address) for path in draft.paths),
                shares=tuple(Share(share.name, Access(share.access), share.storage) for share in draft.shares),
                principals=tuple(Principal(principal.name) for principal in draft.principals),
            )

    def _hosts(self) -> None:
        """Gives the hosts with keytabs to the tenants of their addresses, so that they can list their shares."""
        self.shown.stage += 1
        if not self.wish.hosts:
            return
        self._place(self.wish.hosts)
        self._collect((Directories, SpnHosts), HOSTS)
        known = hosts.addresses(self._fact(SpnHosts))
        tenants = []
        for tenant in self.site.tenants:
            own = tuple(host for host in self.wish.hosts if (at := known.get(host.name)) and tenant.holds(at))
            tenants.append(msgspec.structs.replace(tenant, principals=own))
        self.site = msgspec.structs.replace(self.site, tenants=tuple(tenants))

    def _shares(self) -> None:
        self.shown.stage += 1
        self._collect((ShareAccess,), LISTING)
        listed = self._fact(ShareAccess).listings
        names: dict[str, dict[str, None]] = {}
        for listing in listed:
            if isinstance(listing.seen, Observed):
                shown = [name for name in listing.seen.value.names if not name.endswith("$")]
                names.setdefault(listing.storage, {}).update(dict.fromkeys(shown))
        for storage in self.draft.storages:
            self._note_missing(storage, names, [entry for entry in listed if entry.storage == storage.name])
        tenants = tuple(self._holding(tenant, names) for tenant in self.site.tenants)
        self.site = msgspec.structs.replace(self.site, tenants=tenants)

    def _note_missing(
        self, storage: StorageDraft, names: Mapping[str, Collection[str]], listed: Sequence[PrincipalListing]
    ) -> None:
        if names.get(storage.name):
            return
        said = next((why(entry.seen) for entry in listed if isinstance(entry.seen, Unobserved)), "")
        seen = next((entry.seen.value.summary() for entry in listed if isinstance(entry.seen, Observed)), "")
        reason = said or seen or "this host has no address in the network of a data path"
        storage.notes.append(f"TODO shares of {storage.name} at their tenants; they could not be listed: {reason}")

    def _holding(self, tenant: Tenant, names: dict[str, dict[str, None]]) -> Tenant:
        """Returns a tenant with all shares of the storages that no tenant before it reaches."""
        reached = dict.fromkeys(path.storage for path in tenant.data_paths)
        shares = [Share(share, Access.FULL, storage) for storage in reached for share in names.pop(storage, {})]
        return msgspec.structs.replace(tenant, shares=tuple(shares))

    def _permissions(self) -> None:
        self.shown.stage += 1
        self._collect((ShareAccess, Memberships, AccountRights), READING)

    def _settle(self) -> None:
        """Gives shares and hosts to tenants, then reads the policies of the hosts."""
        known = access.people(self._fact(Memberships), self._fact(Directories))
        lists = access.lists_of(self._fact(ShareAccess))
        granted = [entry for storage in lists for entry in access.grants(storage, lists[storage], known)]
        for storage in self.draft.storages:
            for name, _ in access.administrators(lists[storage.name], known) if storage.name in lists else ():
                storage.administrators.append(Guess(name, "members of the Administrators of the storage"))
        principals = tuple(Principal(name) for name in sorted({name for entry in granted for name in entry.hosts}))
        self._place(principals)
        self.shown.stage = len(NAMES)
        self._collect((Directories, SpnHosts, Policies), HOSTS)
        addresses = hosts.addresses(self._fact(SpnHosts)) if principals else {}
        self.draft.notes += hosts.settle(self.draft.tenants, granted, addresses, self.wish.secrets)
        for name in hosts.without_tenant(self.draft.tenants):
            self.draft.notes.append(f"TODO tenant {name}: no share and no host of it was found")
        self._orders(principals)
        self._backups(lists, known)

    def _place(self, principals: tuple[Principal, ...]) -> None:
        """Gives all hosts to the first tenant: whose they are is known when their addresses are."""
        first, *others = self.site.tenants or (Tenant("draft"),)
        tenants = (msgspec.structs.replace(first, principals=principals), *others) if self.site.tenants else ()
        self.site = msgspec.structs.replace(self.site, tenants=tenants)

    def _orders(self, principals: tuple[Principal, ...]) -> None:
        orders = Views(self.site, self.facts).get(HostSearchOrders)
        stated = {domain.name for domain in self.wish.domains}
        for domain in self.draft.domains:
            own = [orders.of(entry.name) for entry in principals if entry.realm.lower() == domain.name]
            found = {entry.forests for entry in own}
            if len(found) == 1 and (forests := next(iter(found))) is not None:
                kept = tuple(forest for forest in forests if forest in stated)
                domain.order = kept or None
                domain.order_why = own[0].summary() if forests else "no policy sets a forest search order for its hosts"
                for forest in forests:
                    if forest not in stated:
                        domain.notes.append(f"TODO add the domain {forest}, which the forest search order contains")
            elif own:
                unknown = next((entry.unknown() for entry in own if entry.forests is None), "")
                domain.order_why = f"TODO forest_search_order: {unknown or 'the policies of the hosts differ'}"

    def _backups(self, lists: Mapping[str, StorageLists], known: access.People) -> None:
        for holder in access.backup_holders(self._fact(AccountRights), lists, known):
            accounts = [PrincipalDraft(name, self.wish.secrets.get(name.casefold(), "")) for name in holder.accounts]
            reason = f"{holder.name} has {' and '.join(holder.rights)} on {holder.storage}"
            if not accounts:
                self.draft.storages[0].notes.append(f"TODO {reason}, and no member of it was found")
                continue
            group = holder.name if holder.is_group else ""
            self.draft.backups.append(BackupDraft(holder.storage, group, accounts, self.wish.product, reason))
