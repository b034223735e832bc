"""Two tenants on one storage, the groups of both domains, and access lists that a test writes entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, DomainIdentity, IdentityAnswer
from krbcheck.facts.listed_shares import ListedShares, ShareList, StorageShares, UnstatedSession
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.share_access import (
    ACCOUNT,
    FOREIGN,
    GROUP,
    DomainTrustees,
    FolderReply,
    Listing,
    LocalGroup,
    Memberships,
    PrincipalListing,
    ShareAccess,
    ShareInfo,
    SidName,
    StorageAccess,
    StorageLists,
    Trustee,
    Trustees,
)
from krbcheck.facts.smb import (
    AccountRights,
    RightHolders,
    RightsReply,
    SessionKind,
    SmbSession,
    SmbSessions,
    SmbSetUp,
    StorageRights,
    TreeReply,
)
from krbcheck.facts.vantages import VantagePoint, Vantages
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.judging import registry
from krbcheck.judging.judge import judge
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Access, Backup, DataPath, Domain, Principal, Share, Site, Storage, Tenant, VmstoreApi
from krbcheck.windows.descriptor import Ace, Descriptor
from tests.support.vmstore_answers import vmstore_answer

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOSTS_DOMAIN, STORAGE_DOMAIN = "S-1-5-21-1-1-1", "S-1-5-21-2-2-2"
FULL = 0x1F01FF
RIDS = {
    "alice-hv01$": 1104, "alice-hv02$": 1105, "bob-hv01$": 1106, "bob-hv02$": 1107, "Alice Hosts": 1110,
    "Bob Hosts": 1111, "Alice Admins": 1112, "Bob Admins": 1113, "alice-admin": 1114, "bob-admin": 1115,
    "Backup Hosts": 1116, "backup-hv01$": 1117, "Domain Users": 513, "Domain Computers": 515, "Empty": 1130,
    "Others": 1131, "outsider": 1132, "Everything": 1133, "Local Only": 1134,
}  # fmt: skip
THERE = {"Domain Admins": 512, "Alice Access": 2001, "Operators": 2002, "Keepers": 2003, "Inner": 2004}


def observed(value: object, asked: str = "asked") -> Observation[object]:
    return Observed(value, asked, AT, "alice")


def tenant(name: str, number: int) -> Tenant:
    return Tenant(
        name,
        networks=(f"10.77.{number}.0/24",),
        data_paths=(DataPath(f"vmstore-{name}.tintri.com", "vmstore", f"10.77.{number}.30"),),
        shares=(Share(f"{name.title()}VMs", Access.FULL, "vmstore"),),
        principals=tuple(Principal(f"{name}-hv0{each}$@VMLEVEL.COM") for each in (1, 2)),
        administrators=(f"VMLEVEL\\{name.title()} Admins",),
    )


def a_site() -> Site:
    return Site(
        "lab",
        domains=(Domain("vmlevel.com"), Domain("tintri.com", account="krbcheck@TINTRI.COM")),
        storages=(Storage("vmstore", "VMSTORE$@TINTRI.COM", ("TINTRI\\Domain Admins",)),),
        tenants=(tenant("alice", 11), tenant("bob", 12)),
        backups=(Backup("dpm-2016", "vmstore", ("backup-hv01$@VMLEVEL.COM",), "VMLEVEL\\Backup Hosts"),),
    )


def sid(name: str) -> str:
    """Of a name of either domain; a SID is itself."""
    if name.startswith("S-1-"):
        return name
    return f"{HOSTS_DOMAIN}-{RIDS[name]}" if name in RIDS else f"{STORAGE_DOMAIN}-{THERE[name]}"


def allow(name: str, mask: int = FULL, flags: int = 0) -> Ace:
    return Ace(True, mask, sid(name), flags=flags)


def deny(name: str, mask: int = FULL) -> Ace:
    return Ace(False, mask, sid(name))


def dacl(*entries: Ace) -> Descriptor:
    return Descriptor(dacl=entries)


def of_hosts(name: str) -> Descriptor:
    return dacl(allow(f"{name} Hosts"), allow(f"{name} Admins"), allow("Domain Admins"))


@dataclass
class World:
    """`members` maps a group to its direct members; `shares` and `folders` are descriptors, None for not told.

    `silent` domains returned no memberships, `unidentified` ones no identity, `blind` ones nothing of what
    was searched for; `unanswered` are principals whose session
    had no answer.
    """

    site: Site = field(default_factory=a_site)
    shares: dict[str, Descriptor | None] = field(
        default_factory=lambda: {"AliceVMs": of_hosts("Alice"), "BobVMs": of_hosts("Bob")}
    )
    folders: dict[str, Descriptor | None] = field(
        default_factory=lambda: {"AliceVMs": dacl(allow("S-1-1-0")), "BobVMs": dacl(allow("S-1-1-0"))}
    )
    members: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "Alice Hosts": ("alice-hv01$", "alice-hv02$"),
            "Bob Hosts": ("bob-hv01$", "bob-hv02$"),
            "Alice Admins": ("alice-admin",),
            "Bob Admins": ("bob-admin",),
            "Backup Hosts": ("backup-hv01$",),
            "Others": ("outsider",),
            "Domain Admins": (),
        }
    )
    aliases: tuple[LocalGroup, ...] = (
        LocalGroup("S-1-5-32-544", "BUILTIN\\Administrators", 0, (f"{STORAGE_DOMAIN}-512",)),
    )
    aliases_status: int = 0
    refused: str = ""
    status: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    names: tuple[SidName, ...] = ()
    silent: tuple[str, ...] = ()
    sessions: dict[str, dict[str, int | None]] = field(default_factory=dict)
    unanswered: dict[str, Gap] = field(default_factory=dict)
    listings: dict[str, tuple[str, ...] | int] = field(default_factory=dict)
    holders: dict[str, tuple[str, ...]] | None = None
    rights_reply: RightsReply | None = None
    not_told: bool = False
    local: tuple[str, ...] = ("Local Only",)
    tokens_hidden: bool = False
    unidentified: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    vmstore: VmstoreAnswers = field(default_factory=VmstoreAnswers)
    share_list: ShareList | Gap | None = None
    unstated: dict[str, dict[str, int | None] | Gap] = field(default_factory=dict)
    system: str = ""

    def state_vmstore(self, **seen: Any) -> None:
        """The site states the REST API of the storage, whose answer has these observations."""
        api = VmstoreApi("https://vmstore.tintri.com", "krbcheck")
        (storage,) = self.site.storages
        self.site = replace(self.site, storages=(replace(storage, vmstore_api=api),))
        self.vmstore = VmstoreAnswers(storages=(vmstore_answer("vmstore", **seen),))

    def trustees(self, domain: str) -> tuple[Trustee, ...]:
        home = domain == "vmlevel.com"
        names, prefix, netbios = (RIDS, HOSTS_DOMAIN, "VMLEVEL") if home else (THERE, STORAGE_DOMAIN, "TINTRI")
        above: dict[str, list[str]] = {}
        for group, members in self.members.items():
            if group in names:
                for member in members:
                    above.setdefault(sid(member), []).append(sid(group))
        found = []
        for name, rid in names.items():
            account = name[0].islower()
            parents = above.pop(f"{prefix}-{rid}", [])
            primary = [f"{prefix}-515"] if name.endswith("$") else [f"{prefix}-513"] if account else []
            scope = 4 if name in self.local or (not home and name != "Domain Admins") else 2
            kind = ACCOUNT if account else GROUP
            empty = kind == GROUP and not self.members.get(name) and rid > 1000
            text = Trustee(f"{prefix}-{rid}", f"{netbios}\\{name}", kind, (*parents, *primary), 0 if account else scope)
            found.append(Trustee(text.sid, text.name, kind, text.member_of, text.scope, empty))
        found += [Trustee(text, text, FOREIGN, tuple(parents)) for text, parents in above.items()]
        return tuple(found)

    @property
    def memberships(self) -> Memberships:
        return Memberships(tuple(self._domain(name) for name in ("vmlevel.com", "tintri.com")))

    def _domain(self, name: str) -> DomainTrustees:
        if name in self.silent:
            return DomainTrustees(name, "dc", Unobserved(Gap.TIMED_OUT, f"{name} is silent", "asked", AT, ""))
        found = () if name in self.blind else self.trustees(name)
        value = Trustees(found, (f"{STORAGE_DOMAIN}-9999",))
        return DomainTrustees(name, "dc", Observed(value, "asked", AT, ""))

    @property
    def directories(self) -> Directories:
        accounts = tuple(
            AccountAnswer(
                "vmlevel.com", "dc", backer.name, Observed(Accounts((self._account(backer),)), "asked", AT, "")
            )
            for backer in (*(principal for _, principal in self.site.principals()), *self._backers())
        )
        storage = Account("", "VMSTORE$", f"{STORAGE_DOMAIN}-1200", system=self.system)
        seen = Observed(Accounts((storage,)), "asked", AT, "")
        accounts += (AccountAnswer("tintri.com", "dc", self.site.storages[0].account, seen),) if self.system else ()
        identities = tuple(
            IdentityAnswer(domain, "dc", Observed(DomainIdentity(name, whose, domain), "asked", AT, ""))
            for domain, name, whose in (
                ("vmlevel.com", "VMLEVEL", HOSTS_DOMAIN),
                ("tintri.com", "TINTRI", STORAGE_DOMAIN),
            )
            if domain not in self.unidentified
        )
        return Directories(identities=identities, accounts=accounts)

    def _backers(self) -> tuple[Principal, ...]:
        return tuple(Principal(name) for backup in self.site.backups for name in backup.accounts)

    def _account(self, principal: Principal) -> Account:
        """With the groups of its own domain in tokenGroups, nested ones too."""
        own, found = sid(principal.account), dict.fromkeys([sid(principal.account)])
        held = {each.sid: each.member_of for each in self.trustees("vmlevel.com")}
        for each in (waiting := list(found)):
            above = [parent for parent in held.get(each, ()) if parent not in found]
            found |= dict.fromkeys(above)
            waiting += above
        return Account("", principal.account, own, groups=None if self.tokens_hidden else tuple(found)[1:])

    @property
    def access(self) -> ShareAccess:
        reply = StorageLists(
            self.refused,
            self.status,
            tuple(ShareInfo(name, self.statuses.get(name, 0), descriptor) for name, descriptor in self.shares.items()),
            self.names,
            self.aliases,
            self.aliases_status,
        )
        seen: Observation[StorageLists] = Observed(reply, "access lists", AT, "alice")
        if self.not_told:
            seen = Unobserved(Gap.TIMED_OUT, "the storage is silent", "access lists", AT, "alice")
        return ShareAccess(
            (StorageAccess("vmstore", "vmstore-alice.tintri.com", "10.77.11.30", "krbcheck@TINTRI.COM", seen),),
            tuple(self._listing(entry, each.name) for entry in self.site.tenants for each in entry.principals[:1]),
        )

    def _listing(self, entry: Tenant, principal: str) -> PrincipalListing:
        folders = tuple(
            FolderReply(share.name, 0 if self.folders.get(share.name) else 0xC0000022, self.folders.get(share.name))
            for share in entry.shares
        )
        names = self.listings.get(principal, (entry.shares[0].name, "IPC$"))
        listing = Listing("NetrShareEnum", names) if isinstance(names, int) else Listing(names=names)
        listing = Listing(listing.refused, listing.status, listing.names, folders)
        seen = Observed(listing, "listing", AT, entry.name)
        return PrincipalListing(entry.name, principal, entry.data_paths[0].name, "vmstore", seen)

    @property
    def smb(self) -> SmbSessions:
        """`sessions` maps a principal to its TREE_CONNECTs: MaximalAccess, None for refused."""
        found = []
        for name, trees in self.sessions.items():
            replies = tuple(
                TreeReply(share, 0xC0000022 if access is None else 0, maximal_access=access or 0)
                for share, access in trees.items()
            )
            owner = name.partition("-")[0]
            path = f"vmstore-{owner}.tintri.com"
            seen = Observed(SmbSetUp(0, dialect=0x311, trees=replies), "session", AT, owner)
            found.append(SmbSession(owner, name, path, "vmstore", "10.77.11.30", SessionKind.KERBEROS, seen))
        for name, gap in self.unanswered.items():
            owner = name.partition("-")[0]
            path, silence = f"vmstore-{owner}.tintri.com", Unobserved(gap, "no session", "session", AT, owner)
            found.append(SmbSession(owner, name, path, "vmstore", "10.77.11.30", SessionKind.KERBEROS, silence))
        return SmbSessions(tuple(found))

    @property
    def listed(self) -> ListedShares:
        """`share_list` is the reader's list, `unstated` maps a principal to its TREE_CONNECTs as `sessions` does."""
        storages: tuple[StorageShares, ...] = ()
        if self.share_list is not None:
            reply = self.share_list
            seen: Observation[ShareList] = (
                Unobserved(reply, "the storage is silent", "list of shares", AT, "alice")
                if isinstance(reply, Gap)
                else Observed(reply, "list of shares", AT, "alice")
            )
            storages = (
                StorageShares("vmstore", "vmstore-alice.tintri.com", "10.77.11.30", "krbcheck@TINTRI.COM", seen),
            )
        return ListedShares(storages, tuple(self._unstated()))

    def _unstated(self) -> Iterator[UnstatedSession]:
        for name, trees in self.unstated.items():
            owner = name.partition("-")[0]
            where = (owner, name, f"vmstore-{owner}.tintri.com", "vmstore", "10.77.11.30")
            if isinstance(trees, Gap):
                yield UnstatedSession(*where, Unobserved(trees, "no session", "session", AT, owner))
                continue
            replies = tuple(
                TreeReply(share, 0xC0000022 if access is None else 0, maximal_access=access or 0)
                for share, access in trees.items()
            )
            seen = Observed(SmbSetUp(0, dialect=0x311, trees=replies), "session", AT, owner)
            yield UnstatedSession(*where, seen)

    @property
    def rights(self) -> AccountRights:
        if self.holders is None and self.rights_reply is None:
            return AccountRights()
        holders = tuple(
            RightHolders(right, 0 if held else 0x8000001A, tuple(sid(name) for name in held))
            for right, held in (self.holders or {}).items()
        )
        seen = Observed(self.rights_reply or RightsReply(holders=holders), "holders", AT, "alice")
        where = ("vmstore", "vmstore-alice.tintri.com", "10.77.11.30", "krbcheck@TINTRI.COM")
        return AccountRights((StorageRights(*where, seen),))

    def judged(self, check: str) -> list[Verdict]:
        vantages = Vantages(
            (VantagePoint("alice", "station", "10.77.11.9"), VantagePoint("bob", "station", "10.77.12.9"))
        )
        families: tuple[Facts, ...] = (
            vantages, self.access, self.memberships, self.directories, self.smb, self.rights, self.vmstore,
            self.listed,
        )  # fmt: skip
        facts = {type(family): family for family in families}
        (report,) = judge(self.site, facts, [registry.load()[check]])
        assert not report.crash, report.crash
        return list(report.verdicts)

    def lines(self, check: str) -> list[str]:
        """`code tenant subject`, with `fine` or `unknown` for a code."""
        verdicts = self.judged(check)
        codes = [each.code if isinstance(each, Finding) else type(each).__name__.lower() for each in verdicts]
        return [
            f"{code} {verdict.tenant or '-'} {verdict.subject}" for code, verdict in zip(codes, verdicts, strict=True)
        ]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def sid_of() -> Callable[[str], str]:
    return sid
