"""NTSTATUS values that storage and KDCs return (MS-ERREF 2.3.1): the meaning and the fix for hosts and storage.

`fix` is a template over principal, account, domain (of the principal), spn, path, owner (the storage's account
that holds the SPN), controller_domain (the storage's domain), storage and share; `fix_for` fills it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from krbcheck.windows.common_steps import (
    AD_MODULE,
    ELEVATED,
    OLD_KEY,
    ROOT,
    SAM,
    clear_expiration,
    controller,
    enable_account,
    purge_tickets,
    register_spn,
    renew_machine_password,
    unlock_account,
)
from krbcheck.windows.quoting import Filled
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants


class NtStatus(NamedTuple):
    name: str
    means: str
    fix: Remedy = ()


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

_WINDOWS_KEY, _SAMBA_KEY = renew_machine_password("{storage}")
_VMSTORE_JOIN = looks(
    says="Settings > Management Access > Active Directory: the state of the join; join again only in a maintenance "
    "window",
    on="the VMstore user interface of {storage}",
)
_KEYS = (
    *variants(
        "{controller_domain}",
        windows=[looks("setspn -Q {spn}", shows="{owner} only", on=controller("{controller_domain}"))],
        samba=[
            looks(
                "ldbsearch -H " + SAM + " '(servicePrincipalName={spn})' sAMAccountName",
                shows="{owner} only",
                on=controller("{controller_domain}"),
                needs=ROOT,
            )
        ],
    ),
    *variants(
        "{storage}",
        windows=_WINDOWS_KEY,
        samba=_SAMBA_KEY,
        vmstore=[_VMSTORE_JOIN],
    ),
    purge_tickets("the host"),
)
_CLOCK = (
    looks("w32tm /query /status", on="the host", shows="a source that is reached"),
    changes(
        says="Set the NTP server of {storage} to a controller of {controller_domain}",
        on="{storage}",
        undo_says="set the old NTP server again",
        caution="a large step of the clock can stop services of the storage: follow its documentation",
    ),
)
_JOIN = (
    *variants(
        "{storage}",
        windows=_WINDOWS_KEY,
        samba=[
            _SAMBA_KEY[0],
            changes(
                "net ads join -U Administrator --no-dns-updates",
                says="Only if it fails",
                on="{storage}",
                needs="the password of Administrator",
                undo_says="not possible: the join sets a new machine password",
                verify="net ads testjoin",
                caution=OLD_KEY,
                interrupts=True,
            ),
        ],
        vmstore=[_VMSTORE_JOIN],
    ),
)
_TRUST = (
    looks(
        "netdom trust {controller_domain} /domain:{domain} /verify",
        says="trust.exists and trust.ticket show what is wrong with the trust, and how to fix it",
        on=controller("{controller_domain}"),
        needs="Domain Admins",
    ),
)
_REACH = (
    looks(
        says="Allow TCP and UDP 88, 389 and 445 from {storage} to the controllers of {controller_domain} and {domain}",
        on="the firewalls between them",
    ),
    *variants(
        "{storage}",
        windows=[looks("nltest /sc_verify:{controller_domain}", on="{storage}", needs=ELEVATED, shows="NERR_Success")],
        samba=[
            looks("wbinfo --ping-dc", on="{storage}", needs=ROOT, shows="succeeded"),
            changes(
                "systemctl restart winbind",
                says="If winbindd does not run, or does not answer",
                on="{storage}",
                needs=ROOT,
                undo_says="not needed: the service is running again",
                verify="wbinfo --ping-dc",
                caution="new sessions wait until winbindd runs",
            ),
        ],
    ),
)
_LOGON = (
    changes(
        says="In the group policy of {storage}: Computer Configuration > Windows Settings > Security Settings > Local "
        "Policies > User Rights Assignment > Access this computer from the network: add a group of {principal}",
        on=controller("{controller_domain}"),
        needs="the right to edit the policy",
        undo_says="remove the group from the list",
    ),
)
_AES = (
    looks(
        "Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {domain} -Properties "
        "msDS-SupportedEncryptionTypes",
        says="AES is 0x18; spn.enctypes, trust.enctypes and ticket.tgt show what is missing",
        on=controller("{domain}"),
        needs="the ActiveDirectory module",
    ),
)
_SHARES = (looks("Get-SmbShare", says="smb.share shows which stated share is missing", on="{storage}"),)
_CONNECT = (looks(says="Connect again"),)
_PASSWORD = (
    changes(
        "Set-ADAccountPassword -Identity '{account}' -Server {domain} -Reset",
        on=controller("{domain}"),
        needs=AD_MODULE,
        undo_says="not possible: the old password is lost",
        caution="services that use the old password stop: find them first",
        interrupts=True,
    ),
)
_GROUPS = (
    looks(
        "Get-ADPrincipalGroupMembership -Identity '{account}' -Server {domain}",
        on=controller("{domain}"),
        needs="the ActiveDirectory module",
    ),
    looks(
        "Get-ADAuthenticationPolicy -Filter *",
        on=controller("{domain}"),
        needs="the ActiveDirectory module",
    ),
)
_RESTRICTION = (
    looks(
        "Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {domain} -Properties "
        "logonHours,userWorkstations",
        says="Write down the restriction; Active Directory Users and Computers > Account changes it",
        on=controller("{domain}"),
        needs="the ActiveDirectory module",
    ),
)
_SELECTIVE = (
    looks(
        says="trust.selective shows which host is not allowed to authenticate, and grants it the right on the "
        "account of "
        "{storage}"
    ),
)

NTSTATUS: Mapping[int, NtStatus] = {
    0x00000000: NtStatus("STATUS_SUCCESS", "success"),
    0x00000103: NtStatus("STATUS_PENDING", "the storage processes the request asynchronously"),
    0x8000001A: NtStatus("STATUS_NO_MORE_ENTRIES", "the list is empty: no account has the right"),
    0xC000000D: NtStatus("STATUS_INVALID_PARAMETER", "the storage rejects a parameter of the request"),
    0xC0000010: NtStatus("STATUS_INVALID_DEVICE_REQUEST", "the storage does not support this function"),
    0xC0000016: NtStatus(
        "STATUS_MORE_PROCESSING_REQUIRED",
        "the storage requests another round: it does not accept the Kerberos ticket and requests NTLM",
        register_spn("{spn}", "{owner}", "{controller_domain}"),
    ),
    0xC0000017: NtStatus("STATUS_NO_MEMORY", "the storage is out of memory"),
    0xC0000022: NtStatus(
        "STATUS_ACCESS_DENIED",
        "the share permissions or NTFS permissions do not grant this access, or the storage requires signing or "
        "encryption",
        (looks(says="isolation.acl and isolation.own show which list does not grant the access, and how to grant it"),),
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
        _REACH,
    ),
    0xC000005F: NtStatus("STATUS_NO_SUCH_LOGON_SESSION", "the logon session no longer exists", _CONNECT),
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
        _GROUPS,
    ),
    0xC000006F: NtStatus(
        "STATUS_INVALID_LOGON_HOURS",
        "the account may not log on at this hour",
        _RESTRICTION,
    ),
    0xC0000070: NtStatus(
        "STATUS_INVALID_WORKSTATION",
        "the account may not log on from this host",
        _RESTRICTION,
    ),
    0xC0000071: NtStatus("STATUS_PASSWORD_EXPIRED", "the account's password has expired", _PASSWORD),
    0xC0000072: NtStatus("STATUS_ACCOUNT_DISABLED", "the account is disabled", enable_account("{account}", "{domain}")),
    0xC0000073: NtStatus("STATUS_NONE_MAPPED", "the storage cannot translate a SID of the ticket", _REACH),
    0xC000009A: NtStatus("STATUS_INSUFFICIENT_RESOURCES", "the storage is out of resources"),
    0xC00000B5: NtStatus("STATUS_IO_TIMEOUT", "the storage waited for a server that did not respond", _REACH),
    0xC00000BB: NtStatus("STATUS_NOT_SUPPORTED", "no common SMB dialect, or the request is not supported"),
    0xC00000BE: NtStatus("STATUS_BAD_NETWORK_PATH", "the storage's name does not resolve to a server"),
    0xC00000C9: NtStatus("STATUS_NETWORK_NAME_DELETED", "the share was removed while connected", _CONNECT),
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
        (*_GROUPS, looks(says="Remove {principal} from groups that it does not need")),
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
        clear_expiration("{account}", "{domain}"),
    ),
    0xC0000195: NtStatus("STATUS_NETWORK_CREDENTIAL_CONFLICT", "the host uses two credentials for one server"),
    0xC0000196: NtStatus("STATUS_REMOTE_SESSION_LIMIT", "the storage accepts no more sessions"),
    0xC000019B: NtStatus("STATUS_DOMAIN_TRUST_INCONSISTENT", "the two sides of the trust differ", _TRUST),
    0xC0000203: NtStatus("STATUS_USER_SESSION_DELETED", "the session no longer exists", _CONNECT),
    0xC0000205: NtStatus("STATUS_INSUFF_SERVER_RESOURCES", "the storage is out of resources"),
    0xC000020D: NtStatus("STATUS_CONNECTION_RESET", "the connection was reset"),
    0xC0000224: NtStatus(
        "STATUS_PASSWORD_MUST_CHANGE",
        "the password must be changed before the first logon",
        _PASSWORD,
    ),
    0xC0000233: NtStatus("STATUS_DOMAIN_CONTROLLER_NOT_FOUND", "the storage finds no controller", _REACH),
    0xC0000234: NtStatus(
        "STATUS_ACCOUNT_LOCKED_OUT",
        "the account is locked",
        unlock_account("{account}", "{domain}"),
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
    0xC000035C: NtStatus("STATUS_NETWORK_SESSION_EXPIRED", "the session's ticket has expired", _CONNECT),
    0xC0000388: NtStatus(
        "STATUS_DOWNGRADE_DETECTED", "the host detected a downgrade, or reached no controller", _REACH
    ),
    0xC000040A: NtStatus("STATUS_NO_S4U_PROT_SUPPORT", "the controller does not support delegation"),
    0xC000040B: NtStatus("STATUS_CROSSREALM_DELEGATION_FAILURE", "delegation does not cross this trust"),
    0xC0000413: NtStatus(
        "STATUS_AUTHENTICATION_FIREWALL_FAILED",
        "the trust uses selective authentication, and the account is not allowed to authenticate to the storage",
        _SELECTIVE,
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


def fix_for(status: int, **values: str) -> Remedy:
    """Returns the fix with `values` filled in, empty where there is no single fix."""
    known = NTSTATUS.get(status)
    return fill(known.fix if known else (), _Blanks(values))
