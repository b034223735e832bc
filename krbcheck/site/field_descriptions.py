"""The descriptions of the keys in the JSON Schema of the site file. The key is `Form.property`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SECRET = "The source of the account's secret; without it, krbcheck sends no query that needs the account."
_SERVERS = "The IP addresses of the name servers"

SITE: Mapping[str, str] = MappingProxyType(
    {
        "SiteForm.krbcheck": "The version of the site file's format.",
        "SiteForm.domains": "The Active Directory domains of the hosts and the storage, by DNS name.",
        "SiteForm.storage": "The storages, by a name of your choice.",
        "SiteForm.tenants": "The tenants, by name.",
        "SiteForm.backup": "The backup products, each with the storage that it backs up.",
        "SiteForm.exclude": "Accounts and hosts for which no query is sent, such as honeypots.",
        "DomainForm.account": "The account that reads the directory, `name@REALM`. Every account of the domain can.",
        "DomainForm.secret": _SECRET,
        "DomainForm.name_servers": f"{_SERVERS} of the domain; default: those of this host.",
        "DomainForm.forest_search_order": "The forest search order that the policies must contain, as DNS names.",
        "DomainForm.rc4": "States that krbcheck may use RC4 keys of this domain's passwords.",
        "SecretForm.env": "The name of an environment variable that contains the password.",
        "SecretForm.file": "A file that contains the password.",
        "SecretForm.keytab": "A keytab file.",
        "SecretForm.ccache": "A credential cache file of MIT Kerberos.",
        "SecretForm.prompt": "krbcheck prompts for the password on the terminal.",
        "StorageForm.account": "The account on which the SPNs of the storage are registered, `NAME$@REALM`.",
        "StorageForm.administrators": "The groups or accounts that may have access to all shares of the storage.",
        "StorageForm.vmstore_api": "The REST API of a Tintri VMstore.",
        "StorageForm.encryption": "States that no share of the storage may be used without encryption.",
        "StorageForm.management": "The name or IP address for administration; no tenant may be able to connect to it.",
        "StorageForm.ports": "TCP ports besides 445 to which no tenant may be able to connect at other addresses.",
        "VmstoreApiForm.url": "The address of the API.",
        "VmstoreApiForm.account": "The account that reads from the API.",
        "VmstoreApiForm.secret": _SECRET,
        "VmstoreApiForm.ca_file": "A PEM file with the certificates that sign the certificate of the API.",
        "TenantForm.networks": "The networks of the tenant's hosts, with prefix length.",
        "TenantForm.data_paths": "The names with which the tenant's hosts connect to the storage.",
        "TenantForm.name_servers": f"{_SERVERS} of the tenant's hosts; default: those of the domains.",
        "TenantForm.vantage": "How this host sends queries as a host of the tenant.",
        "TenantForm.shares": "The shares that belong to the tenant.",
        "TenantForm.principals": "The Hyper-V hosts of the tenant, as Kerberos principals.",
        "TenantForm.administrators": "The groups or accounts that administer the tenant's hosts.",
        "VantageForm.source": "The source address of the queries; default: the address of this host in the networks.",
        "DataPathForm.name": "The host name, or the IP address, in the UNC path.",
        "DataPathForm.storage": "The name of the storage.",
        "DataPathForm.address": "The IP address to which the name must resolve.",
        "ShareForm.name": "The name of the share.",
        "ShareForm.access": "The access that the tenant's principals must have.",
        "ShareForm.storage": "The name of the storage; default: the storage of the tenant's only data path.",
        "ShareForm.encryption": "States that the share may not be used without encryption.",
        "PrincipalForm.name": "The principal, `name@REALM`; a computer account ends with $.",
        "PrincipalForm.secret": _SECRET,
        "PrincipalForm.tickets": "The tickets that the host of the principal has now: the credential cache, or the "
        "output of klist.",
        "TicketsForm.ccache": "A copy of the credential cache of the host. Names and times are read from it, and no "
        "session is opened with it.",
        "TicketsForm.klist": "Files with the saved output of `klist`, or of `klist -li 0x3e7` for a computer account.",
        "TicketsForm.time_zone": "The time zone of the host, because klist shows local times.",
        "BackupForm.product": "The backup product and its version.",
        "BackupForm.storage": "The name of the storage.",
        "BackupForm.accounts": "The accounts that back up, `name@REALM`.",
        "BackupForm.mode": "Where Veeam reads the virtual disks.",
        "BackupForm.server": "The DNS name of the backup server.",
        "BackupForm.group": "The group that must have the backup rights.",
        "ExcludeForm.accounts": "Accounts that no query names or identifies by SID.",
        "ExcludeForm.hosts": "Hosts to which nothing is sent, and whose names are not looked up.",
    }
)
