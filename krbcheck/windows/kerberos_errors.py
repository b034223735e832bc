"""Kerberos error codes (RFC 4120 7.5.9, RFC 4556 3.1.3, RFC 6113 5.1): what each means here, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class KrbCode(NamedTuple):
    """`means` and `mend` speak of hosts and storage; `mend` is empty where nothing is to be done."""

    name: str
    means: str
    mend: str = ""


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

_CLOCKS = "w32tm /resync on the host and on the controllers; the storage takes its time from a controller too"
_CARD = "Look at the certificates of the account and of the controllers; hosts and storage need none to log on"
_REPAIR = "Test-ComputerSecureChannel -Repair on the host, or set the account's password and make its keytab anew"
_AGAIN = "klist -li 0x3e7 purge on the host, then connect again"
_DELEGATION = "Look at the account's delegation: Get-ADComputer HOST -Properties msDS-AllowedToDelegateTo"

KRB_CODES: Mapping[int, KrbCode] = {
    0: KrbCode("KDC_ERR_NONE", "no error"),
    1: KrbCode(
        "KDC_ERR_NAME_EXP",
        "the account that asks has expired",
        "Clear-ADAccountExpiration -Identity ACCOUNT",
    ),
    2: KrbCode(
        "KDC_ERR_SERVICE_EXP",
        "the storage's account has expired",
        "Clear-ADAccountExpiration -Identity ACCOUNT in the storage's domain",
    ),
    3: KrbCode("KDC_ERR_BAD_PVNO", "the KDC does not speak this version of the protocol"),
    4: KrbCode("KDC_ERR_C_OLD_MAST_KVNO", "the account's key lies under an old master key of the KDC"),
    5: KrbCode("KDC_ERR_S_OLD_MAST_KVNO", "the storage's key lies under an old master key of the KDC"),
    6: KrbCode(
        "KDC_ERR_C_PRINCIPAL_UNKNOWN",
        "this KDC has no such account: a misspelt name, the wrong realm, or a controller that has not replicated",
        "Get-ADComputer NAME -Server CONTROLLER on each controller; correct the name or realm in the site file",
    ),
    7: KrbCode(
        "KDC_ERR_S_PRINCIPAL_UNKNOWN",
        "this KDC finds the service neither in its domain nor through its trusts: the SPN is missing or is registered "
        "twice, the name is an alias, or it lies behind an external trust, which carries no names",
        "setspn -Q cifs/NAME in the storage's domain; register it with setspn -S, or set 'Use forest search order' "
        "(Kerberos client and KDC) for the storage's domain. Hosts remember the refusal for 15 minutes",
    ),
    8: KrbCode(
        "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
        "the SPN is registered on more than one account",
        "setspn -X -F lists the owners; setspn -D cifs/NAME WRONGACCOUNT",
    ),
    9: KrbCode("KDC_ERR_NULL_KEY", "the account has no key: its password was never set", _REPAIR),
    10: KrbCode("KDC_ERR_CANNOT_POSTDATE", "a ticket for later was asked for and is not given", _CLOCKS),
    11: KrbCode("KDC_ERR_NEVER_VALID", "the ticket would end before it starts: the clocks differ", _CLOCKS),
    12: KrbCode(
        "KDC_ERR_POLICY",
        "a rule of the domain forbids it: logon hours or workstations, selective authentication on the trust, or "
        "delegation across it; the NTSTATUS beside it says which",
        "krbcheck explain with that NTSTATUS; for 0xC0000413 grant 'Allowed to authenticate' on the storage's account",
    ),
    13: KrbCode(
        "KDC_ERR_BADOPTION",
        "the KDC does not grant what was asked with the ticket: delegation that is not allowed, or a TGT about to end",
        _DELEGATION,
    ),
    14: KrbCode(
        "KDC_ERR_ETYPE_NOSUPP",
        "no encryption type that the asking side, the account and the trust have in common; since April 2026 RC4 is no "
        "longer assumed for accounts that state none",
        "Set-ADComputer NAME -KerberosEncryptionType AES128,AES256, then set its password anew to get AES keys; for a "
        "trust: ksetup /setenctypeattr DOMAIN AES128-CTS-HMAC-SHA1-96 AES256-CTS-HMAC-SHA1-96",
    ),
    15: KrbCode("KDC_ERR_SUMTYPE_NOSUPP", "the KDC does not know the kind of checksum"),
    16: KrbCode("KDC_ERR_PADATA_TYPE_NOSUPP", "the KDC does not take this proof; mostly a smart card matter", _CARD),
    17: KrbCode("KDC_ERR_TRTYPE_NOSUPP", "the KDC does not know the form of the path through realms"),
    18: KrbCode(
        "KDC_ERR_CLIENT_REVOKED",
        "the account that asks is disabled, locked or expired; the NTSTATUS beside it says which",
        "Enable-ADAccount, Unlock-ADAccount or Clear-ADAccountExpiration -Identity ACCOUNT",
    ),
    19: KrbCode(
        "KDC_ERR_SERVICE_REVOKED",
        "the storage's account is disabled",
        "Enable-ADAccount -Identity ACCOUNT in the storage's domain",
    ),
    20: KrbCode(
        "KDC_ERR_TGT_REVOKED",
        "the TGT is no longer taken; also where controllers of different patch levels do not understand each "
        "other's PAC",
        _AGAIN + "; bring all controllers to one patch level",
    ),
    21: KrbCode("KDC_ERR_CLIENT_NOTYET", "the account is not valid yet", _CLOCKS),
    22: KrbCode("KDC_ERR_SERVICE_NOTYET", "the storage's account is not valid yet", _CLOCKS),
    23: KrbCode(
        "KDC_ERR_KEY_EXPIRED",
        "the account's password has expired or must be changed first",
        "Set-ADAccountPassword -Identity ACCOUNT",
    ),
    24: KrbCode(
        "KDC_ERR_PREAUTH_FAILED",
        "the key does not fit: a wrong password, or a keytab older than the account's password",
        _REPAIR,
    ),
    25: KrbCode("KDC_ERR_PREAUTH_REQUIRED", "the ordinary first answer: the KDC wants a proof"),
    26: KrbCode("KDC_ERR_SERVER_NOMATCH", "the ticket sent along is for another account"),
    27: KrbCode(
        "KDC_ERR_MUST_USE_USER2USER",
        "the name belongs to an ordinary user account, not to a computer or service",
        "setspn -D cifs/NAME USER, then setspn -S cifs/NAME STORAGE$",
    ),
    28: KrbCode(
        "KDC_ERR_PATH_NOT_ACCEPTED",
        "the ticket came by a way that the domain does not accept: further than one hop across a trust that is not "
        "transitive",
        "Make a trust between the two domains themselves, or a forest trust",
    ),
    29: KrbCode(
        "KDC_ERR_SVC_UNAVAILABLE",
        "the KDC lacks something it needs, mostly a global catalogue or a controller of the other domain",
        "Open TCP and UDP 88 and 389, and TCP 3268, between the controllers of both domains",
    ),
    31: KrbCode(
        "KRB_AP_ERR_BAD_INTEGRITY",
        "the ticket cannot be decrypted: another key was used. From a KDC of the other domain: the two sides of the "
        "trust have different passwords",
        "For the storage: renew its machine password and keytab. For a trust: netdom trust DOMAIN /domain:OTHER "
        "/resetOneSide /passwordT:NEW /userO:ADMINISTRATOR /passwordO:* on both sides",
    ),
    32: KrbCode("KRB_AP_ERR_TKT_EXPIRED", "the ticket has ended; hosts get a new one by themselves", _AGAIN),
    33: KrbCode("KRB_AP_ERR_TKT_NYV", "the ticket is not valid yet: the clocks of hosts or domains differ", _CLOCKS),
    34: KrbCode("KRB_AP_ERR_REPEAT", "the same request came twice, as in a replay"),
    35: KrbCode(
        "KRB_AP_ERR_NOT_US",
        "the ticket is not for this server. From a KDC of the other domain: it has no trust object for ours",
        "Get-ADTrust -Filter * on both sides; make the missing side: netdom trust DOMAIN /domain:OTHER /add /twoway",
    ),
    36: KrbCode("KRB_AP_ERR_BADMATCH", "ticket and request name different accounts", _AGAIN),
    37: KrbCode("KRB_AP_ERR_SKEW", "the clocks are further apart than the domain allows (five minutes)", _CLOCKS),
    38: KrbCode("KRB_AP_ERR_BADADDR", "the ticket is bound to another address", "Route to the KDC without NAT"),
    39: KrbCode("KRB_AP_ERR_BADVERSION", "the protocol's version does not fit"),
    40: KrbCode("KRB_AP_ERR_MSG_TYPE", "not the message that was due"),
    41: KrbCode(
        "KRB_AP_ERR_MODIFIED",
        "the storage cannot decrypt the ticket: the SPN lies on another account, the name leads to another machine, "
        "or the storage's password or keytab is out of date",
        "setspn -Q cifs/NAME must name the storage's account alone; compare the name's address; then renew the "
        "storage's machine password and keytab",
    ),
    42: KrbCode("KRB_AP_ERR_BADORDER", "messages came in the wrong order"),
    44: KrbCode(
        "KRB_AP_ERR_BADKEYVER",
        "the storage does not hold the version of the key that the ticket was made with",
        "Renew the storage's keytab; then " + _AGAIN,
    ),
    45: KrbCode("KRB_AP_ERR_NOKEY", "the storage holds no key for the ticket's realm", "Renew the storage's keytab"),
    46: KrbCode("KRB_AP_ERR_MUT_FAIL", "the storage did not prove who it is", "setspn -Q cifs/NAME"),
    47: KrbCode("KRB_AP_ERR_BADDIRECTION", "a message came back to its sender"),
    48: KrbCode("KRB_AP_ERR_METHOD", "another way of authentication is wanted"),
    49: KrbCode("KRB_AP_ERR_BADSEQ", "a sequence number does not fit"),
    50: KrbCode("KRB_AP_ERR_INAPP_CKSUM", "the request's checksum is missing, or not of a kind that is taken here"),
    51: KrbCode("KRB_AP_PATH_NOT_ACCEPTED", "the storage does not accept the ticket's way through the realms"),
    52: KrbCode(
        "KRB_ERR_RESPONSE_TOO_BIG",
        "the answer does not fit into UDP; the same question goes by TCP",
        "Open TCP 88 to the controllers",
    ),
    60: KrbCode(
        "KRB_ERR_GENERIC",
        "an error without a number of its own; the NTSTATUS or the text beside it says more. Too many groups, a "
        "password not yet replicated and an SPN too long end so",
        "krbcheck explain with that NTSTATUS; else the controller's System log",
    ),
    61: KrbCode("KRB_ERR_FIELD_TOOLONG", "the message is longer than the KDC takes", "Open TCP 88 to the controllers"),
    62: KrbCode("KDC_ERR_CLIENT_NOT_TRUSTED", "the account's certificate is not trusted", _CARD),
    63: KrbCode("KDC_ERR_KDC_NOT_TRUSTED", "the KDC's certificate is not trusted", _CARD),
    64: KrbCode("KDC_ERR_INVALID_SIG", "a signature of a certificate logon does not hold", _CARD),
    65: KrbCode("KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED", "the Diffie-Hellman parameters are too weak", _CARD),
    66: KrbCode("KDC_ERR_CERTIFICATE_MISMATCH", "the certificate belongs to another account", _CARD),
    67: KrbCode("KRB_AP_ERR_NO_TGT", "the other side has no TGT to encrypt to"),
    68: KrbCode(
        "KDC_ERR_WRONG_REALM",
        "not a fault but a redirection: the account belongs to the realm that the answer names",
        "Write that realm behind the principal in the site file",
    ),
    69: KrbCode("KRB_AP_ERR_USER_TO_USER_REQUIRED", "the other side can only be reached user to user"),
    70: KrbCode("KDC_ERR_CANT_VERIFY_CERTIFICATE", "the certificate's chain cannot be followed", _CARD),
    71: KrbCode("KDC_ERR_INVALID_CERTIFICATE", "a certificate of the chain is not valid", _CARD),
    72: KrbCode("KDC_ERR_REVOKED_CERTIFICATE", "the certificate was revoked", _CARD),
    73: KrbCode("KDC_ERR_REVOCATION_STATUS_UNKNOWN", "nobody says whether the certificate was revoked", _CARD),
    74: KrbCode("KDC_ERR_REVOCATION_STATUS_UNAVAILABLE", "the revocation list cannot be reached", _CARD),
    75: KrbCode("KDC_ERR_CLIENT_NAME_MISMATCH", "the certificate names another account", _CARD),
    76: KrbCode("KDC_ERR_KDC_NAME_MISMATCH", "the KDC's certificate names another realm", _CARD),
    77: KrbCode("KDC_ERR_INCONSISTENT_KEY_PURPOSE", "the certificate is not meant for logon", _CARD),
    78: KrbCode("KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED", "the certificate's digest is not taken", _CARD),
    79: KrbCode("KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED", "a certificate logon lacks its checksum", _CARD),
    80: KrbCode("KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED", "the digest of a certificate logon is not taken", _CARD),
    81: KrbCode("KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED", "the KDC wants Diffie-Hellman instead", _CARD),
    85: KrbCode("KRB_AP_ERR_IAKERB_KDC_NOT_FOUND", "the server that forwards finds no KDC"),
    86: KrbCode("KRB_AP_ERR_IAKERB_KDC_NO_RESPONSE", "the KDC did not answer the server that forwards"),
    90: KrbCode("KDC_ERR_PREAUTH_EXPIRED", "the logon took too long; it starts anew"),
    91: KrbCode("KDC_ERR_MORE_PREAUTH_DATA_REQUIRED", "the KDC wants another round of proof"),
    92: KrbCode("KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET", "the KDC does not know this set of proofs"),
    93: KrbCode("KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS", "the KDC does not know an option of the armoured request"),
    100: KrbCode("KDC_ERR_NO_ACCEPTABLE_KDF", "no way to derive keys that both sides know", _CARD),
}


def error_name(code: int) -> str:
    """The name in RFC 4120 7.5.9 and its successors."""
    known = KRB_CODES.get(code)
    return known.name if known else "unknown KRB-ERROR"
