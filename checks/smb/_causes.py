"""Why a storage refuses a session, and what mends it: by the KRB-ERROR it sends, else by the NTSTATUS."""

from __future__ import annotations

from krbcheck.facts.storage import SmbSetUp
from krbcheck.krb_codes import KRB_CODES, error_name
from krbcheck.ntstatus_codes import (
    STATUS_LOGON_FAILURE,
    mends,
    ntstatus_means,
    ntstatus_name,
)
from krbcheck.site import DataPath, Principal, Storage

LOOK = "The storage's own log of that moment says why: Event Viewer, Security (Windows), log.smbd (Samba)"
WRONG_KEY = {31, 35, 41, 44, 45}
"""KRB_AP_ERR_BAD_INTEGRITY, NOT_US, MODIFIED, BADKEYVER, NOKEY: the storage cannot open the ticket."""


def found(said: SmbSetUp) -> str:
    """What came back, as a person looks it up."""
    if said.krb_error is not None:
        return f"{error_name(said.krb_error)} ({said.krb_error})"
    return ntstatus_name(said.status)


def cause(path: DataPath, said: SmbSetUp, storage: Storage, realm: str) -> str:
    """`realm` issued the ticket."""
    if is_foreign(said, storage, realm):
        return f"the ticket is of {realm}, where {path.spn} lies on another account than the storage's"
    if said.krb_error in WRONG_KEY:
        return ntstatus_means(STATUS_LOGON_FAILURE)
    known = KRB_CODES.get(said.krb_error) if said.krb_error is not None else None
    return known.means if known else ntstatus_means(said.status)


def is_foreign(said: SmbSetUp, storage: Storage, realm: str) -> bool:
    """Whether the storage cannot open the ticket, and another domain than its own has issued it."""
    unopened = said.krb_error in WRONG_KEY or (said.krb_error is None and said.status == STATUS_LOGON_FAILURE)
    return unopened and bool(realm) and realm.lower() != storage.domain


def mend(principal: Principal, path: DataPath, said: SmbSetUp, storage: Storage, realm: str) -> str:
    """The command or setting, with the names filled in."""
    if is_foreign(said, storage, realm):
        return f"setspn -T {realm.lower()} -Q {path.spn} names the account; setspn -D {path.spn} <that account> there"
    if said.krb_error is not None and said.krb_error not in WRONG_KEY:
        known = KRB_CODES.get(said.krb_error)
        if known and known.mend:
            return known.mend
    remedy = mends(
        STATUS_LOGON_FAILURE if said.krb_error in WRONG_KEY else said.status,
        principal=principal.name,
        account=principal.account,
        domain=principal.realm.lower(),
        spn=path.spn,
        path=path.name,
        owner=storage.account.rpartition("@")[0],
        controller_domain=storage.domain,
    )
    return remedy or LOOK
