"""What each collector sends to servers, and the Windows events that it leaves if their audit categories are enabled.

Each family of `COLLECTORS` has its declarations; the page "What it sends" and its tests are made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Protocol(StrEnum):
    """The values are the packages of `krbcheck.probes`."""

    DNS = "dns"
    KERBEROS = "kerberos"
    LDAP = "ldap"
    SMB = "smb"
    RPC = "rpc"
    REST = "rest"
    TCP = "tcp"


PORTS: Mapping[Protocol, str] = {
    Protocol.DNS: "DNS, UDP and TCP 53",
    Protocol.KERBEROS: "Kerberos, TCP 88",
    Protocol.LDAP: "LDAP, TCP 389 and 3268",
    Protocol.SMB: "SMB, TCP 445",
    Protocol.RPC: "RPC over SMB, TCP 445",
    Protocol.REST: "HTTPS, TCP 443 or as stated",
    Protocol.TCP: "TCP",
}


class Sent(NamedTuple):
    """Requests of one kind: their protocol, who receives them, what they are, and with which account.

    `events` are IDs of the Security log of the receiving host, 1644 of its Directory Service log. `alarms` if
    `--quiet-network` leaves them out.
    """

    protocol: Protocol
    to: str
    request: str
    account: str = "none"
    events: tuple[int, ...] = ()
    alarms: bool = False


EVENTS: Mapping[int, str] = {
    1644: "an LDAP search that visits many objects (Directory Service log, if Field Engineering logging is enabled)",
    4624: "a logon",
    4625: "a logon that failed",
    4634: "a logoff",
    4662: "access to a directory object, where its SACL audits that",
    4768: "a TGT was requested",
    4769: "a service ticket was requested",
    4771: "Kerberos pre-authentication failed",
    4776: "NTLM credentials were validated",
    4799: "the members of a local group were enumerated",
    5140: "a share was accessed",
    5145: "a file or named pipe of a share was accessed (detailed file share auditing)",
    5156: "a connection was permitted (Windows Filtering Platform)",
}
READER, PRINCIPAL, BACKUP = "the account of the domain", "each principal with a secret", "each backup account"
CONTROLLERS, KDCS, PATHS = "each domain controller", "each KDC", "storage: each data path"
ONE_PATH, ONE_CONTROLLER = "storage: one data path", "one controller of each domain"
SESSION = (4624, 4634)
SMB_SESSION = (*SESSION, 5140)
PIPE = (*SMB_SESSION, 5145)
SEARCH = (*SESSION, 4662)


def _dns(to: str, request: str) -> tuple[Sent, ...]:
    return (Sent(Protocol.DNS, to, request),)


def _tickets(request: str, account: str, to: str = KDCS) -> Sent:
    return Sent(Protocol.KERBEROS, to, request, account, (4769,))


def _tgt(account: str) -> Sent:
    return Sent(Protocol.KERBEROS, KDCS, "AS request with pre-authentication", account, (4768, 4771))


def _search(request: str, to: str = CONTROLLERS) -> Sent:
    return Sent(Protocol.LDAP, to, request, READER, SEARCH)


def _session(request: str, account: str = PRINCIPAL) -> Sent:
    return Sent(Protocol.SMB, PATHS, request, account, SMB_SESSION)


def _samr(request: str) -> Sent:
    return Sent(Protocol.RPC, ONE_PATH, f"SAMR: {request}", READER, (*PIPE, 4799), alarms=True)


TRAFFIC: Mapping[str, tuple[Sent, ...]] = {
    "NameAnswers": _dns("the name servers of each tenant", "A, AAAA and PTR records of the data paths"),
    "LocatorAnswers": _dns("the name servers of each domain", "SRV records of the controllers, A and AAAA of these"),
    "Controllers": (),
    "PortAnswers": (
        *_dns("the name servers of the domains", "A and AAAA records of the management addresses"),
        Sent(Protocol.TCP, "data paths and management addresses", "a connection that is closed", events=(5156,)),
    ),
    "BackupServers": (
        *_dns("the name servers of the domains", "A and AAAA records of the backup servers"),
        Sent(Protocol.TCP, "each backup server of DPM", "a connection that is closed", events=(5156,)),
    ),
    "ControllerPorts": (Sent(Protocol.TCP, CONTROLLERS, "a connection that is closed", events=(5156,)),),
    "KdcReplies": (
        Sent(
            Protocol.KERBEROS,
            KDCS,
            "AS request without pre-authentication, of the client `krbcheck-clock-probe`, which does not exist",
            events=(4768,),
            alarms=True,
        ),
    ),
    "Lockouts": (_search("lockout threshold, badPwdCount of the principals and backup accounts with a secret"),),
    "TicketGrants": (_tgt(PRINCIPAL),),
    "ReaderTickets": (_tgt(READER), _tickets("TGS requests for LDAP, SYSVOL and the data paths", READER)),
    "ServiceTickets": (_tickets("TGS requests for the data paths, with referrals and forest search order", PRINCIPAL),),
    "TrustTickets": (_tickets("TGS requests for referral tickets of each trust", READER),),
    "LibkrbTickets": (_tickets("AS and TGS requests of libkrb5", PRINCIPAL, "the KDCs that libkrb5 selects"),),
    "OwnGroups": (_tickets("TGS request for a ticket of the principal to itself", PRINCIPAL),),
    "CredentialCaches": (),
    "Directories": (_search("accounts by name, owners of SPNs, trusts, groups; also at the global catalog"),),
    "GroupChanges": (_search("groups by SID, and those that changed since a ticket was issued"),),
    "SpnHosts": _dns("the name servers of the storages' domains", "A and AAAA records of hosts in SPNs"),
    "SpnCensuses": (
        Sent(
            Protocol.LDAP,
            "one global catalog of each forest",
            "all SPNs of the forest",
            READER,
            (*SEARCH, 1644),
            alarms=True,
        ),
    ),
    "Admissions": (_search("access lists of the storages' accounts, if a trust has selective authentication"),),
    "Policies": (
        _search("group policy objects, their links and filters"),
        Sent(Protocol.SMB, CONTROLLERS, "policy files in SYSVOL", READER, PIPE),
    ),
    "SmbSpeeches": (Sent(Protocol.SMB, PATHS, "NEGOTIATE of SMB 2 and 3, and of SMB 1; no session"),),
    "SmbSessions": (
        _session("session; connection to every stated share; the root folder is opened and closed"),
        Sent(Protocol.SMB, PATHS, "anonymous session, which must fail", events=SESSION, alarms=True),
        Sent(
            Protocol.SMB,
            PATHS,
            "session of a user that does not exist, which must fail",
            events=(4625, 4776),
            alarms=True,
        ),
    ),
    "CrossSessions": (
        _tickets("TGS requests for the data paths of other tenants that accept connections", PRINCIPAL),
        _session("session at the data paths of other tenants that accept connections; roots are opened and closed"),
    ),
    "SmbDialects": (Sent(Protocol.SMB, PATHS, "NEGOTIATE with one dialect at a time; no session"),),
    "ClearSessions": (_session("session without encryption; connection to the stated shares"),),
    "NetworkInterfaces": (_session("session; FSCTL_QUERY_NETWORK_INTERFACE_INFO"),),
    "CachedSessions": (_session("session with a ticket of a stated credential cache; root folders are opened"),),
    "BackupSessions": (
        _tgt(BACKUP),
        _tickets("TGS requests for the data paths", BACKUP),
        Sent(
            Protocol.RPC,
            PATHS,
            "remote VSS: GetSupportedVersion, IsPathSupported; opens with and without backup intent",
            BACKUP,
            PIPE,
        ),
    ),
    "AccountRights": (
        Sent(Protocol.RPC, ONE_PATH, "LSARPC: holders of backup and restore rights", READER, PIPE),
        _samr("members of local groups that hold them"),
    ),
    "VmstoreAnswers": (
        Sent(Protocol.REST, "the REST API of the storage", "login, GET, logout", "the account of `vmstore_api`"),
    ),
    "VmstoreInventories": (
        Sent(Protocol.REST, "the REST API of the storage", "login, GET, logout", "the account of `vmstore_api`"),
    ),
    "ShareAccess": (
        Sent(Protocol.RPC, PATHS, "SRVSVC: names of the shares; root folders' permissions", PRINCIPAL, PIPE),
        Sent(Protocol.RPC, ONE_PATH, "SRVSVC: permissions of the shares; LSARPC: names of SIDs", READER, PIPE),
        _samr("local groups and their members"),
    ),
    "ListedShares": (
        Sent(Protocol.RPC, ONE_PATH, "SRVSVC: all shares with their folders", READER, PIPE),
        _session("session; connection to each share that the site file does not state; roots are opened and closed"),
    ),
    "Memberships": (_search("groups of the principals, members of groups in access lists", ONE_CONTROLLER),),
}
