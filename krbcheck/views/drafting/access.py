"""Shares, groups and hosts from the access lists of storages, and the holders of backup rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import ACCOUNT, FOREIGN, GROUP, Memberships, ShareAccess, StorageLists, Trustee
from krbcheck.facts.smb import AccountRights
from krbcheck.windows.access_masks import CHANGE, FULL, READ
from krbcheck.windows.descriptor import Ace

ADMINISTRATORS = "S-1-5-32-544"
BROAD = frozenset(("S-1-1-0", "S-1-5-11", "S-1-5-7", "S-1-5-2", "S-1-5-4"))
"""Everyone, Authenticated Users, Anonymous, Network, Interactive: they belong to no tenant."""
LEVELS = ((FULL, "full"), (CHANGE, "change"), (READ, "read"))


@dataclass
class People:
    """The accounts and groups of all directories, by SID."""

    by_sid: dict[str, Trustee] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    realms: dict[str, str] = field(default_factory=dict)

    def accounts_in(self, sid: str) -> Iterator[Trustee]:
        """Yields the accounts that a SID is, or that are members of it at any depth."""
        waiting, seen = [sid], {sid}
        while waiting:
            current = waiting.pop()
            trustee = self.by_sid.get(current)
            if trustee is not None and trustee.kind == ACCOUNT:
                yield trustee
            new = [member for member in self.members.get(current, ()) if member not in seen]
            seen.update(new)
            waiting += new

    def principal(self, trustee: Trustee) -> str:
        r"""Returns `account@REALM` for `NETBIOS\account`; empty if the domain is not known."""
        netbios, _, account = trustee.name.partition("\\")
        realm = self.realms.get(netbios.lower(), "")
        return f"{account}@{realm}" if realm and account else ""


def people(memberships: Memberships, directories: Directories) -> People:
    found = People()
    for identity in directories.identities:
        if isinstance(identity.seen, Observed):
            found.realms[identity.seen.value.netbios.lower()] = identity.domain.upper()
    for domain in memberships.domains:
        for trustee in domain.seen.value.found if isinstance(domain.seen, Observed) else ():
            if trustee.kind != FOREIGN:
                found.by_sid[trustee.sid] = trustee
            for group in trustee.member_of:
                if trustee.sid not in found.members.setdefault(group, []):
                    found.members[group].append(trustee.sid)
    return found


@dataclass
class ShareGrants:
    """A share of a storage: its `access` and groups for hosts, and the accounts that reach it through them.

    `hosts` are principals by name, with the group that grants each; `others` are groups and accounts of people.
    """

    storage: str
    share: str
    access: str = ""
    hosts: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def lists_of(access: ShareAccess) -> Mapping[str, StorageLists]:
    """Returns the access lists of each storage that returned any."""
    return {entry.storage: entry.seen.value for entry in access.storages if isinstance(entry.seen, Observed)}


def administrators(lists: StorageLists, known: People) -> list[tuple[str, str]]:
    """Returns the members of the storage's Administrators, each as a name and a SID."""
    names = {entry.sid: entry.name for entry in lists.sids if entry.known}
    names |= {sid: trustee.name for sid, trustee in known.by_sid.items() if "\\" in trustee.name}
    members = [sid for alias in lists.aliases if alias.sid == ADMINISTRATORS for sid in alias.members]
    return [(names[sid], sid) for sid in members if "\\" in names.get(sid, "")]


def grants(storage: str, lists: StorageLists, known: People) -> Iterator[ShareGrants]:
    """Yields what the permissions of each share grant, without the administrators of the storage."""
    above = {sid for _, sid in administrators(lists, known)} | {ADMINISTRATORS}
    names = {entry.sid: entry.name for entry in lists.sids if entry.known}
    for share in lists.shares:
        found = ShareGrants(storage, share.share)
        if share.descriptor is None or share.descriptor.dacl is None:
            found.notes.append(f"TODO share {share.share}: its permissions could not be read")
        else:
            _read(found, [ace for ace in share.descriptor.dacl if ace.allow and ace.sid not in above], names, known)
        yield found


def _read(found: ShareGrants, entries: Iterable[Ace], names: Mapping[str, str], known: People) -> None:
    for ace in entries:
        trustee = known.by_sid.get(ace.sid)
        name = trustee.name if trustee is not None else names.get(ace.sid, "")
        level = next((word for mask, word in LEVELS if ace.mask & mask == mask), "")
        if ace.sid in BROAD:
            found.notes.append(f"share {found.share}: its permissions also contain {name or ace.sid}")
            continue
        members = list(known.accounts_in(ace.sid))
        hosts = [member for member in members if member.name.endswith("$") and not member.disabled]
        for host in hosts:
            if principal := known.principal(host):
                found.hosts.setdefault(principal, name if trustee is not None and trustee.kind == GROUP else "")
        if hosts and level and (not found.access or LEVEL_ORDER[level] > LEVEL_ORDER[found.access]):
            found.access = level
        if not hosts and "\\" in name:
            found.others.setdefault(name, f"{level or 'some'} access to {found.share}")


LEVEL_ORDER = {word: order for order, (_, word) in enumerate(reversed(LEVELS))}


@dataclass(frozen=True)
class BackupHolder:
    """A group or account with backup rights on a storage, and the accounts in it."""

    storage: str
    name: str
    is_group: bool
    accounts: tuple[str, ...]
    rights: tuple[str, ...]


def backup_holders(rights: AccountRights, lists: Mapping[str, StorageLists], known: People) -> Iterator[BackupHolder]:
    """Yields the holders of backup rights on each storage, without its Administrators and their members."""
    for entry in rights.storages:
        if not isinstance(entry.seen, Observed):
            continue
        held: dict[str, list[str]] = {}
        for holder in entry.seen.value.holders:
            for sid in holder.sids:
                held.setdefault(sid, []).append(holder.right)
        above = {ADMINISTRATORS}
        if entry.storage in lists:
            above |= {sid for _, sid in administrators(lists[entry.storage], known)}
        for sid, names in held.items():
            trustee = known.by_sid.get(sid)
            if sid in above or trustee is None:
                continue
            accounts = tuple(name for member in known.accounts_in(sid) if (name := known.principal(member)))
            yield BackupHolder(entry.storage, trustee.name, trustee.kind == GROUP, accounts, tuple(names))
