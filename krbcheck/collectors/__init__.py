"""Collectors know the topology: what to ask of whom, from which address, with whose credential.

The table says which function makes which family, as text: a module, and with it its libraries, is imported only
when its family is wanted. A collector's parameters are its needs: Site, Place, Wallet, or other families.
"""

from collections.abc import Mapping

COLLECTORS: Mapping[str, str] = {
    # dns, tcp
    "NameAnswers": "krbcheck.collectors.names:name_answers",
    "LocatorAnswers": "krbcheck.collectors.locators:locator_answers",
    "Controllers": "krbcheck.collectors.controllers:controllers",
    "PortAnswers": "krbcheck.collectors.ports:port_answers",
    "ControllerPorts": "krbcheck.collectors.ports:controller_ports",
    # kerberos
    "KdcReplies": "krbcheck.collectors.kdcs:kdc_replies",
    "TicketGrants": "krbcheck.collectors.grants:ticket_grants",
    "ReaderTickets": "krbcheck.collectors.readers:reader_tickets",
    "ServiceTickets": "krbcheck.collectors.tickets:service_tickets",
    "TrustTickets": "krbcheck.collectors.trust_tickets:trust_tickets",
    "LibkrbTickets": "krbcheck.collectors.libkrb:libkrb_tickets",
    "OwnGroups": "krbcheck.collectors.own_groups:own_groups",
    "CredentialCaches": "krbcheck.collectors.credential_caches:credential_caches",
    # directory
    "Directories": "krbcheck.collectors.directories:directories",
    "GroupChanges": "krbcheck.collectors.group_changes:group_changes",
    "SpnHosts": "krbcheck.collectors.spn_hosts:spn_hosts",
    "SpnCensuses": "krbcheck.collectors.census:spn_censuses",
    "Admissions": "krbcheck.collectors.admissions:admissions",
    # group policy
    "Policies": "krbcheck.collectors.policies:policies",
    # storage
    "SmbSpeeches": "krbcheck.collectors.storages:smb_speeches",
    "SmbSessions": "krbcheck.collectors.sessions:smb_sessions",
    "CrossSessions": "krbcheck.collectors.cross_sessions:cross_sessions",
    "SmbDialects": "krbcheck.collectors.speech:smb_dialects",
    "ClearSessions": "krbcheck.collectors.speech:clear_sessions",
    "NetworkInterfaces": "krbcheck.collectors.speech:network_interfaces",
    "CachedSessions": "krbcheck.collectors.cached_sessions:cached_sessions",
    "AccountRights": "krbcheck.collectors.rights:account_rights",
    # access
    "ShareAccess": "krbcheck.collectors.share_access:share_access",
    "Memberships": "krbcheck.collectors.memberships:memberships",
}
