"""What to do where a storage rejects queries: the REST API of a VMstore, or RPC as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from krbcheck.facts.endpoints import server_and_port
from krbcheck.facts.listed_shares import ShareList
from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.facts.share_access import StorageLists
from krbcheck.facts.smb import RightsReply
from krbcheck.facts.vmstore import RestRefusal
from krbcheck.views.rejected_readers import NO_INTERFACE

DENIED = (
    "The role of the account under vmstore_api does not allow this query: on {server}, Settings > Management Access, "
    "grant it a role that does (Super Admin allows every query), or accept that the result is not determined"
)
REDIRECTED = "Correct url under vmstore_api in the site file: krbcheck sends no password to the target of a redirect"
ABSENT = "The firmware of {server} does not have this query: a newer firmware may have it"
LIMITED = "Run krbcheck again in some minutes, while no other client sends many queries to the REST API of {server}"
STARTING = "{server} starts or is overloaded: run krbcheck again in some minutes; if the error stays, read its alerts"
FAILED = "Run krbcheck again; if the error stays, read the alerts of {server}, and report the error to Tintri's support"
OF_SESSION = ("SESSION_SETUP", "TREE_CONNECT IPC$")
LET_IN = (
    "Allow the account that the site file states for the storage's domain (domains: account) to connect to IPC$ of the "
    "storage; an ordinary account is sufficient. Until then rights, access lists and local groups are not determined"
)
BY_REST = (
    "If the storage is a VMstore, state its REST API in the site file (storage: vmstore_api): it returns the roles and "
    "the access lists; of another appliance they are not determined"
)
BY_STATUS: Mapping[int, str] = {401: DENIED, 403: DENIED, 404: ABSENT, 429: LIMITED, 502: STARTING, 503: STARTING}
"""By HTTP status (RFC 9110 section 15, RFC 6585 section 4)."""


def next_of(because: Iterable[Ground]) -> str:
    """Returns the next step of the first error among the evidence that has one."""
    return next(filter(None, (_next(ground) for ground in because if isinstance(ground, Observed))), "")


def _next(seen: Observed[object]) -> str:
    match seen.value:
        case RestRefusal() as refusal:
            server, _ = server_and_port(seen.of)
            return _template(refusal.status).format(server=server or "the VMstore")
        case StorageLists() | RightsReply() | ShareList() as reply if reply.refused:
            return BY_REST if reply.status in NO_INTERFACE else LET_IN if reply.refused in OF_SESSION else ""
    return ""


def _template(status: int) -> str:
    redirected = REDIRECTED if 300 <= status < 400 else ""
    return BY_STATUS.get(status, "") or redirected or (FAILED if status >= 500 else "")
