"""The form of the site file: its keys, and which of them are required.

The reader and the JSON Schema of `krbcheck schema site` use it. `krbcheck.site.field_descriptions` describes them.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Product = Literal["dpm-2012r2", "dpm-2016", "dpm-2019", "dpm-2022", "dpm-2025", "veeam", "commvault"]
DomainName = Annotated[str, Meta(description="DNS name of a domain", examples=["vmlevel.com"])]
PrincipalName = Annotated[str, Meta(pattern="^[^@]+@[^@]+$", examples=["alice-hv01$@VMLEVEL.COM"])]
AccountName = Annotated[str, Meta(description="DOMAIN\\name", examples=["TINTRI\\Domain Admins"])]
Address = Annotated[str, Meta(description="IP address", examples=["10.77.11.30"])]
Network = Annotated[str, Meta(description="network with prefix length", examples=["10.77.11.0/24"])]
SomeAddresses = Annotated[list[Address], Meta(min_length=1)]
Rc4 = Literal["allowed"]
Encryption = Literal["required"]
Port = Annotated[int, Meta(ge=1, le=65535, examples=[443])]
SomeAccounts = Annotated[list[AccountName], Meta(min_length=1)]


class Form(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping of the site file; a field without default must be there."""


class SecretForm(Form):
    """Where a secret is; exactly one of these. Paths are relative to the site file."""

    env: str | msgspec.UnsetType = msgspec.UNSET
    file: str | msgspec.UnsetType = msgspec.UNSET
    keytab: str | msgspec.UnsetType = msgspec.UNSET
    ccache: str | msgspec.UnsetType = msgspec.UNSET
    prompt: Literal[True] | msgspec.UnsetType = msgspec.UNSET


Secret = Annotated[SecretForm, Meta(extra_json_schema={"minProperties": 1, "maxProperties": 1})]


class DomainForm(Form):
    account: PrincipalName | msgspec.UnsetType = msgspec.UNSET
    secret: Secret | msgspec.UnsetType = msgspec.UNSET
    name_servers: SomeAddresses | msgspec.UnsetType = msgspec.UNSET
    forest_search_order: Annotated[list[DomainName], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    rc4: Rc4 | msgspec.UnsetType = msgspec.UNSET


class VmstoreApiForm(Form):
    url: Annotated[str, Meta(pattern="^https://")]
    account: str
    secret: Secret | msgspec.UnsetType = msgspec.UNSET
    ca_file: str | msgspec.UnsetType = msgspec.UNSET


class StorageForm(Form):
    account: PrincipalName
    administrators: SomeAccounts | msgspec.UnsetType = msgspec.UNSET
    vmstore_api: VmstoreApiForm | msgspec.UnsetType = msgspec.UNSET
    encryption: Encryption | msgspec.UnsetType = msgspec.UNSET
    management: str | msgspec.UnsetType = msgspec.UNSET
    ports: Annotated[list[Port], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET


class VantageForm(Form):
    source: Address


class DataPathForm(Form):
    name: Annotated[str, Meta(examples=["vmstore-alice.tintri.com"])]
    storage: str
    address: Address | msgspec.UnsetType = msgspec.UNSET


class ShareForm(Form):
    name: str
    access: Literal["full", "change", "read"]
    storage: str | msgspec.UnsetType = msgspec.UNSET
    encryption: Encryption | msgspec.UnsetType = msgspec.UNSET


class TicketsForm(Form):
    """The tickets that the principal's own host has: `ccache`, or `klist` and `time_zone`."""

    ccache: str | msgspec.UnsetType = msgspec.UNSET
    klist: Annotated[list[str], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    time_zone: Annotated[str, Meta(examples=["Europe/Berlin"])] | msgspec.UnsetType = msgspec.UNSET


Tickets = Annotated[
    TicketsForm,
    Meta(
        extra_json_schema={
            "oneOf": [
                {"required": ["ccache"], "maxProperties": 1},
                {"required": ["klist", "time_zone"], "maxProperties": 2},
            ]
        }
    ),
]


class PrincipalForm(Form):
    name: PrincipalName
    secret: Secret | msgspec.UnsetType = msgspec.UNSET
    tickets: Tickets | msgspec.UnsetType = msgspec.UNSET


class TenantForm(Form):
    networks: Annotated[list[Network], Meta(min_length=1)]
    data_paths: Annotated[list[DataPathForm], Meta(min_length=1)]
    name_servers: SomeAddresses | msgspec.UnsetType = msgspec.UNSET
    vantage: VantageForm | msgspec.UnsetType = msgspec.UNSET
    shares: Annotated[list[ShareForm], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    principals: Annotated[list[PrincipalForm], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    administrators: SomeAccounts | msgspec.UnsetType = msgspec.UNSET


class BackupForm(Form):
    product: Product
    storage: str
    accounts: Annotated[list[PrincipalName | PrincipalForm], Meta(min_length=1)]
    group: AccountName | msgspec.UnsetType = msgspec.UNSET
    server: (
        Annotated[str, Meta(description="DNS name of the backup server", examples=["dpm01.vmlevel.com"])]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    mode: (
        Annotated[Literal["on-host", "off-host"], Meta(description="where Veeam reads the virtual disks")]
        | msgspec.UnsetType
    ) = msgspec.UNSET


ExcludedAccount = Annotated[
    str, Meta(description="name@REALM, DOMAIN\\name or a SID", examples=["svc-decoy@VMLEVEL.COM"])
]
ExcludedHost = Annotated[str, Meta(description="DNS name or IP address", examples=["decoy.vmlevel.com"])]


class ExcludeForm(Form):
    """The accounts and hosts for which no query is sent."""

    accounts: Annotated[list[ExcludedAccount], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    hosts: Annotated[list[ExcludedHost], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET


class SiteForm(Form):
    krbcheck: Literal[1]
    domains: Annotated[dict[DomainName, DomainForm | None], Meta(min_length=1)]
    storage: Annotated[dict[str, StorageForm], Meta(min_length=1)]
    tenants: Annotated[dict[str, TenantForm], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    backup: Annotated[list[BackupForm], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    exclude: ExcludeForm | msgspec.UnsetType = msgspec.UNSET
