"""Collectors decide which queries to send to which servers, from which address and with which credential.

The table has the function that makes each family, as text: a module, and the libraries that it needs, are imported only
when its family is wanted. A collector's parameters are its needs: Site, ThisHost, Wallet, or other families.
"""

from collections.abc import Mapping

COLLECTORS: Mapping[str, str] = {
    # dns, tcp
    "NameAnswers": "krbcheck.collectors.dns.names:name_answers",
    "LocatorAnswers": "krbcheck.collectors.dns.locators:locator_answers",
    "Controllers": "krbcheck.collectors.dns.controllers:controllers",
    "PortAnswers": "krbcheck.collectors.tcp.ports:port_answers",
    "BackupServers": "krbcheck.collectors.tcp.backup_servers:backup_servers",
    "ControllerPorts": "krbcheck.collectors.tcp.ports:controller_ports",
    # kerberos
    "KdcReplies": "krbcheck.collectors.kerberos.kdcs:kdc_replies",
    "Lockouts": "krbcheck.collectors.ldap.lockouts:lockouts",
    "TicketGrants": "krbcheck.collectors.kerberos.grants:ticket_grants",
    "ReaderTickets": "krbcheck.collectors.kerberos.readers:reader_tickets",
    "ServiceTickets": "krbcheck.collectors.kerberos.service_tickets:service_tickets",
    "TrustTickets": "krbcheck.collectors.kerberos.trust_tickets:trust_tickets",
    "LibkrbTickets": "krbcheck.collectors.kerberos.libkrb5:libkrb_tickets",
    "OwnGroups": "krbcheck.collectors.kerberos.own_groups:own_groups",
    "CredentialCaches": "krbcheck.collectors.kerberos.credential_caches:credential_caches",
    # directory
    "Directories": "krbcheck.collectors.ldap.directories:directories",
    "GroupChanges": "krbcheck.collectors.ldap.group_changes:group_changes",
    "SpnHosts": "krbcheck.collectors.dns.spn_hosts:spn_hosts",
    "SpnCensuses": "krbcheck.collectors.ldap.census:spn_censuses",
    "Admissions": "krbcheck.collectors.ldap.admissions:admissions",
    # group policy
    "Policies": "krbcheck.collectors.ldap.policies:policies",
    # storage
    "SmbSpeeches": "krbcheck.collectors.smb.negotiations:smb_speeches",
    "SmbSessions": "krbcheck.collectors.smb.sessions:smb_sessions",
    "CrossSessions": "krbcheck.collectors.smb.cross_sessions:cross_sessions",
    "SmbDialects": "krbcheck.collectors.smb.features:smb_dialects",
    "ClearSessions": "krbcheck.collectors.smb.features:clear_sessions",
    "NetworkInterfaces": "krbcheck.collectors.smb.features:network_interfaces",
    "CachedSessions": "krbcheck.collectors.smb.cached_sessions:cached_sessions",
    "BackupSessions": "krbcheck.collectors.rpc.backup_sessions:backup_sessions",
    "AccountRights": "krbcheck.collectors.rpc.rights:account_rights",
    "VmstoreAnswers": "krbcheck.collectors.rest.vmstore_answers:vmstore_answers",
    "VmstoreInventories": "krbcheck.collectors.rest.vmstore_inventories:vmstore_inventories",
    # access
    "ShareAccess": "krbcheck.collectors.rpc.share_access:share_access",
    "ListedShares": "krbcheck.collectors.rpc.listed_shares:listed_shares",
    "Memberships": "krbcheck.collectors.ldap.memberships:memberships",
}
