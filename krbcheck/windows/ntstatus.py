"""NTSTATUS values that storage and KDCs answer with (MS-ERREF 2.3.1): what each means here, and what mends it.

`mend` is a template over principal, account, domain (of the principal), spn, path, owner (the storage's account
that holds the SPN), controller_domain (the storage's domain) and share; `mends` fills it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from krbcheck.windows.quoting import Remedy, filled


class NtStatus(NamedTuple):
    name: str
    means: str
    mend: str = ""


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
    "On the storage, renew the machine password and its keytab (on a Samba member: 'net ads changetrustpw', then "
    "'net ads keytab create'); 'setspn -Q {spn}' in {controller_domain} must name {owner} alone. Then, on the host: "
    "'klist -li 0x3e7 purge'."
)
_CLOCK = "w32tm /resync on the host, and set the storage's NTP server to a controller of {controller_domain}"
_JOIN = "Test-ComputerSecureChannel -Repair on the storage's side: join it to {controller_domain} again"
_TRUST = "netdom trust {controller_domain} /domain:{domain} /reset /passwordT:* on a controller of {controller_domain}"
_REACH = "Open TCP and UDP 88, 389 and 445 from the storage to the controllers of {controller_domain} and {domain}"
_LOGON = (
    "Group policy on the storage: Computer Configuration\\Windows Settings\\Security Settings\\Local Policies\\"
    "User Rights Assignment\\Access this computer from the network: add {principal}'s group"
)
_AES = "Set-ADComputer -Identity '{account}' -Server {domain} -KerberosEncryptionType AES128,AES256"
_SHARES = "Get-SmbShare on the storage lists what is there; create the share or correct its name in the site file"

NTSTATUS: Mapping[int, NtStatus] = {
    0x00000000: NtStatus("STATUS_SUCCESS", "it worked"),
    0x00000103: NtStatus("STATUS_PENDING", "the answer comes later"),
    0x8000001A: NtStatus("STATUS_NO_MORE_ENTRIES", "the list is empty: nobody holds the right"),
    0xC000000D: NtStatus("STATUS_INVALID_PARAMETER", "the storage does not understand the request"),
    0xC0000010: NtStatus("STATUS_INVALID_DEVICE_REQUEST", "the storage does not have this function"),
    0xC0000016: NtStatus(
        "STATUS_MORE_PROCESSING_REQUIRED",
        "the storage wants another round: it does not take the Kerberos ticket and asks for NTLM",
        "Join the storage to {controller_domain} and register {spn} there: setspn -S {spn} {owner}",
    ),
    0xC0000017: NtStatus("STATUS_NO_MEMORY", "the storage is out of memory"),
    0xC0000022: NtStatus(
        "STATUS_ACCESS_DENIED",
        "the share or file ACL does not grant this, or the storage wants signing or encryption",
        "Grant-TintriSmbShareAccess or Grant-SmbShareAccess for {principal}",
    ),
    0xC0000034: NtStatus("STATUS_OBJECT_NAME_NOT_FOUND", "no such object; from LSARPC: the SID holds no rights"),
    0xC0000035: NtStatus("STATUS_OBJECT_NAME_COLLISION", "an object of this name is there already"),
    0xC000003A: NtStatus("STATUS_OBJECT_PATH_NOT_FOUND", "a folder of the path is not there"),
    0xC0000043: NtStatus("STATUS_SHARING_VIOLATION", "another process has the file open"),
    0xC000005E: NtStatus(
        "STATUS_NO_LOGON_SERVERS",
        "the storage reaches no domain controller, or its service that asks them does not run",
        _REACH + "; see that winbindd (Samba) or Netlogon (Windows) runs: 'wbinfo -t', 'nltest /sc_verify:"
        "{controller_domain}' on the storage",
    ),
    0xC000005F: NtStatus("STATUS_NO_SUCH_LOGON_SESSION", "the logon session is gone", "Connect again"),
    0xC0000060: NtStatus("STATUS_NO_SUCH_PRIVILEGE", "the storage does not know this right"),
    0xC0000061: NtStatus("STATUS_PRIVILEGE_NOT_HELD", "a right is missing that this access needs"),
    0xC0000064: NtStatus("STATUS_NO_SUCH_USER", "the storage finds no such account", _REACH),
    0xC000006A: NtStatus("STATUS_WRONG_PASSWORD", "the password is wrong"),
    0xC000006D: NtStatus(
        "STATUS_LOGON_FAILURE",
        "the storage cannot use the ticket: mostly it cannot decrypt it, because its key is another one than the "
        "controllers', or because the SPN lies on another account",
        _KEYS,
    ),
    0xC000006E: NtStatus(
        "STATUS_ACCOUNT_RESTRICTION",
        "the account may not log on this way (Protected Users, logon hours, an authentication policy)",
        "Get-ADPrincipalGroupMembership '{account}' must not list Protected Users; see its authentication policy",
    ),
    0xC000006F: NtStatus(
        "STATUS_INVALID_LOGON_HOURS",
        "the account may not log on at this hour",
        "Set the account's logon hours to always: net user {account} /times:all /domain",
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
    0xC00000B5: NtStatus("STATUS_IO_TIMEOUT", "the storage waited for something that did not answer", _REACH),
    0xC00000BB: NtStatus("STATUS_NOT_SUPPORTED", "no common SMB dialect, or the request is not supported"),
    0xC00000BE: NtStatus("STATUS_BAD_NETWORK_PATH", "the storage's name leads nowhere"),
    0xC00000C9: NtStatus("STATUS_NETWORK_NAME_DELETED", "the share was removed while connected", "Connect again"),
    0xC00000CA: NtStatus("STATUS_NETWORK_ACCESS_DENIED", "network access is denied", _LOGON),
    0xC00000CC: NtStatus("STATUS_BAD_NETWORK_NAME", "there is no such share under this name", _SHARES),
    0xC00000CE: NtStatus("STATUS_TOO_MANY_SESSIONS", "the storage takes no more sessions"),
    0xC00000D0: NtStatus("STATUS_REQUEST_NOT_ACCEPTED", "the storage takes no more sessions"),
    0xC00000DA: NtStatus("STATUS_CANT_ACCESS_DOMAIN_INFO", "the storage cannot ask its domain", _REACH),
    0xC00000DF: NtStatus("STATUS_NO_SUCH_DOMAIN", "the storage does not know the account's domain", _TRUST),
    0xC000012D: NtStatus("STATUS_COMMITMENT_LIMIT", "the storage is out of memory"),
    0xC0000133: NtStatus("STATUS_TIME_DIFFERENCE_AT_DC", "the clocks are more than five minutes apart", _CLOCK),
    0xC0000155: NtStatus("STATUS_LOGON_NOT_GRANTED", "the storage does not grant the logon", _LOGON),
    0xC000015A: NtStatus(
        "STATUS_TOO_MANY_CONTEXT_IDS",
        "the account is in more groups than a token holds (about 1,024)",
        "Take {principal} out of groups it does not need",
    ),
    0xC000015B: NtStatus(
        "STATUS_LOGON_TYPE_NOT_GRANTED", "the account may not use this storage from the network", _LOGON
    ),
    0xC000018A: NtStatus("STATUS_NO_TRUST_LSA_SECRET", "the storage has lost its machine password", _JOIN),
    0xC000018B: NtStatus("STATUS_NO_TRUST_SAM_ACCOUNT", "the storage's computer account is gone", _JOIN),
    0xC000018C: NtStatus("STATUS_TRUSTED_DOMAIN_FAILURE", "the trust between the domains is broken", _TRUST),
    0xC000018D: NtStatus("STATUS_TRUSTED_RELATIONSHIP_FAILURE", "the storage's machine password is wrong", _JOIN),
    0xC0000190: NtStatus("STATUS_TRUST_FAILURE", "a trust password is wrong", _TRUST),
    0xC0000192: NtStatus("STATUS_NETLOGON_NOT_STARTED", "the storage's netlogon service does not run"),
    0xC0000193: NtStatus(
        "STATUS_ACCOUNT_EXPIRED",
        "the account has expired",
        "Clear-ADAccountExpiration -Identity '{account}' -Server {domain}",
    ),
    0xC0000195: NtStatus("STATUS_NETWORK_CREDENTIAL_CONFLICT", "two credentials for one server"),
    0xC0000196: NtStatus("STATUS_REMOTE_SESSION_LIMIT", "the storage takes no more sessions"),
    0xC000019B: NtStatus("STATUS_DOMAIN_TRUST_INCONSISTENT", "the two sides of the trust differ", _TRUST),
    0xC0000203: NtStatus("STATUS_USER_SESSION_DELETED", "the session is gone", "Connect again"),
    0xC0000205: NtStatus("STATUS_INSUFF_SERVER_RESOURCES", "the storage is out of resources"),
    0xC000020D: NtStatus("STATUS_CONNECTION_RESET", "the connection was reset"),
    0xC0000224: NtStatus(
        "STATUS_PASSWORD_MUST_CHANGE", "the password must be changed first", "Set a new password for {principal}"
    ),
    0xC0000233: NtStatus("STATUS_DOMAIN_CONTROLLER_NOT_FOUND", "the storage finds no controller", _REACH),
    0xC0000234: NtStatus(
        "STATUS_ACCOUNT_LOCKED_OUT",
        "the account is locked",
        "Unlock-ADAccount -Identity '{account}' -Server {domain}",
    ),
    0xC0000236: NtStatus("STATUS_CONNECTION_REFUSED", "the connection was refused"),
    0xC000023D: NtStatus("STATUS_HOST_UNREACHABLE", "the host cannot be reached"),
    0xC0000246: NtStatus("STATUS_CONNECTION_COUNT_LIMIT", "the storage takes no more connections"),
    0xC0000257: NtStatus("STATUS_PATH_NOT_COVERED", "the path lies on another server (DFS)"),
    0xC0000259: NtStatus("STATUS_LICENSE_QUOTA_EXCEEDED", "the storage has no licence for another connection"),
    0xC00002C3: NtStatus("STATUS_MUTUAL_AUTHENTICATION_FAILED", "the storage cannot prove who it is", _KEYS),
    0xC00002EF: NtStatus("STATUS_NO_TGT_REPLY", "the other side gave no TGT"),
    0xC00002FA: NtStatus("STATUS_SMARTCARD_LOGON_REQUIRED", "the account must log on with a smart card"),
    0xC00002FB: NtStatus("STATUS_KDC_INVALID_REQUEST", "the KDC does not accept the request"),
    0xC00002FC: NtStatus("STATUS_KDC_UNABLE_TO_REFER", "the KDC knows no realm to refer to"),
    0xC00002FD: NtStatus("STATUS_KDC_UNKNOWN_ETYPE", "no common encryption type", _AES),
    0xC0000322: NtStatus("STATUS_NO_KERB_KEY", "the storage has no key for the ticket", _KEYS),
    0xC0000351: NtStatus("STATUS_UNSUPPORTED_PREAUTH", "the KDC does not take this pre-authentication"),
    0xC000035C: NtStatus("STATUS_NETWORK_SESSION_EXPIRED", "the session's ticket has expired", "Connect again"),
    0xC0000388: NtStatus("STATUS_DOWNGRADE_DETECTED", "a downgrade, or no controller was reached", _REACH),
    0xC000040A: NtStatus("STATUS_NO_S4U_PROT_SUPPORT", "the controller does not support delegation"),
    0xC000040B: NtStatus("STATUS_CROSSREALM_DELEGATION_FAILURE", "delegation does not cross this trust"),
    0xC0000413: NtStatus(
        "STATUS_AUTHENTICATION_FIREWALL_FAILED",
        "the trust has selective authentication, and the account may not authenticate to the storage",
        "Grant '{account}' of {domain} 'Allowed to authenticate' on {owner} in {controller_domain}: dsacls "
        '"<DN of {owner}>" /G "{account}:CA;Allowed-To-Authenticate"',
    ),
    0xC0000418: NtStatus("STATUS_NTLM_BLOCKED", "NTLM is blocked by policy"),
    0xC0000466: NtStatus("STATUS_SERVER_UNAVAILABLE", "the server is not available"),
    0xC05D0001: NtStatus("STATUS_SMB_BAD_CLUSTER_DIALECT", "a clustered share asks for a newer dialect"),
}


def ntstatus_name(status: int) -> str:
    """As a person looks it up: name and number."""
    known = NTSTATUS.get(status)
    return f"{known.name} (0x{status:08X})" if known else f"NTSTATUS 0x{status:08X}"


def ntstatus_means(status: int) -> str:
    known = NTSTATUS.get(status)
    return known.means if known else "a status that krbcheck has no words for"


class _Blanks(dict[str, str]):
    def __missing__(self, name: str) -> Remedy:
        return Remedy(f"<{name.replace('_', ' ')}>")


def mends(status: int, **values: str) -> Remedy:
    """What to do, with what is known filled in; an empty string where there is no one remedy."""
    known = NTSTATUS.get(status)
    return filled(known.mend if known else "", _Blanks(values))
