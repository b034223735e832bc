"""A large site and its facts, made by rule: every tenant is healthy and has two hosts, a data path and a share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from krbcheck.facts.directory import (
    Account,
    AccountAnswer,
    Accounts,
    Directories,
    DomainIdentity,
    IdentityAnswer,
    SpnAnswer,
    Trust,
    TrustAnswer,
    Trusts,
)
from krbcheck.facts.kerberos import (
    Hop,
    KrbError,
    Reply,
    ServiceTickets,
    TicketFacts,
    TicketGrant,
    TicketGrants,
    TicketPath,
)
from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Facts, Observed
from krbcheck.facts.policy import (
    Container,
    Containers,
    ContainersAnswer,
    ControllerAccountAnswer,
    Link,
    Policies,
    PolicyFiles,
    PolicyFilesAnswer,
    PolicyObject,
    PolicyObjects,
    PolicyObjectsAnswer,
)
from krbcheck.facts.ports import PortAnswer, PortAnswers, PortReply, PortState
from krbcheck.facts.share_access import (
    ACCOUNT,
    GROUP,
    DomainTrustees,
    FolderReply,
    Listing,
    LocalGroup,
    Memberships,
    PrincipalListing,
    ShareAccess,
    ShareInfo,
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
from krbcheck.site.stated import (
    Access,
    Backup,
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
from krbcheck.windows.descriptor import Ace, Descriptor
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS
from krbcheck.windows.policy_file import CLIENT_KEY, KDC_KEY, RegistryFile, Setting

T = TypeVar("T")
AT = datetime(2026, 11, 1, tzinfo=UTC)
HOSTS, STORAGE = "vmlevel.com", "tintri.com"
KDCS = ("vmdc1.vmlevel.com", "vmdc2.vmlevel.com")
STORAGE_KDC = "tidc.tintri.com"
HOSTS_SID, STORAGE_SID = "S-1-5-21-1-1-1", "S-1-5-21-2-2-2"
HOSTS_DN, STORAGE_DN = "DC=vmlevel,DC=com", "DC=tintri,DC=com"
FULL, READ, CONTROL = 0x1F01FF, 0x20094, 0x100
APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
REGISTRY = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
POLICY_DN = f"CN={{11111111-2222-3333-4444-555555555555}},CN=Policies,CN=System,{HOSTS_DN}"
AES = 0x18


def seen(value: T, by: str) -> Observed[T]:
    return Observed(value, f"question to {by}", AT, "station", 0.01, by)


def large_site(tenants: int) -> Site:
    """One storage for all tenants; their hosts' domain and the storage's are linked by an external trust."""
    return Site(
        "large",
        (
            Domain(HOSTS, f"krbcheck@{HOSTS.upper()}", forest_search_order=(STORAGE,)),
            Domain(STORAGE, f"krbcheck@{STORAGE.upper()}"),
        ),
        (Storage("vmstore", f"VMSTORE$@{STORAGE.upper()}", ("TINTRI\\Domain Admins",)),),
        tuple(_tenant(number) for number in range(tenants)),
        (Backup("dpm-2016", "vmstore", tuple(_host(number, 1) for number in range(tenants)), "VMLEVEL\\Backup"),),
    )


def large_facts(site: Site) -> dict[type[Facts], Facts]:
    """What a collection from every tenant's network contains, as far as judging it grows with the tenants."""
    families = (
        Vantages(
            tuple(VantagePoint(tenant.name, "station", f"{tenant.networks[0][:-5]}.9") for tenant in site.tenants)
        ),
        _directories(site),
        _policies(site),
        TicketGrants(tuple(_grants(site))),
        ServiceTickets(tuple(_tickets(site))),
        SmbSessions(tuple(_sessions(site))),
        PortAnswers(tuple(_ports(site))),
        ShareAccess((_storage(site),), tuple(_listings(site))),
        _memberships(site),
        AccountRights((_rights(),)),
        NameAnswers(tuple(_names(site))),
    )
    return {type(family): family for family in families}


def _tenant(number: int) -> Tenant:
    name = f"t{number}"
    return Tenant(
        name,
        networks=(f"10.{number >> 8}.{number & 255}.0/24",),
        data_paths=(DataPath(f"vmstore-{name}.{STORAGE}", "vmstore", f"10.{number >> 8}.{number & 255}.30"),),
        shares=(Share(f"{name}-vms", Access.FULL, "vmstore"),),
        principals=tuple(
            Principal(_host(number, which), SecretSource(SecretKind.KEYTAB, f"{name}.keytab")) for which in (1, 2)
        ),
        administrators=(f"VMLEVEL\\{name} admins",),
    )


def _host(number: int, which: int) -> str:
    return f"t{number}-hv{which}$@{HOSTS.upper()}"


def _sid(number: int, which: int) -> str:
    """0 is the group of the tenant's hosts, 1 and 2 are the hosts, 3 its administrators, 4 one of these."""
    return f"{HOSTS_SID}-{2000 + 10 * number + which}"


def _directories(site: Site) -> Directories:
    accounts = tuple(
        AccountAnswer(HOSTS, kdc, _host(number, which), seen(Accounts((_account(number, which),)), kdc))
        for kdc in KDCS
        for number in range(len(site.tenants))
        for which in (1, 2)
    )
    storage = Account(f"CN=VMSTORE,CN=Computers,{STORAGE_DN}", "VMSTORE$", f"{STORAGE_SID}-1100", ("computer",), kvno=3)
    own = AccountAnswer(STORAGE, STORAGE_KDC, site.storages[0].account, seen(Accounts((storage,)), STORAGE_KDC))
    spns = tuple(
        SpnAnswer(domain, kdc, path.spn, form, seen(Accounts((storage,) if form == path.spn else ()), kdc))
        for _, path in site.paths()
        for domain, kdc in ((STORAGE, STORAGE_KDC), (HOSTS, KDCS[0]))
        for form in (path.spn, f"HOST/{path.name}")
    )
    trust = Trust(STORAGE, "TINTRI", STORAGE_SID, 3, 2, 0, AES)
    back = Trust(HOSTS, "VMLEVEL", HOSTS_SID, 3, 2, 0, AES)
    return Directories(
        (
            IdentityAnswer(HOSTS, KDCS[0], seen(DomainIdentity("VMLEVEL", HOSTS_SID, HOSTS), KDCS[0])),
            IdentityAnswer(STORAGE, STORAGE_KDC, seen(DomainIdentity("TINTRI", STORAGE_SID, STORAGE), STORAGE_KDC)),
        ),
        (*accounts, own),
        spns,
        (
            TrustAnswer(HOSTS, KDCS[0], seen(Trusts((trust,)), KDCS[0])),
            TrustAnswer(STORAGE, STORAGE_KDC, seen(Trusts((back,)), STORAGE_KDC)),
        ),
    )


def _account(number: int, which: int) -> Account:
    name = _host(number, which).partition("@")[0]
    dn = f"CN={name[:-1]},OU=t{number},OU=Tenants,{HOSTS_DN}"
    groups = (f"{HOSTS_SID}-515", _sid(number, 0))
    return Account(dn, name, _sid(number, which), ("top", "computer"), 0x1000, etypes=AES, groups=groups, kvno=2)


def _policies(site: Site) -> Policies:
    """One policy at the domain turns both search orders on."""
    every = (Ace(True, READ, "S-1-5-11"), Ace(True, CONTROL, "S-1-5-11", APPLY))
    policy = PolicyObject(POLICY_DN, "Search order", version=2, extensions=REGISTRY, dacl=every)
    settings = tuple(
        setting
        for key in (CLIENT_KEY, KDC_KEY)
        for setting in (
            Setting(key, "UseForestSearch", 4, number=1),
            Setting(key, "ForestSearchList", 1, text=STORAGE),
        )
    )
    files = PolicyFiles(2, RegistryFile(400, 4, settings))
    controllers = f"OU=Domain Controllers,{HOSTS_DN}"
    units = (
        controllers,
        f"OU=Tenants,{HOSTS_DN}",
        *(f"OU={tenant.name},OU=Tenants,{HOSTS_DN}" for tenant in site.tenants),
    )
    containers = Containers((Container(HOSTS_DN, (Link(POLICY_DN),)), *map(Container, units)))
    own = {kdc: _controller(kdc, f"{HOSTS_SID}-{1000 + position}", controllers) for position, kdc in enumerate(KDCS)}
    return Policies(
        tuple(PolicyObjectsAnswer(HOSTS, kdc, seen(PolicyObjects((policy,)), kdc)) for kdc in KDCS),
        tuple(ContainersAnswer(HOSTS, kdc, seen(containers, kdc)) for kdc in KDCS),
        tuple(
            ControllerAccountAnswer(HOSTS, kdc, host, seen(Accounts((own[host],)), kdc))
            for kdc in KDCS
            for host in KDCS
        ),
        tuple(PolicyFilesAnswer(HOSTS, kdc, POLICY_DN.lower(), seen(files, kdc)) for kdc in KDCS),
    )


def _controller(host: str, sid: str, container: str) -> Account:
    name = host.partition(".")[0]
    return Account(
        f"CN={name},{container}", f"{name}$", sid, ("computer",), 0x2000, groups=(f"{HOSTS_SID}-516",), dns_name=host
    )


def _ticket(principal: str, service: str, realm: str) -> TicketFacts:
    account, _, home = principal.rpartition("@")
    return TicketFacts(account, home, service, realm, 18, 18, 3, 0, AT, AT + timedelta(hours=10))


def _grants(site: Site) -> Iterator[TicketGrant]:
    for tenant, principal in site.principals():
        for kdc in KDCS:
            reply: Reply = _ticket(principal.name, f"krbtgt/{HOSTS.upper()}", HOSTS.upper())
            yield TicketGrant(tenant.name, principal.name, kdc, "10.77.0.10", seen(reply, kdc))


def _tickets(site: Site) -> Iterator[TicketPath]:
    """Refused by the own KDC, issued after forest search: what an external trust leads to."""
    own, other = HOSTS.upper(), STORAGE.upper()
    for tenant, principal in site.principals():
        for path in tenant.data_paths:
            for kdc in KDCS:
                refusal: Reply = KrbError(7)
                referral: Reply = _ticket(principal.name, f"krbtgt/{other}", own)
                issued: Reply = _ticket(principal.name, path.spn, other)
                direct = (Hop(own, kdc, path.spn, seen(refusal, kdc)),)
                searched = (
                    Hop(own, kdc, f"krbtgt/{other}", seen(referral, kdc)),
                    Hop(other, STORAGE_KDC, path.spn, seen(issued, STORAGE_KDC)),
                )
                yield TicketPath(tenant.name, principal.name, path.spn, kdc, "", direct)
                yield TicketPath(tenant.name, principal.name, path.spn, kdc, STORAGE, searched)


def _sessions(site: Site) -> Iterator[SmbSession]:
    shares = [(tenant, share) for tenant in site.tenants for share in tenant.shares]
    for tenant in site.tenants:
        trees = tuple(
            TreeReply(share.name, STATUS_SUCCESS, maximal_access=FULL, root=STATUS_SUCCESS, root_access=FULL)
            if owner is tenant
            else TreeReply(share.name, STATUS_ACCESS_DENIED)
            for owner, share in shares
        )
        for path in tenant.data_paths:
            for principal in tenant.principals:
                reply = seen(SmbSetUp(STATUS_SUCCESS, dialect=0x311, trees=trees), path.name)
                yield SmbSession(
                    tenant.name, principal.name, path.name, path.storage, path.address, SessionKind.KERBEROS, reply,
                    STORAGE.upper(),
                )  # fmt: skip


def _ports(site: Site) -> Iterator[PortAnswer]:
    silence = seen(PortReply(PortState.FILTERED), "an address of another tenant")
    for tenant in site.tenants:
        for owner, path in site.paths():
            if owner is not tenant:
                yield PortAnswer(tenant.name, owner.name, path.name, path.address, 445, silence)


def _storage(site: Site) -> StorageAccess:
    shares = tuple(
        ShareInfo(f"t{number}-vms", STATUS_SUCCESS, _descriptor(number), 0) for number in range(len(site.tenants))
    )
    aliases = (
        LocalGroup("S-1-5-32-544", "Administrators", STATUS_SUCCESS, (f"{STORAGE_SID}-512",)),
        LocalGroup("S-1-5-32-551", "Backup Operators", STATUS_SUCCESS),
    )
    reply = StorageLists(shares=shares, aliases=aliases)
    path = site.tenants[0].data_paths[0]
    return StorageAccess("vmstore", path.name, path.address, f"krbcheck@{STORAGE.upper()}", seen(reply, path.name))


def _descriptor(number: int) -> Descriptor:
    entries = (Ace(True, FULL, _sid(number, 0)), Ace(True, FULL, _sid(number, 3)), Ace(True, FULL, "S-1-5-32-544"))
    return Descriptor("S-1-5-32-544", "S-1-5-32-544", entries)


def _listings(site: Site) -> Iterator[PrincipalListing]:
    for number, tenant in enumerate(site.tenants):
        path = tenant.data_paths[0]
        folder = FolderReply(tenant.shares[0].name, STATUS_SUCCESS, _descriptor(number))
        for principal in tenant.principals:
            listing = seen(Listing(names=(tenant.shares[0].name,), folders=(folder,)), path.name)
            yield PrincipalListing(tenant.name, principal.name, path.name, path.storage, listing)


def _memberships(site: Site) -> Memberships:
    found = [Trustee(f"{HOSTS_SID}-515", "VMLEVEL\\Domain Computers", GROUP, scope=2)]
    for number, tenant in enumerate(site.tenants):
        found += [
            Trustee(_sid(number, 0), f"VMLEVEL\\{tenant.name} hosts", GROUP, scope=2),
            Trustee(_sid(number, 3), f"VMLEVEL\\{tenant.name} admins", GROUP, scope=2),
            Trustee(_sid(number, 4), f"VMLEVEL\\{tenant.name} admin", ACCOUNT, (_sid(number, 3),)),
        ]
        for which in (1, 2):
            name = _host(number, which).partition("@")[0]
            found.append(
                Trustee(_sid(number, which), f"VMLEVEL\\{name}", ACCOUNT, (f"{HOSTS_SID}-515", _sid(number, 0)))
            )
    there = Trustee(f"{STORAGE_SID}-512", "TINTRI\\Domain Admins", GROUP, scope=2)
    return Memberships(
        (
            DomainTrustees(HOSTS, KDCS[0], seen(Trustees(tuple(found)), KDCS[0])),
            DomainTrustees(STORAGE, STORAGE_KDC, seen(Trustees((there,)), STORAGE_KDC)),
        )
    )


def _rights() -> StorageRights:
    holders = tuple(
        RightHolders(right, STATUS_SUCCESS, ("S-1-5-32-544", "S-1-5-32-551"))
        for right in ("SeBackupPrivilege", "SeRestorePrivilege")
    )
    reply = seen(RightsReply(holders=holders), "vmstore")
    return StorageRights("vmstore", f"vmstore-t0.{STORAGE}", "10.0.0.30", f"krbcheck@{STORAGE.upper()}", reply)


def _names(site: Site) -> Iterator[NameAnswer]:
    for tenant, path in site.paths():
        for server in ("10.77.0.10", "10.77.0.11"):
            answer = seen(DnsAnswer("NOERROR", (path.address,), ttl=3600), server)
            yield NameAnswer(tenant.name, path.name, "A", server, answer)
