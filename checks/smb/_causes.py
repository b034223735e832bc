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
from krbcheck.site import DataPath, Principal, Site

WRONG_KEY = {31, 35, 41, 44, 45}
"""KRB_AP_ERR_BAD_INTEGRITY, NOT_US, MODIFIED, BADKEYVER, NOKEY: the storage cannot open the ticket."""


def found(said: SmbSetUp) -> str:
    """What came back, as a person looks it up."""
    if said.krb_error is not None:
        return f"{error_name(said.krb_error)} ({said.krb_error})"
    return ntstatus_name(said.status)


def cause(said: SmbSetUp) -> str:
    if said.krb_error in WRONG_KEY:
        return ntstatus_means(STATUS_LOGON_FAILURE)
    known = KRB_CODES.get(said.krb_error) if said.krb_error is not None else None
    return known.means if known else ntstatus_means(said.status)


def mend(site: Site, principal: Principal, path: DataPath, said: SmbSetUp) -> str:
    """The command or setting, with the names filled in."""
    if said.krb_error is not None and said.krb_error not in WRONG_KEY:
        known = KRB_CODES.get(said.krb_error)
        if known and known.mend:
            return known.mend
    storage = site.storage(path.storage)
    status = STATUS_LOGON_FAILURE if said.krb_error in WRONG_KEY else said.status
    remedy = mends(
        status,
        principal=principal.name,
        account=principal.account,
        domain=principal.realm.lower(),
        spn=path.spn,
        path=path.name,
        owner=storage.account.rpartition("@")[0],
        controller_domain=storage.domain,
    )
    return remedy or "The storage's own log of that moment says why: Event Viewer, Security (Windows), log.smbd (Samba)"
