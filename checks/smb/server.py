"""All data paths of a storage lead to one server.

Each SMB server has a GUID that it tells in its answer to a NEGOTIATE, the same at every address and to everybody. Two
GUIDs behind the names of one storage are two servers: an address that another machine has too or has got since, a
name that leads to the predecessor, a load balancer. Tickets are made for the one and land at the other by turns, locks
are not shared, and two hosts of a cluster may write the same virtual disk. A cluster whose shares say so (scale-out) is
several servers on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.smb_features import CAP_CLUSTER, CAP_SCALE_OUT, DialectAnswer, DialectReplies, SmbDialects
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant

from ._asked import in_the_dark, seen_or_why

Told = Mapping[str, Sequence[tuple[DialectAnswer, Observed[DialectReplies]]]]
"""What was told by servers, by GUID."""

DIFFERS = Problem(
    "differs",
    Severity.ERROR,
    says="The data paths of {subject} lead to {count} servers: {found}",
    remedy="Find the machine behind each address by its MAC address (Get-NetNeighbor -IPAddress {addresses}, or ip "
    "neigh, on a host of that VLAN) and take the address from the one that ought not to have it; if they are nodes "
    "of one cluster, state each as a storage of its own",
    means="A host's ticket is made for one server and may land at the other; what is written by one name is not seen "
    "by the other, or is written by both.",
)


@check(
    id="smb.server",
    title="All data paths of a storage lead to the same server",
    tells="Whether two servers answer for one storage.",
    problems=[DIFFERS],
    refs=["MS-SMB2 2.2.4 (ServerGuid)"],
    part_is_enough=[SmbSessions],
)
def smb_server(site: Site, dialects: SmbDialects, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    for storage in site.storages:
        paths = [(tenant, path) for tenant, path in site.paths() if path.storage == storage.name]
        told = _told(dialects, paths)
        if len(told) > 1 and not _clustered(sessions, paths):
            yield _differs(storage.name, told, _told(dialects, list(site.paths())))
        else:
            for tenant, path in paths:
                yield _of_path(tenant, path, dialects, vantages)


def _told(dialects: SmbDialects, paths: Sequence[tuple[Tenant, DataPath]]) -> Told:
    found: dict[str, list[tuple[DialectAnswer, Observed[DialectReplies]]]] = {}
    for tenant, path in paths:
        for one in dialects.of(tenant.name, path.name):
            if isinstance(one.seen, Observed):
                for guid in dict.fromkeys(reply.server_guid for reply in one.seen.value.spoken):
                    found.setdefault(guid, []).append((one, one.seen))
    return found


def _clustered(sessions: SmbSessions, paths: Sequence[tuple[Tenant, DataPath]]) -> bool:
    """Whether any share at these data paths says that several servers have it."""
    seen = [one.seen for tenant, path in paths for one in sessions.kerberos(tenant.name, path.name)]
    trees = [tree for one in seen if isinstance(one, Observed) for tree in one.value.trees]
    return any(one.capabilities & (CAP_SCALE_OUT | CAP_CLUSTER) for one in trees)


def _differs(storage: str, told: Told, everywhere: Told) -> Finding:
    found, addresses = [], []
    for guid, answers in told.items():
        names = dict.fromkeys(f"{one.path} ({one.address})" for one, _ in answers)
        others = {one.storage for one, _ in everywhere[guid]} - {storage}
        whose = f", which is {' and '.join(sorted(others))} too" if others else ""
        found.append(f"{', '.join(names)} is {guid or 'without a GUID'}{whose}")
        addresses += [one.address for one, _ in answers]
    return DIFFERS(
        storage,
        *(seen for answers in told.values() for _, seen in answers),
        expected="one server GUID",
        found="; ".join(found),
        count=str(len(told)),
        addresses=list(dict.fromkeys(addresses)),
    )


def _of_path(tenant: Tenant, path: DataPath, dialects: SmbDialects, vantages: Vantages) -> Verdict:
    seen = seen_or_why((one.seen for one in dialects.of(tenant.name, path.name)), vantages, tenant.name)
    if not isinstance(seen, Observed):
        return in_the_dark(path.name, seen, tenant.name)
    if not seen.value.spoken:
        return unknown(path.name, seen, tenant=tenant.name, says="it speaks no dialect of SMB 2 or 3")
    return fine(path.name, seen, tenant=tenant.name)
