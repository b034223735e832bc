"""The errors that Windows, DPM and Veeam show for what krbcheck checks: the meaning, and the checks to run first.

Win32 errors (MS-ERREF 2.2), their HRESULT (0x8007 and the error, MS-ERREF 2.1), SSPI errors (MS-ERREF 2.1.1), FSRVP
errors (MS-FSRVP 2.2.4). `events` has the events of the event log. Veeam and DPM show
Win32 errors and HRESULTs of Windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

HRESULT_OF_WIN32 = 0x80070000
NAME = ("dns.resolves", "dns.address", "dns.port")
TICKET = ("ticket.tgt", "ticket.service", "trust.ticket")
KEY = ("spn.owner", "spn.unique", "smb.session", "time.skew")
ACCESS = ("smb.session", "isolation.own", "isolation.acl", "ticket.groups")
ACCOUNT = ("ticket.tgt", "smb.session")
TRUST = ("trust.exists", "trust.ticket", "time.skew")
BACKUP = ("backup.rights", "backup.group", "backup.path")


class Symptom(NamedTuple):
    """`means` is the meaning without a full stop; `first` are the checks to run first, in their order."""

    name: str
    means: str
    first: tuple[str, ...]


WIN32: Mapping[int, Symptom] = {
    5: Symptom(
        "ERROR_ACCESS_DENIED",
        "the share or NTFS permissions do not grant the access, or the ticket lacks a new group",
        ACCESS,
    ),
    53: Symptom("ERROR_BAD_NETPATH", "the name does not resolve, or nothing responds on TCP 445", NAME),
    59: Symptom("ERROR_UNEXP_NET_ERR", "the SMB connection broke", ("dns.port", "smb.server", "smb.dialect")),
    64: Symptom("ERROR_NETNAME_DELETED", "the storage closed the connection", ("dns.port", "smb.share", "smb.session")),
    67: Symptom("ERROR_BAD_NET_NAME", "the share does not exist, or the name is wrong", ("smb.share", *NAME)),
    86: Symptom("ERROR_INVALID_PASSWORD", "the password or key is wrong", ACCOUNT),
    121: Symptom("ERROR_SEM_TIMEOUT", "a server did not respond in time", NAME),
    1219: Symptom(
        "ERROR_SESSION_CREDENTIAL_CONFLICT", "the host uses two credentials for one server name", ("smb.session",)
    ),
    1231: Symptom("ERROR_NETWORK_UNREACHABLE", "there is no route to the storage", ("dns.address", "dns.port")),
    1272: Symptom(
        "ERROR_SMB_GUEST_LOGON_BLOCKED",
        "the storage logs the host on as Guest, which Windows rejects",
        ("smb.session",),
    ),
    1311: Symptom("ERROR_NO_LOGON_SERVERS", "no domain controller responds", ("dns.locator", "ticket.tgt")),
    1314: Symptom(
        "ERROR_PRIVILEGE_NOT_HELD",
        "the account lacks a user right, for a backup mostly SeBackupPrivilege or SeRestorePrivilege",
        BACKUP,
    ),
    1326: Symptom("ERROR_LOGON_FAILURE", "the storage cannot use the ticket, or the password is wrong", KEY),
    1327: Symptom("ERROR_ACCOUNT_RESTRICTION", "a restriction of the account forbids the logon", ACCOUNT),
    1330: Symptom("ERROR_PASSWORD_EXPIRED", "the password of the account has expired", ACCOUNT),
    1331: Symptom("ERROR_ACCOUNT_DISABLED", "the account is disabled", ACCOUNT),
    1355: Symptom("ERROR_NO_SUCH_DOMAIN", "the domain does not exist or cannot be contacted", ("dns.locator", *TRUST)),
    1385: Symptom(
        "ERROR_LOGON_TYPE_NOT_GRANTED",
        "the account may not access the server from the network, or its virtual machines may not log on as a service",
        ("smb.session", "trust.selective"),
    ),
    1396: Symptom("ERROR_WRONG_TARGET_NAME", "the ticket is encrypted with the key of another account", KEY),
    1397: Symptom("ERROR_MUTUAL_AUTH_FAILED", "the storage did not prove its identity", KEY),
    1398: Symptom("ERROR_TIME_SKEW", "the clocks differ by more than five minutes", ("time.skew",)),
    1722: Symptom("RPC_S_SERVER_UNAVAILABLE", "a server does not respond to RPC", NAME),
    1787: Symptom(
        "ERROR_NO_TRUST_SAM_ACCOUNT", "the computer account does not exist in the domain", ("spn.owner", *TRUST)
    ),
    1788: Symptom("ERROR_TRUSTED_DOMAIN_FAILURE", "the trust between the domains is broken", TRUST),
    1789: Symptom(
        "ERROR_TRUSTED_RELATIONSHIP_FAILURE",
        "the machine password of a member differs from the domain's",
        ("ticket.tgt", "smb.session", *TRUST),
    ),
    1793: Symptom("ERROR_ACCOUNT_EXPIRED", "the account has expired", ACCOUNT),
    1907: Symptom("ERROR_PASSWORD_MUST_CHANGE", "the password must be changed before the first logon", ACCOUNT),
    1909: Symptom("ERROR_ACCOUNT_LOCKED_OUT", "the account is locked out", ACCOUNT),
}
HRESULTS: Mapping[int, Symptom] = {
    0x80090303: Symptom("SEC_E_TARGET_UNKNOWN", "no KDC finds the SPN", ("spn.exists", "ticket.service")),
    0x8009030C: Symptom("SEC_E_LOGON_DENIED", "the logon was rejected", ACCOUNT),
    0x8009030E: Symptom(
        "SEC_E_NO_CREDENTIALS", "there are no credentials, often because delegation is not allowed", TICKET
    ),
    0x80090311: Symptom(
        "SEC_E_NO_AUTHENTICATING_AUTHORITY", "no domain controller responds", ("dns.locator", "ticket.tgt")
    ),
    0x80090322: Symptom("SEC_E_WRONG_PRINCIPAL", "the ticket is encrypted with the key of another account", KEY),
    0x80090324: Symptom("SEC_E_TIME_SKEW", "the clocks differ by more than five minutes", ("time.skew",)),
    0x80090342: Symptom(
        "SEC_E_KDC_UNKNOWN_ETYPE", "no common encryption type", ("ticket.enctype", "spn.enctypes", "trust.enctypes")
    ),
    0x80042308: Symptom(
        "FSRVP_E_OBJECT_NOT_FOUND", "the share of the remote snapshot does not exist", ("smb.share", "backup.path")
    ),
    0x80042301: Symptom(
        "FSRVP_E_BAD_STATE",
        "the remote snapshot was requested in a wrong order or state",
        ("backup.vss", "backup.path"),
    ),
    0x8004230D: Symptom(
        "FSRVP_E_OBJECT_ALREADY_EXISTS", "a remote snapshot of the share exists already", ("backup.vss",)
    ),
    0x80042316: Symptom(
        "FSRVP_E_SHADOW_COPY_SET_IN_PROGRESS", "another remote snapshot is in progress on the storage", ("backup.vss",)
    ),
    0x8004231B: Symptom(
        "FSRVP_E_UNSUPPORTED_CONTEXT",
        "the storage does not support this kind of snapshot",
        ("backup.vss", "backup.product"),
    ),
    0x80042501: Symptom(
        "FSRVP_E_SHADOWCOPYSET_ID_MISMATCH", "the remote snapshot does not exist (any more)", ("backup.vss",)
    ),
    0x8004230C: Symptom(
        "FSRVP_E_NOT_SUPPORTED",
        "the share supports no remote snapshots: its path may be an address",
        ("backup.vss", "backup.path", "backup.product"),
    ),
}


def errors(number: int) -> Iterator[tuple[str, str, Symptom]]:
    """Yields every Win32 error and HRESULT that the number can be: a title, the kind with its source, the symptom."""
    number = number + 2**32 if number < 0 else number
    win32 = number - HRESULT_OF_WIN32 if number >= HRESULT_OF_WIN32 else number
    if known := WIN32.get(win32):
        hresult = HRESULT_OF_WIN32 + win32
        yield f"{known.name} ({win32}, 0x{hresult:08X})", "Win32 error and its HRESULT, MS-ERREF 2.2 and 2.1", known
    if known := HRESULTS.get(number):
        yield f"{known.name} (0x{number:08X})", "HRESULT, MS-ERREF 2.1.1 and MS-FSRVP 2.2.4", known
