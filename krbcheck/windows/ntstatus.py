"""NTSTATUS values that storage and KDCs return (MS-ERREF 2.3.1): the meaning and the fix for hosts and storage.

`fix` is a template over principal, account, domain (of the principal), spn, path, owner (the storage's account
that holds the SPN), controller_domain (the storage's domain) and share; `fix_for` fills it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from krbcheck.windows.quoting import Filled, filled


class NtStatus(NamedTuple):
    name: str
    means: str
    fix: str = ""


STATUS_SUCCESS = 0x00000000
STATUS_PENDING = 0x00000103
STATUS_INVALID_PARAMETER = 0xC000000D
STATUS_INVALID_DEVICE_REQUEST = 0xC0000010
STATUS_MORE_PROCESSING_REQUIRED = 0xC0000016
STATUS_ACCESS_DENIED = 0xC0000022
STATUS_OBJECT_NAME_NOT_FOUND = 0xC0000034
STATUS_NO_SUCH_PRIVILEGE = 0xC0000060
STATUS_NO_SUCH_USER = 0xC0000064
STATUS_LOGON_FAILURE = 0xC000006D
STATUS_NOT_SUPPORTED = 0xC00000BB
STATUS_NETWORK_ACCESS_DENIED = 0xC00000CA
STATUS_BAD_NETWORK_NAME = 0xC00000CC
STATUS_TIME_DIFFERENCE_AT_DC = 0xC0000133
STATUS_NO_MORE_ENTRIES = 0x8000001A

_ENABLE = "Enable-ADAccount -Identity '{account}' -Server {domain}"
_KEYS = (
    "In {controller_domain}: setspn -Q {spn} (must return only {owner}). On the storage, renew the machine password "
    "and "
    "its keytab (Samba: net ads changetrustpw; net ads keytab create). On the host: klist -li 0x3e7 purge"
)
_CLOCK = (
    "On the host: w32tm /resync /rediscover; set the NTP server of the storage to a controller of {controller_domain}"
)
_JOIN = (
    "Join the storage to {controller_domain} again (Windows: Test-ComputerSecureChannel -Repair; Samba: net ads join)"
)
_TRUST = (
    "netdom trust {controller_domain} /domain:{domain} /reset /usero:{controller_domain}\\ADMIN /passwordo:* "
    "/userd:{domain}\\ADMIN /passwordd:*"
)
_REACH = "Allow TCP and UDP 88, 389 and 445 from the storage to the controllers of {controller_domain} and {domain}"
_LOGON = (
    "In the group policy of the storage: Computer Configuration > Windows Settings > Security Settings > Local "
    "Policies > "
    "User Rights Assignment > Access this computer from the network: add a group of {principal}"
)
_AES = "Set-ADComputer -Identity '{account}' -Server {domain} -KerberosEncryptionType AES128,AES256"
_SHARES = "On the storage: Get-SmbShare (lists the shares); create the share or correct its name in the site file"

NTSTATUS: Mapping[int, NtStatus] = {
    0x00000000: NtStatus("STATUS_SUCCESS", "success"),
    0x00000103: NtStatus("STATUS_PENDING", "the storage processes the request asynchronously"),
    0x8000001A: NtStatus("STATUS_NO_MORE_ENTRIES", "the list is empty: no account has the right"),
    0xC000000D: NtStatus("STATUS_INVALID_PARAMETER", "the storage rejects a parameter of the request"),
    0xC0000010: NtStatus("STATUS_INVALID_DEVICE_REQUEST", "the storage does not support this function"),
    0xC0000016: NtStatus(
        "STATUS_MORE_PROCESSING_REQUIRED",
        "the storage requests another round: it does not accept the Kerberos ticket and requests NTLM",
        "Join the storage to {controller_domain}; register the SPN there: setspn -S {spn} {owner}",
    ),
    0xC0000017: NtStatus("STATUS_NO_MEMORY", "the storage is out of memory"),
    0xC0000022: NtStatus(
        "STATUS_ACCESS_DENIED",
        "the share permissions or NTFS permissions do not grant this access, or the storage requires signing or "
        "encryption",
        "Grant-SmbShareAccess -Name SHARE -AccountName {principal} -AccessRight Full (VMstore: "
        "Grant-TintriSmbShareAccess); "
        "grant the same NTFS permissions: icacls",
    ),
    0xC0000034: NtStatus(
        "STATUS_OBJECT_NAME_NOT_FOUND", "the object does not exist; from LSARPC: the SID has no user rights"
    ),
    0xC0000035: NtStatus("STATUS_OBJECT_NAME_COLLISION", "an object of this name already exists"),
    0xC000003A: NtStatus("STATUS_OBJECT_PATH_NOT_FOUND", "a folder of the path does not exist"),
    0xC0000043: NtStatus("STATUS_SHARING_VIOLATION", "another process has the file open"),
    0xC000005E: NtStatus(
        "STATUS_NO_LOGON_SERVERS",
        "the storage reaches no domain controller, or its domain logon service does not run",
        _REACH + ". On the storage, verify that winbindd or Netlogon runs: wbinfo -t (Samba); nltest "
        "/sc_verify:{controller_domain} (Windows)",
    ),
    0xC000005F: NtStatus("STATUS_NO_SUCH_LOGON_SESSION", "the logon session no longer exists", "Connect again"),
    0xC0000060: NtStatus("STATUS_NO_SUCH_PRIVILEGE", "the storage does not support this user right"),
    0xC0000061: NtStatus("STATUS_PRIVILEGE_NOT_HELD", "the account lacks a user right that this access requires"),
    0xC0000064: NtStatus("STATUS_NO_SUCH_USER", "the storage finds no such account", _REACH),
    0xC000006A: NtStatus("STATUS_WRONG_PASSWORD", "the password is wrong"),
    0xC000006D: NtStatus(
        "STATUS_LOGON_FAILURE",
        "the storage cannot use the ticket: typically it cannot decrypt it, because its key differs from the key of "
        "the "
        "controllers, or because the SPN is on another account",
        _KEYS,
    ),
    0xC000006E: NtStatus(
        "STATUS_ACCOUNT_RESTRICTION",
        "an account restriction forbids this logon (Protected Users, logon hours, an authentication policy)",
        "Get-ADPrincipalGroupMembership '{account}' (must not list Protected Users); Get-ADAuthenticationPolicy "
        "-Filter *",
    ),
    0xC000006F: NtStatus(
        "STATUS_INVALID_LOGON_HOURS",
        "the account may not log on at this hour",
        "net user {account} /times:all /domain",
    ),
    0xC0000070: NtStatus(
        "STATUS_INVALID_WORKSTATION",
        "the account may not log on from this host",
        "Set-ADUser -Identity '{account}' -Server {domain} -LogonWorkstations $null",
    ),
    0xC0000071: NtStatus(
        "STATUS_PASSWORD_EXPIRED", "the account's password has expired", "Set a new password for {principal}"
    ),
    0xC0000072: NtStatus("STATUS_ACCOUNT_DISABLED", "the account is disabled", _ENABLE),
    0xC0000073: NtStatus("STATUS_NONE_MAPPED", "the storage cannot translate a SID of the ticket", _REACH),
    0xC000009A: NtStatus("STATUS_INSUFFICIENT_RESOURCES", "the storage is out of resources"),
    0xC00000B5: NtStatus("STATUS_IO_TIMEOUT", "the storage waited for a server that did not respond", _REACH),
    0xC00000BB: NtStatus("STATUS_NOT_SUPPORTED", "no common SMB dialect, or the request is not supported"),
    0xC00000BE: NtStatus("STATUS_BAD_NETWORK_PATH", "the storage's name does not resolve to a server"),
    0xC00000C9: NtStatus("STATUS_NETWORK_NAME_DELETED", "the share was removed while connected", "Connect again"),
    0xC00000CA: NtStatus("STATUS_NETWORK_ACCESS_DENIED", "network access is denied", _LOGON),
    0xC00000CC: NtStatus("STATUS_BAD_NETWORK_NAME", "the share does not exist", _SHARES),
    0xC00000CE: NtStatus("STATUS_TOO_MANY_SESSIONS", "the storage accepts no more sessions"),
    0xC00000D0: NtStatus("STATUS_REQUEST_NOT_ACCEPTED", "the storage accepts no more sessions"),
    0xC00000DA: NtStatus("STATUS_CANT_ACCESS_DOMAIN_INFO", "the storage cannot query its domain", _REACH),
    0xC00000DF: NtStatus("STATUS_NO_SUCH_DOMAIN", "the storage does not find the account's domain", _TRUST),
    0xC000012D: NtStatus("STATUS_COMMITMENT_LIMIT", "the storage is out of memory"),
    0xC0000133: NtStatus("STATUS_TIME_DIFFERENCE_AT_DC", "the clocks differ by more than five minutes", _CLOCK),
    0xC0000155: NtStatus("STATUS_LOGON_NOT_GRANTED", "the storage does not grant the logon type", _LOGON),
    0xC000015A: NtStatus(
        "STATUS_TOO_MANY_CONTEXT_IDS",
        "the account is in more groups than a token holds (about 1,024)",
        "Remove {principal} from groups that it does not need: Remove-ADGroupMember",
    ),
    0xC000015B: NtStatus(
        "STATUS_LOGON_TYPE_NOT_GRANTED",
        "the account does not have the user right to access this storage from the network",
        _LOGON,
    ),
    0xC000018A: NtStatus("STATUS_NO_TRUST_LSA_SECRET", "the storage has lost its machine password", _JOIN),
    0xC000018B: NtStatus("STATUS_NO_TRUST_SAM_ACCOUNT", "the storage's computer account does not exist", _JOIN),
    0xC000018C: NtStatus("STATUS_TRUSTED_DOMAIN_FAILURE", "the trust between the domains is broken", _TRUST),
    0xC000018D: NtStatus("STATUS_TRUSTED_RELATIONSHIP_FAILURE", "the storage's machine password is wrong", _JOIN),
    0xC0000190: NtStatus("STATUS_TRUST_FAILURE", "a trust password is wrong", _TRUST),
    0xC0000192: NtStatus("STATUS_NETLOGON_NOT_STARTED", "the storage's netlogon service does not run"),
    0xC0000193: NtStatus(
        "STATUS_ACCOUNT_EXPIRED",
        "the account has expired",
        "Clear-ADAccountExpiration -Identity '{account}' -Server {domain}",
    ),
    0xC0000195: NtStatus("STATUS_NETWORK_CREDENTIAL_CONFLICT", "the host uses two credentials for one server"),
    0xC0000196: NtStatus("STATUS_REMOTE_SESSION_LIMIT", "the storage accepts no more sessions"),
    0xC000019B: NtStatus("STATUS_DOMAIN_TRUST_INCONSISTENT", "the two sides of the trust differ", _TRUST),
    0xC0000203: NtStatus("STATUS_USER_SESSION_DELETED", "the session no longer exists", "Connect again"),
    0xC0000205: NtStatus("STATUS_INSUFF_SERVER_RESOURCES", "the storage is out of resources"),
    0xC000020D: NtStatus("STATUS_CONNECTION_RESET", "the connection was reset"),
    0xC0000224: NtStatus(
        "STATUS_PASSWORD_MUST_CHANGE",
        "the password must be changed before the first logon",
        "Set a new password for {principal}",
    ),
    0xC0000233: NtStatus("STATUS_DOMAIN_CONTROLLER_NOT_FOUND", "the storage finds no controller", _REACH),
    0xC0000234: NtStatus(
        "STATUS_ACCOUNT_LOCKED_OUT",
        "the account is locked",
        "Unlock-ADAccount -Identity '{account}' -Server {domain}",
    ),
    0xC0000236: NtStatus("STATUS_CONNECTION_REFUSED", "the connection was refused"),
    0xC000023D: NtStatus("STATUS_HOST_UNREACHABLE", "the host is unreachable"),
    0xC0000246: NtStatus("STATUS_CONNECTION_COUNT_LIMIT", "the storage accepts no more connections"),
    0xC0000257: NtStatus("STATUS_PATH_NOT_COVERED", "the path is on another server (DFS)"),
    0xC0000259: NtStatus("STATUS_LICENSE_QUOTA_EXCEEDED", "the storage has no license for another connection"),
    0xC00002C3: NtStatus(
        "STATUS_MUTUAL_AUTHENTICATION_FAILED",
        "mutual authentication failed: the storage did not prove its identity",
        _KEYS,
    ),
    0xC00002EF: NtStatus("STATUS_NO_TGT_REPLY", "the server returned no TGT for user-to-user authentication"),
    0xC00002FA: NtStatus("STATUS_SMARTCARD_LOGON_REQUIRED", "the account must log on with a smart card"),
    0xC00002FB: NtStatus("STATUS_KDC_INVALID_REQUEST", "the KDC does not accept the request"),
    0xC00002FC: NtStatus("STATUS_KDC_UNABLE_TO_REFER", "the KDC has no realm to refer to"),
    0xC00002FD: NtStatus("STATUS_KDC_UNKNOWN_ETYPE", "no common encryption type", _AES),
    0xC0000322: NtStatus("STATUS_NO_KERB_KEY", "the storage has no key for the ticket", _KEYS),
    0xC0000351: NtStatus("STATUS_UNSUPPORTED_PREAUTH", "the KDC does not support this pre-authentication"),
    0xC000035C: NtStatus("STATUS_NETWORK_SESSION_EXPIRED", "the session's ticket has expired", "Connect again"),
    0xC0000388: NtStatus(
        "STATUS_DOWNGRADE_DETECTED", "the host detected a downgrade, or reached no controller", _REACH
    ),
    0xC000040A: NtStatus("STATUS_NO_S4U_PROT_SUPPORT", "the controller does not support delegation"),
    0xC000040B: NtStatus("STATUS_CROSSREALM_DELEGATION_FAILURE", "delegation does not cross this trust"),
    0xC0000413: NtStatus(
        "STATUS_AUTHENTICATION_FIREWALL_FAILED",
        "the trust uses selective authentication, and the account is not allowed to authenticate to the storage",
        'On a controller of {controller_domain}: dsacls "<DN of {owner}>" /G "{domain}\\{account}:CA;Allowed to '
        'Authenticate"; on the host: klist -li 0x3e7 purge',
    ),
    0xC0000418: NtStatus("STATUS_NTLM_BLOCKED", "NTLM is blocked by policy"),
    0xC0000466: NtStatus("STATUS_SERVER_UNAVAILABLE", "the server is not available"),
    0xC05D0001: NtStatus("STATUS_SMB_BAD_CLUSTER_DIALECT", "a clustered share requires a newer dialect"),
}


def ntstatus_name(status: int) -> str:
    """Returns name and number, for example STATUS_ACCESS_DENIED (0xC0000022)."""
    known = NTSTATUS.get(status)
    return f"{known.name} (0x{status:08X})" if known else f"NTSTATUS 0x{status:08X}"


def ntstatus_means(status: int) -> str:
    known = NTSTATUS.get(status)
    return known.means if known else "krbcheck has no description of this status"


class _Blanks(dict[str, str]):
    def __missing__(self, name: str) -> Filled:
        return Filled(f"<{name.replace('_', ' ')}>")


def fix_for(status: int, **values: str) -> Filled:
    """Returns the fix with `values` filled in, empty where there is no single fix."""
    known = NTSTATUS.get(status)
    return filled(known.fix if known else "", _Blanks(values))
