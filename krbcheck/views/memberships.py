"""The SIDs of a principal at a storage, each with the chain of groups that leads to it.

The PAC contains the account's own SID and the global and universal groups of its domain; a quarantined trust filters
all others (MS-PAC 4.1.2.2): groups of a third domain, and SID history. The storage's domain adds its domain local
groups, which have these SIDs as foreign members; the storage adds its own groups and the well-known SIDs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from krbcheck.facts.directory import CROSS_ORGANIZATION, QUARANTINED, Directories, DomainIdentity, Trust
from krbcheck.facts.observation import Observed, Unobserved, why
from krbcheck.facts.share_access import FOREIGN, GROUP, LocalGroup, Memberships, ShareAccess, StorageLists, Trustee
from krbcheck.site.stated import Site, realm_of
from krbcheck.views.forest_members import unresolved
from krbcheck.views.view import View
from krbcheck.windows.ntstatus import STATUS_SUCCESS

EVERYONE, AUTHENTICATED, NETWORK = "S-1-1-0", "S-1-5-11", "S-1-5-2"
THIS_ORGANIZATION, OTHER_ORGANIZATION = "S-1-5-15", "S-1-5-1000"
WELL_KNOWN = {
    EVERYONE: "Everyone",
    "S-1-3-0": "CREATOR OWNER",
    "S-1-3-1": "CREATOR GROUP",
    "S-1-3-4": "OWNER RIGHTS",
    NETWORK: "NETWORK",
    "S-1-5-4": "INTERACTIVE",
    "S-1-5-7": "ANONYMOUS LOGON",
    AUTHENTICATED: "Authenticated Users",
    THIS_ORGANIZATION: "This Organization",
    "S-1-5-18": "SYSTEM",
    OTHER_ORGANIZATION: "Other Organization",
    "S-1-5-32-544": "BUILTIN\\Administrators",
    "S-1-5-32-545": "BUILTIN\\Users",
    "S-1-5-32-546": "BUILTIN\\Guests",
    "S-1-5-32-551": "BUILTIN\\Backup Operators",
}
"""MS-DTYP 2.4.2.4."""
BUILTIN, OF_DOMAINS = "S-1-5-32-", "S-1-5-21-"
"""A host's own groups; SIDs of a domain, or of a host's own accounts and groups."""
ALIAS = 4
"""SID_NAME_USE of a domain local group, or of a host's own (MS-LSAT 2.2.13)."""
DOMAIN_LOCAL = 0x4
"""groupType (MS-ADTS 2.2.12): counts within its own domain only."""

Chain = tuple[str, ...]
"""Names from the principal's own to a group's."""


@dataclass(frozen=True)
class Standing:
    """`sids` with their chains; `why_not` is why they are not known, or may be incomplete. `absent` if no directory
    contains the account.
    """

    sids: Mapping[str, Chain]
    why_not: str = ""
    absent: bool = False


@dataclass(frozen=True)
class Token:
    """The SIDs of tokenGroups; None if they could not be read, with the reason in `why_not`."""

    groups: Sequence[str] | None
    why_not: str = ""


@dataclass(frozen=True)
class StorageNames:
    """What a storage returned about SIDs and its own groups. `members_read` are the groups whose members it returned,
    `members_denied` those whose members it did not; `uses` is SID_NAME_USE by SID.
    """

    lists: StorageLists | None
    members_read: frozenset[str] = frozenset()
    members_denied: frozenset[str] = frozenset()
    uses: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(reply: StorageLists | None) -> StorageNames:
        if reply is None:
            return StorageNames(None)
        read = frozenset(alias.sid for alias in reply.aliases if alias.status == STATUS_SUCCESS)
        names = {alias.sid: alias.name for alias in reversed(reply.aliases)}
        names |= {sid.sid: sid.name for sid in reversed(reply.sids) if sid.known and sid.name}
        denied = frozenset(alias.sid for alias in reply.aliases) - read
        return StorageNames(reply, read, denied, {sid.sid: sid.use for sid in reply.sids}, names)

    @property
    def groups_read(self) -> bool:
        """Whether it listed its own groups."""
        return (
            self.lists is not None and self.lists.aliases_status == STATUS_SUCCESS and not self.lists.aliases_left_out
        )


class GroupStanding(View):
    """Every membership that was read, for questions about any principal at any storage of the site."""

    def __init__(self, site: Site, memberships: Memberships, directories: Directories, access: ShareAccess) -> None:
        self.site, self.memberships, self.directories, self.access = site, memberships, directories, access
        self._standings: dict[tuple[str, str], Standing] = {}
        self._storages: dict[str, StorageNames] = {}

    @cached_property
    def by_domain(self) -> Mapping[str, Mapping[str, Trustee]]:
        """Trustees by domain and SID. Foreign entries are a domain's own view of another's SID."""
        found: dict[str, dict[str, Trustee]] = {}
        for domain in self.memberships.domains:
            if isinstance(domain.seen, Observed) and domain.seen.value.readable:
                held = found.setdefault(domain.domain, {})
                for each in domain.seen.value.found:
                    held.setdefault(each.sid, each)
        return found

    @cached_property
    def known(self) -> Mapping[str, Trustee]:
        """Accounts and groups by SID, each as its own domain returned it."""
        return {
            sid: trustee for held in self.by_domain.values() for sid, trustee in held.items() if trustee.kind != FOREIGN
        }  # fmt: skip

    @cached_property
    def netbios(self) -> Mapping[str, frozenset[str]]:
        """The domains of each NetBIOS name, in lower case, by the identities and the names of accounts and groups."""
        names = {(identity.netbios.lower(), domain) for domain, identity in self._identities}
        names |= {
            (trustee.name.partition("\\")[0].lower(), domain)
            for domain, held in self.by_domain.items()
            for trustee in held.values()
            if trustee.kind != FOREIGN and "\\" in trustee.name
        }
        found: dict[str, frozenset[str]] = {}
        for name, domain in names:
            if name:
                found[name] = found.get(name, frozenset()) | {domain}
        return found

    def lists_of(self, storage: str) -> StorageLists | None:
        """The lists that the storage returned to the reader; None if it returned none."""
        return self._at(storage).lists

    def aliases(self, storage: str) -> Sequence[LocalGroup]:
        reply = self.lists_of(storage)
        return reply.aliases if reply else ()

    def _at(self, storage: str) -> StorageNames:
        if storage not in self._storages:
            answers = (access.seen for access in self.access.storages if access.storage == storage)
            replies = (answer.value for answer in answers if isinstance(answer, Observed) and not answer.value.refused)
            self._storages[storage] = StorageNames.of(next(replies, None))
        return self._storages[storage]

    def members_unread(self, storage: str, groups: str) -> str:
        """Returns the clause why the members of local groups of a storage are not known."""
        lists = self.lists_of(storage)
        if lists is not None and lists.aliases_left_out:
            return f"the members of {groups} were not queried: {lists.aliases_left_out}"
        return f"{storage} does not return the members of {groups}"

    def unread_groups(self, sids: Iterable[str], storage: str) -> list[str]:
        """Returns those of `sids` that are or may be groups of the storage itself, and whose members were not read."""
        return [sid for sid in dict.fromkeys(sids) if self._is_unread(sid, self._at(storage))]

    def _is_unread(self, sid: str, names: StorageNames) -> bool:
        if sid in names.members_read:
            return False
        if sid.startswith(BUILTIN):
            return not names.groups_read or sid in names.members_denied
        own = sid.startswith(OF_DOMAINS) and sid.rpartition("-")[0] not in self._domains
        return own and names.uses.get(sid, ALIAS) == ALIAS

    @cached_property
    def _domains(self) -> frozenset[str]:
        """The SIDs of the site's domains, as far as they were read."""
        return frozenset(self._domain_of)

    @cached_property
    def _domain_of(self) -> Mapping[str, str]:
        """The domain of each domain SID, by the identities and the SIDs of accounts and groups."""
        found = {
            sid.rpartition("-")[0]: domain
            for domain, held in self.by_domain.items()
            for sid, trustee in held.items()
            if trustee.kind != FOREIGN and sid.startswith(OF_DOMAINS)
        }
        return found | {identity.sid: domain for domain, identity in self._identities if identity.sid}

    @cached_property
    def _identities(self) -> Sequence[tuple[str, DomainIdentity]]:
        """Every identity that was read, with its domain."""
        answers = self.directories.identities
        return [(answer.domain, answer.seen.value) for answer in answers if isinstance(answer.seen, Observed)]

    def name(self, sid: str, storage: str = "") -> str:
        """Returns the name of an account or group; the SID itself if no server returned a name."""
        if sid in self.known:
            return self.known[sid].name
        if sid in WELL_KNOWN:
            return WELL_KNOWN[sid]
        return self._at(storage).names.get(sid, sid) if storage else sid

    def sids_named(self, name: str) -> list[str]:
        r"""The SIDs of `DOMAIN\name` or `account@REALM`; a name without a domain is any domain's."""
        wanted = name.rpartition("\\")[2].rpartition("@")[0] or name.rpartition("\\")[2]
        domains = frozenset({realm_of(name).lower()}) if "@" in name else self._named(name.rpartition("\\")[0])
        named = self._by_name.get(wanted.lower(), ())
        return [sid for domain, sid in named if not domains or domain in domains]

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Domain and SID of each account and group, by its own name in lower case."""
        found: dict[str, list[tuple[str, str]]] = {}
        for domain, held in self.by_domain.items():
            for trustee in held.values():
                if trustee.kind != FOREIGN:
                    found.setdefault(trustee.name.rpartition("\\")[2].lower(), []).append((domain, trustee.sid))
        return found

    def _named(self, prefix: str) -> frozenset[str]:
        """Empty for any domain."""
        return self.netbios.get(prefix.lower(), frozenset({prefix.lower()} - {""}))

    def standing(self, principal: str, storage: str) -> Standing:
        """Of `account@REALM` at a storage."""
        key = principal.lower(), storage
        if key not in self._standings:
            self._standings[key] = self._standing(principal, storage)
        return self._standings[key]

    def _standing(self, principal: str, storage: str) -> Standing:
        home, there = realm_of(principal).lower(), self.site.storage(storage).domain
        for domain in dict.fromkeys((home, there)):
            if domain not in self.by_domain:
                return Standing({}, self._silence(domain))
        sids = self.sids_named(principal)
        if not sids:
            return Standing({}, f"no directory contains {principal}", absent=True)
        found = self.above({sids[0]: (self.known[sids[0]].name,)}, home, there)
        token = self.token(principal)
        for sid in token.groups or ():
            if sid not in found and not sid.startswith("S-1-5-32-") and self._travels(sid, home, there):
                found |= self.above({sid: (*found[sids[0]], self.name(sid))}, home, there, found)
        own = found[sids[0]]
        selective = any(trust.attributes & CROSS_ORGANIZATION for trust in self._trusts(there, home))
        for sid in (EVERYONE, AUTHENTICATED, NETWORK, OTHER_ORGANIZATION if selective else THIS_ORGANIZATION):
            found[sid] = (*own, WELL_KNOWN[sid])
        unfiltered = self._unfiltered(found, sids[0], home, there) or unresolved(self.by_domain, home, found)
        self._with_aliases(found, storage)
        return Standing(found, token.why_not or self.unread(home) or self.unread(there) or unfiltered)

    def _unfiltered(self, sids: Iterable[str], own: str, home: str, there: str) -> str:
        """Why it is not known whether the trust filters some of the SIDs; empty if it is, or if none is of a third
        domain.
        """
        if home == there or any(True for _ in self._trusts(there, home)):
            return ""
        answers = [answer.seen for answer in self.directories.trusts if answer.domain == there]
        silent = next((answer for answer in answers if isinstance(answer, Unobserved)), None)
        if silent is None and answers:
            return ""
        known = {own.rpartition("-")[0], *(sid for sid, domain in self._domain_of.items() if domain == there)}
        third = [sid for sid in sids if sid.startswith(OF_DOMAINS) and sid.rpartition("-")[0] not in known]
        reason = why(silent) if silent else f"the trusts of {there} were not read"
        return f"it is not known whether {there} filters the SID {third[0]}: {reason}" if third else ""

    def token(self, principal: str) -> Token:
        """The tokenGroups of `account@REALM`, from the first controller that returned the attribute."""
        answers = [answer.seen for answer in self.directories.answers_about(principal)]
        accounts = [answer.value.found[0] for answer in answers if isinstance(answer, Observed) and answer.value.found]
        groups = next((account.groups for account in accounts if account.groups is not None), None)
        if groups is not None:
            return Token(groups)
        if accounts:
            return Token(None, f"tokenGroups of {principal} could not be read")
        silent = next((answer for answer in answers if isinstance(answer, Unobserved)), None)
        return Token(None, why(silent) if silent else f"no directory returned tokenGroups of {principal}")

    def unread(self, domain: str) -> str:
        """Why the groups or the identity of a domain are not known; empty where both were read."""
        if domain not in self.by_domain:
            return self._silence(domain)
        if any(identified == domain for identified, _ in self._identities):
            return ""
        answers = [identity.seen for identity in self.directories.identities if identity.domain == domain]
        silent = next((answer for answer in answers if isinstance(answer, Unobserved)), None)
        return why(silent) if silent else f"NetBIOS name and SID of {domain} were not read"

    @cached_property
    def silences(self) -> Sequence[Unobserved]:
        """The missing answers of the domains whose groups were not read."""
        unread = [entry for entry in self.memberships.domains if entry.domain not in self.by_domain]
        return [entry.seen for entry in unread if isinstance(entry.seen, Unobserved)]

    def unresolved(self, name: str) -> str:
        """Why it is not known whom a name of the site file is for; empty where its domain was read."""
        prefix = name.rpartition("\\")[0]
        if "@" in name:
            return self.unread(realm_of(name).lower())
        every = [domain.name for domain in self.site.domains]
        candidates = [domain for domain in every if domain in self._named(prefix)] if prefix else every
        return next((doubt for domain in candidates or every if (doubt := self.unread(domain))), "")

    def unread_sids(self, named: Iterable[str]) -> str:
        """Why it is not known what some of the SIDs are; empty where the domains of all were read."""
        sids = tuple(named)
        left_out = next((sid for sid in sids if self.site.excluded.sid(sid)), "")
        if left_out:
            return f"{left_out} was not queried: {self.site.excluded.sid(left_out)}"
        strangers = [sid for sid in sids if sid.startswith(OF_DOMAINS) and sid not in self.known]
        owners = {self._domain_of.get(sid.rpartition("-")[0], "") for sid in strangers}
        domains = owners - {""} if "" not in owners else [domain.name for domain in self.site.domains]
        return next((doubt for domain in sorted(domains) if (doubt := self.unread(domain))), "")

    def above(self, start: Mapping[str, Chain], home: str, there: str, done: Iterable[str] = ()) -> dict[str, Chain]:
        """`start` and every group above it that counts at a storage of the domain `there`; shortest chains first."""
        found, waiting = dict(start), deque(start)
        known = set(done)
        while waiting:
            sid = waiting.popleft()
            for domain in dict.fromkeys((home, there)):
                trustee = self.by_domain.get(domain, {}).get(sid)
                for parent in trustee.member_of if trustee else ():
                    travels = domain == there or self._travels(parent, home, there)
                    if parent not in found and parent not in known and travels:
                        found[parent] = (*found[sid], self.name(parent))
                        waiting.append(parent)
        return found

    def over(self, sid: str, storage: str) -> dict[str, Chain]:
        """An account or group itself, and every group above it that counts at the storage; nothing well-known."""
        there = self.site.storage(storage).domain
        found = self.above({sid: (self.name(sid, storage),)}, self.home(sid), there)
        self._with_aliases(found, storage)
        return found

    def below(self, sid: str) -> list[str]:
        """Everyone in a group, through any depth and over trusts, as far as it was read; accounts and groups."""
        found, waiting = {sid: None}, deque([sid])
        while waiting:
            for member in self._members.get(waiting.popleft(), ()):
                if member not in found:
                    found[member] = None
                    waiting.append(member)
        return [name for name in found if name != sid]

    @cached_property
    def _members(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for held in self.by_domain.values():
            for trustee in held.values():
                for parent in trustee.member_of:
                    found.setdefault(parent, []).append(trustee.sid)
        return found

    def home(self, sid: str) -> str:
        """The domain that holds it, empty where none of the site's does."""
        held = (domain for domain, those in self.by_domain.items() if sid in those and those[sid].kind != FOREIGN)
        return next(held, "")

    def _travels(self, sid: str, home: str, there: str) -> bool:
        """Whether a SID that `home` gives its accounts counts at a storage of the domain `there`."""
        trustee = self.by_domain.get(home, {}).get(sid)
        if home == there:
            return True
        if trustee is not None and trustee.kind == GROUP and trustee.scope & DOMAIN_LOCAL:
            return False
        own = sid.rpartition("-")[0]
        return not any(
            trust.attributes & QUARANTINED and trust.sid not in ("", own) for trust in self._trusts(there, home)
        )

    def _with_aliases(self, found: dict[str, Chain], storage: str) -> None:
        """The storage's own groups, which may hold each other."""
        left = list(self.aliases(storage))
        while joined := [group for group in left if any(sid in found for sid in group.members)]:
            for group in joined:
                through = next(sid for sid in group.members if sid in found)
                found.setdefault(group.sid, (*found[through], group.name or self.name(group.sid)))
                left.remove(group)

    def _trusts(self, there: str, home: str) -> Iterator[Trust]:
        """Yields the trusts of the storage's domain with the hosts' domain, of each of its controllers."""
        for answer in self.directories.trusts:
            if answer.domain == there and isinstance(answer.seen, Observed):
                yield from (trust for trust in answer.seen.value.found if trust.partner == home)

    def _silence(self, domain: str) -> str:
        for trustees in self.memberships.domains:
            if trustees.domain == domain and not isinstance(trustees.seen, Observed):
                return why(trustees.seen)
            if trustees.domain == domain:
                return f"{trustees.controller} returns none of the accounts and groups that were searched for"
        return f"the groups of {domain} were not read"
