"""Checks that all data paths of a storage connect to the same server.

Each SMB server returns its GUID in the NEGOTIATE response, the same at every address and to every client. Two GUIDs
behind the names of one storage mean two servers: an address that is used twice, a name that still resolves to the
replaced server, or a load balancer. Then a ticket for one server can reach the other, the servers do not share locks,
and two hosts of a cluster can write to the same virtual disk. A scale-out cluster, which sets a flag on its shares,
intentionally consists of several servers.

Evidence: the server GUID in the reply to NEGOTIATE of every data path, and the flags of a share where GUIDs differ. A
data path that did not answer can connect to another server, so without it no path of the storage is fine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.smb_features import SmbDialects
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.query_gaps import seen_or_why
from krbcheck.views.server_guids import ServerGuids, Servers
from krbcheck.windows.remedy import changes, looks

from ._wording import in_the_dark

DIFFERS = Problem(
    "differs",
    Severity.ERROR,
    says="The data paths of {subject} connect to {count} servers: {servers}",
    remedy=(
        looks(
            "Get-NetNeighbor -IPAddress {addresses} | Select-Object IPAddress, LinkLayerAddress",
            says="Find the server of each address by its MAC address; on Linux: ip neigh",
            on="a host of that VLAN",
        ),
        looks(says="If the servers are nodes of one cluster, state each as a storage of its own in the site file"),
        changes(
            says="Remove the address from the server that must not have it",
            on="that server",
            undo_says="assign the address again",
            caution="clients of that server lose their connections to this address",
            interrupts=True,
        ),
    ),
    means="A ticket for one server can reach the other. Files that a host writes through one name do not exist under "
    "the other name.",
    explains=[explains("smb.session/rejected", same="storage address", where={"reason": "address"})],
)
UNTRIED = "{count} servers respond, and no session showed whether they are nodes of a cluster"


@check(
    id="smb.server",
    title="All data paths of a storage connect to the same server",
    tells="Whether two servers answer for one storage.",
    problems=[DIFFERS],
    refs=["MS-SMB2 2.2.4 (ServerGuid)"],
    part_is_enough=[SmbSessions],
)
def smb_server(site: Site, dialects: SmbDialects, servers: ServerGuids, vantages: Vantages) -> Iterator[Verdict]:
    for storage in site.storages:
        paths = [(tenant, path) for tenant, path in site.paths() if path.storage == storage.name]
        replies = servers.at(paths)
        clustered = servers.clustered(paths) if len(replies) > 1 else True
        if clustered is None:
            grounds = [seen for answers in replies.values() for _, seen in answers]
            yield unknown(storage.name, *grounds, says=UNTRIED.format(count=len(replies)))
        elif not clustered:
            yield _differs(storage.name, replies, servers.at(site.paths()))
        else:
            verdicts = [_of_path(tenant, path, dialects, vantages) for tenant, path in paths]
            unseen = [verdict for verdict in verdicts if isinstance(verdict, Unknown)] if len(replies) < 2 else []
            for verdict in verdicts:
                yield _with_others(verdict, unseen) if isinstance(verdict, Fine) and unseen else verdict


def _differs(storage: str, reply: Servers, everywhere: Servers) -> Finding:
    found, servers, addresses = [], [], []
    for guid, answers in reply.items():
        names = dict.fromkeys(f"{answer.path} ({answer.address})" for answer, _ in answers)
        others = {answer.storage for answer, _ in everywhere[guid]} - {storage}
        whose = f" (also {' and '.join(sorted(others))})" if others else ""
        found.append(f"{', '.join(names)} has {f'GUID {guid}' if guid else 'no GUID'}{whose}")
        servers.append(f"{', '.join(names)}{whose}")
        addresses += [answer.address for answer, _ in answers]
    return DIFFERS(
        storage,
        *(seen for answers in reply.values() for _, seen in answers),
        expected="one server GUID",
        found="; ".join(found),
        count=str(len(reply)),
        servers="; ".join(servers),
        addresses=list(dict.fromkeys(addresses)),
    )


def _with_others(verdict: Fine, unseen: Sequence[Unknown]) -> Verdict:
    """A path is not determined while another path of its storage can connect to another server."""
    others = ", ".join(other.subject for other in unseen)
    says = f"the server of {others} is not known, so it can be another one"
    because = (*unseen[0].because, *verdict.because)
    server = {name: values for name, values in unseen[0].labels.items() if name in ("server", "endpoint")}
    return Unknown(verdict.subject, says, verdict.tenant, because, unanswered=unseen[0].unanswered, labels=server)


def _of_path(tenant: Tenant, path: DataPath, dialects: SmbDialects, vantages: Vantages) -> Verdict:
    seen = seen_or_why((dialect.seen for dialect in dialects.of(tenant.name, path.name)), vantages, tenant.name)
    if not isinstance(seen, Observed):
        return in_the_dark(path.name, seen, tenant.name)
    if not seen.value.spoken:
        return unknown(path.name, seen, tenant=tenant.name, says=f"{path.name} supports no dialect of SMB 2 or 3")
    return fine(path.name, seen, tenant=tenant.name)
