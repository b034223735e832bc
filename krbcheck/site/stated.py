"""What the site ought to be, as the user states it. `krbcheck.site.reading` reads it from YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import msgspec

from krbcheck.site.exclusions import NOTHING, Exclusions


class SecretKind(StrEnum):
    ENV = "env"
    FILE = "file"
    KEYTAB = "keytab"
    CCACHE = "ccache"
    PROMPT = "prompt"


class SecretSource(msgspec.Struct, frozen=True):
    """Where a secret is, never the secret. Paths are absolute (resolved against the site file, in its `line`)."""

    kind: SecretKind
    location: str = ""
    line: int = 0


class Domain(msgspec.Struct, frozen=True):
    """`name` is lower case. `forest_search_order` is None where none is expected. `rc4` if passwords of the domain's
    accounts may prove themselves with RC4.
    """

    name: str
    account: str = ""
    secret: SecretSource | None = None
    name_servers: tuple[str, ...] = ()
    forest_search_order: tuple[str, ...] | None = None
    rc4: bool = False

    @property
    def realm(self) -> str:
        return self.name.upper()


class VmstoreApi(msgspec.Struct, frozen=True):
    """The REST API at `url`. `account` is the VMstore's, not a Kerberos principal."""

    url: str
    account: str
    secret: SecretSource | None = None
    ca_file: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 443

    @property
    def login(self) -> str:
        """The account and its host, as messages and the wallet name it; no principal has a blank."""
        return f"{self.account} at {self.host}"


class Storage(msgspec.Struct, frozen=True):
    """`account` is the principal (`VMSTORE$@TINTRI.COM`) that owns the SPNs.

    `encrypted` if no share of it is to be used in the clear. `management` is its address or name for
    administrators, `ports` the TCP ports beside 445 that no tenant may reach there, nor at another tenant's data path.
    """

    name: str
    account: str
    administrators: tuple[str, ...] = ()
    vmstore_api: VmstoreApi | None = None
    encrypted: bool = False
    management: str = ""
    ports: tuple[int, ...] = ()

    @property
    def domain(self) -> str:
        return realm_of(self.account).lower()

    @property
    def management_address(self) -> str:
        """The management address if it is stated as one, empty if as a name."""
        return self.management if is_address(self.management) else ""


class DataPath(msgspec.Struct, frozen=True):
    """`name` is what the hosts type, lower case. `address` may be empty: then the name servers decide."""

    name: str
    storage: str
    address: str = ""

    @property
    def spn(self) -> str:
        return f"cifs/{self.name}"

    @property
    def is_address(self) -> bool:
        """Whether the hosts type an address where a name belongs."""
        return is_address(self.name.strip("[]"))

    @property
    def stated_address(self) -> str:
        """The address that the site gives for it, or that it is; empty where the name servers decide."""
        return self.address or (self.name.strip("[]") if self.is_address else "")


class Access(StrEnum):
    READ = "read"
    CHANGE = "change"
    FULL = "full"


class Share(msgspec.Struct, frozen=True):
    """`encrypted` if the site states that it is not to be used in the clear."""

    name: str
    access: Access
    storage: str
    encrypted: bool = False


class TicketSource(msgspec.Struct, frozen=True):
    """Where the tickets are that the host of a principal has: a copy of its credential cache, or the saved output of
    klist and the host's time zone (an IANA name). Paths are absolute; `line` is that of the site file.
    """

    ccache: str = ""
    klist: tuple[str, ...] = ()
    time_zone: str = ""
    line: int = 0


class Principal(msgspec.Struct, frozen=True):
    """`name` is `account@REALM`, the realm in upper case. `tickets` are those of its own host."""

    name: str
    secret: SecretSource | None = None
    tickets: TicketSource | None = None

    @property
    def account(self) -> str:
        return self.name.rpartition("@")[0]

    @property
    def realm(self) -> str:
        return realm_of(self.name)

    @property
    def has_cache(self) -> bool:
        """Whether the site file states a credential cache of its host, or a list of the tickets in it."""
        return self.tickets is not None or (self.secret is not None and self.secret.kind is SecretKind.CCACHE)


class Tenant(msgspec.Struct, frozen=True):
    """A tenant. `source` is the address from which the site file requires its queries (`vantage: {source: …}`), or
    empty.
    """

    name: str
    networks: tuple[str, ...] = ()
    name_servers: tuple[str, ...] = ()
    source: str = ""
    data_paths: tuple[DataPath, ...] = ()
    shares: tuple[Share, ...] = ()
    principals: tuple[Principal, ...] = ()
    administrators: tuple[str, ...] = ()

    def holds(self, address: str) -> bool:
        """Whether the address lies in one of the tenant's networks."""
        return any(ip_address(address) in network for network in self.ranges())

    def holds_beside(self, stated: str, address: str) -> bool:
        """Whether the address is of the other family than the stated one, and lies in one of the tenant's networks."""
        return bool(stated) and (":" in stated) != (":" in address) and self.holds(address)

    def ranges(self) -> Iterator[IPv4Network | IPv6Network]:
        return (ip_network(network) for network in self.networks)

    def shares_of(self, storage: str) -> tuple[Share, ...]:
        return tuple(share for share in self.shares if share.storage == storage)


class Backup(msgspec.Struct, frozen=True):
    """`accounts` are the principals that back up; `principals` are those of them whose secret is stated here and not
    with a tenant.

    `server` is the DNS name of the backup server, lower case. `mode` is `on-host` or `off-host` (Veeam). Both may be
    empty.
    """

    product: str
    storage: str
    accounts: tuple[str, ...]
    group: str = ""
    principals: tuple[Principal, ...] = ()
    server: str = ""
    mode: str = ""

    @property
    def is_dpm(self) -> bool:
        return self.product.startswith("dpm-")

    @property
    def needs_remote_vss(self) -> bool:
        """Whether the product cannot back up without it: later versions of DPM track changes in the virtual disks."""
        return self.product == "dpm-2012r2" or (self.product, self.mode) == ("veeam", "on-host")

    @property
    def uses_remote_vss(self) -> bool:
        """Whether the product has remote VSS among its prerequisites; Commvault and an off-host proxy stream."""
        return self.is_dpm or (self.product == "veeam" and self.mode != "off-host")


class Site(msgspec.Struct, frozen=True):
    """`name` is how the report calls it (the file's name, not its folder)."""

    name: str
    domains: tuple[Domain, ...]
    storages: tuple[Storage, ...]
    tenants: tuple[Tenant, ...]
    backups: tuple[Backup, ...] = ()
    excluded: Exclusions = NOTHING

    def domain(self, name: str) -> Domain | None:
        """By DNS name or realm, letter case ignored."""
        return next((domain for domain in self.domains if domain.name == name.lower()), None)

    def storage(self, name: str) -> Storage:
        return next(storage for storage in self.storages if storage.name == name)

    def tenant(self, name: str) -> Tenant:
        return next(tenant for tenant in self.tenants if tenant.name == name)

    def tenant_of_address(self, address: str) -> Tenant | None:
        return next((tenant for tenant in self.tenants if tenant.holds(address)), None)

    def paths(self) -> Iterator[tuple[Tenant, DataPath]]:
        """Every data path with its tenant."""
        return ((tenant, path) for tenant in self.tenants for path in tenant.data_paths)

    def named_paths(self) -> Iterator[tuple[Tenant, DataPath]]:
        """The data paths that are names: an address has no SPN and no DNS (`backup.path` reports those)."""
        return ((tenant, path) for tenant, path in self.paths() if not path.is_address)

    def principals(self) -> Iterator[tuple[Tenant, Principal]]:
        return ((tenant, principal) for tenant in self.tenants for principal in tenant.principals)

    def shares_at(self, storage: str) -> Iterator[tuple[Tenant, Share]]:
        """The shares of a storage, with the tenant of each."""
        return ((tenant, share) for tenant in self.tenants for share in tenant.shares_of(storage))

    def share_names(self, storage: str) -> Mapping[str, str]:
        """The name of each share of a storage by the name in lower case; once, however many tenants state it."""
        return {share.name.lower(): share.name for _, share in self.shares_at(storage)}

    def domains_of(self, tenant: Tenant) -> tuple[Domain, ...]:
        """The domains of the tenant's hosts and of its storage, in the site's order."""
        names = {principal.realm.lower() for principal in tenant.principals}
        names |= {self.storage(path.storage).domain for path in tenant.data_paths}
        return tuple(domain for domain in self.domains if domain.name in names)


def is_address(typed: str) -> bool:
    try:
        ip_address(typed)
    except ValueError:
        return False
    return True


def realm_of(principal: str) -> str:
    return principal.rpartition("@")[2].upper()
