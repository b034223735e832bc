"""Kerberos error codes (RFC 4120 7.5.9, RFC 4556 3.1.3, RFC 6113 5.1): the meaning and the fix of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from krbcheck.windows.common_steps import (
    AD_MODULE,
    ELEVATED,
    purge_tickets,
    renew_machine_password,
    repair_secure_channel,
)
from krbcheck.windows.remedy import Remedy, changes, looks, variants


class KrbCode(NamedTuple):
    """`means` is the meaning for hosts and storage, without a full stop; `fix` is the fix, empty where there is "
    "none."""

    name: str
    means: str
    fix: Remedy = ()


KDC_ERR_C_PRINCIPAL_UNKNOWN = 6
KDC_ERR_S_PRINCIPAL_UNKNOWN = 7
KDC_ERR_PRINCIPAL_NOT_UNIQUE = 8
KDC_ERR_POLICY = 12
KDC_ERR_ETYPE_NOSUPP = 14
KDC_ERR_CLIENT_REVOKED = 18
KDC_ERR_KEY_EXPIRED = 23
KDC_ERR_PREAUTH_FAILED = 24
KDC_ERR_PREAUTH_REQUIRED = 25
KRB_AP_ERR_BAD_INTEGRITY = 31
KRB_AP_ERR_NOT_US = 35
KRB_AP_ERR_SKEW = 37
KRB_AP_ERR_MODIFIED = 41
KRB_ERR_RESPONSE_TOO_BIG = 52
KRB_ERR_GENERIC = 60
KDC_ERR_WRONG_REALM = 68

_CONTROLLER = "a domain controller"
_MODULE = "the ActiveDirectory module"
_CLOCKS = (
    looks("w32tm /query /status", on="the host, the controllers and the storage", shows="a source that is reached"),
    changes(
        "w32tm /resync /rediscover",
        on="the server whose clock is wrong",
        needs=ELEVATED,
        undo_says="not needed: the clock follows its source",
        verify="w32tm /query /status",
    ),
)
_CARD = (looks("certutil -dcinfo verify", says="Check the certificates; hosts and storage need none", on=_CONTROLLER),)
_REPAIR = (
    looks("Test-ComputerSecureChannel", on="the host", needs=ELEVATED, shows="True, if only a keytab is old"),
    repair_secure_channel("the host"),
    looks(says="Of a keytab: create it again with the current password of the account"),
)
_AGAIN = (purge_tickets("the host"),)
_DELEGATION = (
    looks("Get-ADComputer -Identity HOST -Properties msDS-AllowedToDelegateTo", on=_CONTROLLER, needs=_MODULE),
)
_TCP = (looks("Test-NetConnection CONTROLLER -Port 88", says="Allow TCP 88 to the controllers", on="the host"),)
_WHY = (looks("krbcheck explain NTSTATUS", says="The NTSTATUS in the error shows the cause"),)
_ROUTE = (looks(says="Create a direct trust between the two domains, or a forest trust"),)
_WINDOWS_KEY, _SAMBA_KEY = renew_machine_password("the storage")
_STORAGE_KEY = variants("storage", windows=_WINDOWS_KEY, samba=_SAMBA_KEY)
_OWNERS = (
    looks("setspn -X -F", says="List the owners", on=_CONTROLLER),
    changes(
        "setspn -D cifs/NAME ACCOUNT",
        says="With the account that does not run the service",
        on=_CONTROLLER,
        needs="write access to servicePrincipalName of the account",
        undo="setspn -S cifs/NAME ACCOUNT",
        verify="setspn -Q cifs/NAME",
        caution="clients of a service whose right SPN is removed get no ticket",
    ),
)
_SPN = (
    looks("setspn -Q cifs/NAME", says="It must list only the account of the storage", on=_CONTROLLER),
    looks("Resolve-DnsName NAME", says="It must return only the address of the storage", on="the host"),
)
_REGISTER = (
    looks("setspn -Q cifs/NAME", says="If it lists two accounts, see code 8", on=_CONTROLLER),
    changes(
        "setspn -S cifs/NAME STORAGE$",
        says="If it lists none; across an external trust, see the policy Use forest search order",
        on=_CONTROLLER,
        needs="write access to servicePrincipalName of the account",
        undo="setspn -D cifs/NAME STORAGE$",
        verify="setspn -Q cifs/NAME",
    ),
    looks(says="Hosts cache the error for 15 minutes"),
)
_TRUST = (
    looks("Get-ADTrust -Filter *", on="a domain controller of each domain", needs=_MODULE),
    looks("netdom trust STORAGEDOMAIN /domain:HOSTDOMAIN /verify", on=_CONTROLLER, needs="Domain Admins"),
    looks(says="krbcheck explain trust.ticket and trust.exists show how a trust is reset or created"),
)
_AES = (
    looks(
        "Get-ADComputer -Identity NAME -Properties msDS-SupportedEncryptionTypes",
        says="AES is 0x18; see spn.enctypes and trust.enctypes",
        on=_CONTROLLER,
        needs=_MODULE,
    ),
)


def _account(command: str, undo: str) -> Remedy:
    return (
        changes(
            f"{command} -Identity ACCOUNT",
            says="First find out why",
            on=_CONTROLLER,
            needs=AD_MODULE,
            undo=f"{undo} -Identity ACCOUNT" if undo else "",
            undo_says="" if undo else "set the old value again",
            verify="Get-ADUser -Identity ACCOUNT -Properties LockedOut,Enabled,AccountExpirationDate",
        ),
    )


KRB_CODES: Mapping[int, KrbCode] = {
    0: KrbCode("KDC_ERR_NONE", "no error"),
    1: KrbCode(
        "KDC_ERR_NAME_EXP",
        "the requesting account has expired",
        _account("Clear-ADAccountExpiration", ""),
    ),
    2: KrbCode(
        "KDC_ERR_SERVICE_EXP",
        "the storage's account has expired",
        _account("Clear-ADAccountExpiration", ""),
    ),
    3: KrbCode("KDC_ERR_BAD_PVNO", "the KDC does not support this version of the protocol"),
    4: KrbCode("KDC_ERR_C_OLD_MAST_KVNO", "the account's key is encrypted with an old master key of the KDC"),
    5: KrbCode("KDC_ERR_S_OLD_MAST_KVNO", "the storage's key is encrypted with an old master key of the KDC"),
    6: KrbCode(
        "KDC_ERR_C_PRINCIPAL_UNKNOWN",
        "this KDC has no such account: a misspelled name, a wrong realm, or a controller that has not replicated",
        (
            looks(
                "Get-ADComputer -Identity NAME -Server CONTROLLER",
                says="For each controller; if the name or the realm is wrong, correct it in the site file",
                on=_CONTROLLER,
                needs=_MODULE,
            ),
        ),
    ),
    7: KrbCode(
        "KDC_ERR_S_PRINCIPAL_UNKNOWN",
        "this KDC finds the SPN neither in its domain nor across its trusts: it is missing or registered twice, the "
        "name "
        "is an alias, or the domain is behind an external trust",
        _REGISTER,
    ),
    8: KrbCode(
        "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
        "the SPN is registered on more than one account",
        _OWNERS,
    ),
    9: KrbCode("KDC_ERR_NULL_KEY", "the account has no key: its password was never set", _REPAIR),
    10: KrbCode("KDC_ERR_CANNOT_POSTDATE", "the KDC issues no postdated tickets", _CLOCKS),
    11: KrbCode("KDC_ERR_NEVER_VALID", "the ticket would end before it starts, because the clocks differ", _CLOCKS),
    12: KrbCode(
        "KDC_ERR_POLICY",
        "a policy of the domain forbids it: logon hours, logon workstations, selective authentication, or delegation "
        "across the trust; the NTSTATUS in the error identifies which",
        _WHY,
    ),
    13: KrbCode(
        "KDC_ERR_BADOPTION",
        "the KDC does not grant a requested option: delegation that is not allowed, or a TGT that is about to expire",
        _DELEGATION,
    ),
    14: KrbCode(
        "KDC_ERR_ETYPE_NOSUPP",
        "the client, the account and the trust have no encryption type in common; since April 2026 RC4 is not a "
        "default "
        "for accounts without msDS-SupportedEncryptionTypes",
        _AES,
    ),
    15: KrbCode("KDC_ERR_SUMTYPE_NOSUPP", "the KDC does not support the checksum type"),
    16: KrbCode(
        "KDC_ERR_PADATA_TYPE_NOSUPP",
        "the KDC does not support this pre-authentication; typically for a smart card",
        _CARD,
    ),
    17: KrbCode("KDC_ERR_TRTYPE_NOSUPP", "the KDC does not support the encoding of the transited realms"),
    18: KrbCode(
        "KDC_ERR_CLIENT_REVOKED",
        "the requesting account is disabled, locked or expired; the NTSTATUS in the error identifies which",
        (
            *_account("Enable-ADAccount", "Disable-ADAccount"),
            *_account("Unlock-ADAccount", ""),
            *_account("Clear-ADAccountExpiration", ""),
        ),
    ),
    19: KrbCode(
        "KDC_ERR_SERVICE_REVOKED",
        "the storage's account is disabled",
        _account("Enable-ADAccount", "Disable-ADAccount"),
    ),
    20: KrbCode(
        "KDC_ERR_TGT_REVOKED",
        "the KDC no longer accepts the TGT; also if controllers have different patch levels and reject each other's "
        "PAC",
        (*_AGAIN, looks(says="Install the same updates on all controllers")),
    ),
    21: KrbCode("KDC_ERR_CLIENT_NOTYET", "the account is not valid yet", _CLOCKS),
    22: KrbCode("KDC_ERR_SERVICE_NOTYET", "the storage's account is not valid yet", _CLOCKS),
    23: KrbCode(
        "KDC_ERR_KEY_EXPIRED",
        "the account's password has expired or must be changed",
        (
            changes(
                "Set-ADAccountPassword -Identity ACCOUNT -Reset",
                on=_CONTROLLER,
                needs=AD_MODULE,
                undo_says="not possible: the old password is lost",
                verify="Get-ADUser -Identity ACCOUNT -Properties PasswordLastSet,PasswordExpired",
                caution="services that use the old password stop: find them first",
                interrupts=True,
            ),
        ),
    ),
    24: KrbCode(
        "KDC_ERR_PREAUTH_FAILED",
        "the key is wrong: a wrong password, or a keytab that is older than the account's password",
        _REPAIR,
    ),
    25: KrbCode("KDC_ERR_PREAUTH_REQUIRED", "the normal first answer: the KDC requires pre-authentication"),
    26: KrbCode("KDC_ERR_SERVER_NOMATCH", "the additional ticket in the request is for another account"),
    27: KrbCode(
        "KDC_ERR_MUST_USE_USER2USER",
        "the SPN is on a user account, which requires user-to-user authentication",
        (*_OWNERS, *_REGISTER),
    ),
    28: KrbCode(
        "KDC_ERR_PATH_NOT_ACCEPTED",
        "the domain does not accept the trust path of the ticket: more than one hop across a trust that is not "
        "transitive",
        _ROUTE,
    ),
    29: KrbCode(
        "KDC_ERR_SVC_UNAVAILABLE",
        "the KDC cannot reach a server that it needs, typically a global catalog or a controller of the other domain",
        (looks(says="Allow TCP and UDP 88 and 389, and TCP 3268, between the controllers of both domains"),),
    ),
    31: KrbCode(
        "KRB_AP_ERR_BAD_INTEGRITY",
        "the ticket cannot be decrypted, because it is encrypted with a different key. From a KDC of the other "
        "domain: the "
        "two sides of the trust have different passwords",
        (*_STORAGE_KEY, *_TRUST),
    ),
    32: KrbCode("KRB_AP_ERR_TKT_EXPIRED", "the ticket has expired; hosts renew it automatically", _AGAIN),
    33: KrbCode(
        "KRB_AP_ERR_TKT_NYV", "the ticket is not valid yet, because the clocks of hosts or domains differ", _CLOCKS
    ),
    34: KrbCode("KRB_AP_ERR_REPEAT", "the same request arrived twice (a replay)"),
    35: KrbCode(
        "KRB_AP_ERR_NOT_US",
        "the ticket is not for this server. From a KDC of the other domain: it has no trustedDomain object for this "
        "domain",
        _TRUST,
    ),
    36: KrbCode("KRB_AP_ERR_BADMATCH", "the ticket and the request name different accounts", _AGAIN),
    37: KrbCode("KRB_AP_ERR_SKEW", "the clocks differ by more than the domain tolerates (five minutes)", _CLOCKS),
    38: KrbCode(
        "KRB_AP_ERR_BADADDR",
        "the ticket is bound to another address",
        (looks(says="Remove NAT between the host and the KDC"),),
    ),
    39: KrbCode("KRB_AP_ERR_BADVERSION", "the protocol version is wrong"),
    40: KrbCode("KRB_AP_ERR_MSG_TYPE", "the message type is not the expected one"),
    41: KrbCode(
        "KRB_AP_ERR_MODIFIED",
        "the storage cannot decrypt the ticket: the SPN is on another account, the name resolves to another server, "
        "or "
        "the storage's password or keytab is out of date",
        (*_SPN, *_STORAGE_KEY),
    ),
    42: KrbCode("KRB_AP_ERR_BADORDER", "messages arrived in the wrong order"),
    44: KrbCode(
        "KRB_AP_ERR_BADKEYVER",
        "the storage does not have the key version with which the ticket is encrypted",
        (*_AGAIN, *_STORAGE_KEY),
    ),
    45: KrbCode("KRB_AP_ERR_NOKEY", "the storage has no key for the realm of the ticket", _STORAGE_KEY),
    46: KrbCode(
        "KRB_AP_ERR_MUT_FAIL",
        "mutual authentication failed: the storage did not prove its identity",
        _SPN,
    ),
    47: KrbCode("KRB_AP_ERR_BADDIRECTION", "a message has the wrong direction"),
    48: KrbCode("KRB_AP_ERR_METHOD", "another authentication method is required"),
    49: KrbCode("KRB_AP_ERR_BADSEQ", "a sequence number is wrong"),
    50: KrbCode("KRB_AP_ERR_INAPP_CKSUM", "the checksum of the request is missing, or its type is not accepted"),
    51: KrbCode("KRB_AP_PATH_NOT_ACCEPTED", "the storage does not accept the trust path of the ticket"),
    52: KrbCode(
        "KRB_ERR_RESPONSE_TOO_BIG",
        "the answer does not fit into UDP, so the client repeats the request over TCP",
        _TCP,
    ),
    60: KrbCode(
        "KRB_ERR_GENERIC",
        "a generic error; the NTSTATUS or the text in it has the details. Causes include too many groups, a "
        "password that "
        "has not replicated, and an SPN that is too long",
        (*_WHY, looks(says="Without an NTSTATUS, read the System event log of the controller")),
    ),
    61: KrbCode("KRB_ERR_FIELD_TOOLONG", "the message is longer than the KDC accepts", _TCP),
    62: KrbCode("KDC_ERR_CLIENT_NOT_TRUSTED", "the account's certificate is not trusted", _CARD),
    63: KrbCode("KDC_ERR_KDC_NOT_TRUSTED", "the KDC's certificate is not trusted", _CARD),
    64: KrbCode("KDC_ERR_INVALID_SIG", "a signature of a certificate logon is not valid", _CARD),
    65: KrbCode("KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED", "the Diffie-Hellman parameters are too weak", _CARD),
    66: KrbCode("KDC_ERR_CERTIFICATE_MISMATCH", "the certificate belongs to another account", _CARD),
    67: KrbCode("KRB_AP_ERR_NO_TGT", "the server has no TGT for user-to-user authentication"),
    68: KrbCode(
        "KDC_ERR_WRONG_REALM",
        "a referral, not a fault: the account belongs to the realm that the answer names",
        (looks(says="Use that realm for the principal in the site file"),),
    ),
    69: KrbCode("KRB_AP_ERR_USER_TO_USER_REQUIRED", "the server requires user-to-user authentication"),
    70: KrbCode("KDC_ERR_CANT_VERIFY_CERTIFICATE", "the certificate chain cannot be built", _CARD),
    71: KrbCode("KDC_ERR_INVALID_CERTIFICATE", "a certificate of the chain is not valid", _CARD),
    72: KrbCode("KDC_ERR_REVOKED_CERTIFICATE", "the certificate was revoked", _CARD),
    73: KrbCode("KDC_ERR_REVOCATION_STATUS_UNKNOWN", "the revocation status of the certificate is unknown", _CARD),
    74: KrbCode("KDC_ERR_REVOCATION_STATUS_UNAVAILABLE", "the revocation list cannot be reached", _CARD),
    75: KrbCode("KDC_ERR_CLIENT_NAME_MISMATCH", "the certificate names another account", _CARD),
    76: KrbCode("KDC_ERR_KDC_NAME_MISMATCH", "the KDC's certificate names another realm", _CARD),
    77: KrbCode(
        "KDC_ERR_INCONSISTENT_KEY_PURPOSE", "the certificate is not valid for logon (extended key usage)", _CARD
    ),
    78: KrbCode(
        "KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED", "the digest algorithm of the certificate is not accepted", _CARD
    ),
    79: KrbCode("KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED", "a certificate logon lacks its checksum", _CARD),
    80: KrbCode(
        "KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED",
        "the digest algorithm of a certificate logon is not accepted",
        _CARD,
    ),
    81: KrbCode("KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED", "the KDC requires Diffie-Hellman", _CARD),
    85: KrbCode("KRB_AP_ERR_IAKERB_KDC_NOT_FOUND", "the forwarding server finds no KDC"),
    86: KrbCode("KRB_AP_ERR_IAKERB_KDC_NO_RESPONSE", "the KDC did not respond to the forwarding server"),
    90: KrbCode("KDC_ERR_PREAUTH_EXPIRED", "the pre-authentication has expired; the client starts again"),
    91: KrbCode("KDC_ERR_MORE_PREAUTH_DATA_REQUIRED", "the KDC requires another round of pre-authentication"),
    92: KrbCode("KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET", "the KDC does not support this pre-authentication set"),
    93: KrbCode("KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS", "the KDC does not support an option of the FAST request"),
    100: KrbCode("KDC_ERR_NO_ACCEPTABLE_KDF", "the client and the KDC have no common key derivation function", _CARD),
}


def error_name(code: int) -> str:
    """The name in RFC 4120 7.5.9 and its successors."""
    known = KRB_CODES.get(code)
    return known.name if known else "unknown KRB-ERROR"
