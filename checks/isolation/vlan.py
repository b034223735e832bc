"""Checks that the data paths of a VMstore are data addresses of it, and that no two tenants share a VLAN.

A VMstore assigns each of its data addresses to a VLAN. Tenants whose data addresses are in one VLAN are separated by no
router: each host reaches the addresses of the others, and can use an address of another tenant. krbcheck compares the
addresses that the REST API returns with the data paths of the site file. An address that the VMstore does not have as a
data address, such as that of the management, is an error in the site file or in DNS, or the VMstore lost it. Without
`address` in the site file a data path is not compared. isolation.network tests whether a tenant can connect.

Evidence: the complete list of the VMstore's addresses with their services and VLANs (REST). An IPv6 address that is
absent from the list is not determined: older versions of the API do not return IPv6 addresses. Where the VMstore does
not state the VLAN of a data address, it is not determined whether its tenant shares a VLAN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.vmstore import ApplianceAddress, ApplianceAddresses, RestRefusal, VmstoreAnswer, VmstoreAnswers
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Storage, Tenant
from krbcheck.windows.remedy import changes, looks

SUPER_ADMIN = "the role Super Admin"
DATA = "data"
SHARED = Problem(
    "shared",
    Severity.WARNING,
    says="The data paths of {tenants} on {storage} are in the same VLAN: {found}",
    remedy=(
        looks(
            says="Settings > Networking: the VLAN of each data IP",
            on="the VMstore user interface of {storage}",
            needs=SUPER_ADMIN,
        ),
        changes(
            says="Assign the data IP of each tenant to the VLAN of that tenant, on {storage} and on its switch ports",
            on="the VMstore user interface of {storage}, and the switch",
            needs=SUPER_ADMIN,
            undo_says="assign the former VLANs again",
            verify="krbcheck run SITE --only isolation.vlan,isolation.network",
            shows="isolation.vlan has no problem",
            caution="the hosts of the tenant lose their virtual disks until the VLAN is there: move the machines first",
            interrupts=True,
        ),
    ),
    means="Nothing but permissions separates these tenants, and a host can use another tenant's address.",
)
NOT_DATA = Problem(
    "not-a-data-address",
    Severity.WARNING,
    says="{address}, the address of {path}, is no data address of {storage}: {found}",
    remedy=(
        looks(
            says="Settings > Networking: the data IPs",
            on="the VMstore user interface of {storage}",
            needs=SUPER_ADMIN,
            shows="an address for {path}",
        ),
        looks("Resolve-DnsName {path}", on="a host of {tenant}", shows="the same address as the site file"),
        changes(
            says="Add {address} as a data IP, or correct the address of {path} in the site file and in DNS",
            on="the VMstore user interface of {storage}, or the site file and the DNS server",
            undo_says="remove the data IP, or write the former address again",
            verify="Test-NetConnection {path} -Port 445",
            shows="TcpTestSucceeded : True on a host of {tenant}",
        ),
    ),
    means="Hosts that use this address reach the management interface of the VMstore, another server, or none.",
)


@check(
    id="isolation.vlan",
    title="The data paths of a VMstore are data addresses in a VLAN of each tenant",
    tells="Which tenants share a VLAN of the storage, and which data path has no data address.",
    problems=[SHARED, NOT_DATA],
    refs=["IEEE 802.1Q"],
)
def isolation_vlan(site: Site, answers: VmstoreAnswers) -> Iterator[Verdict]:
    for storage in site.storages:
        if storage.vmstore_api is None:
            continue
        found = list(answers.of(storage.name))
        if not found:
            yield unknown(storage.name, f"the REST API of {storage.name} was not queried")
        else:
            yield from _judged(site, storage, next(filter(_known, found), found[0]))


def _known(answer: VmstoreAnswer) -> bool:
    return isinstance(answer.addresses, Observed) and isinstance(answer.addresses.value, ApplianceAddresses)


def _judged(site: Site, storage: Storage, answer: VmstoreAnswer) -> Iterator[Verdict]:
    seen, about = answer.addresses, {"storage": storage.name, "appliance": storage.name}
    match seen:
        case Unobserved():
            yield unknown(storage.name, seen, about=about)
        case Observed(value=RestRefusal() as refusal):
            yield unknown(storage.name, seen, says=refusal.reason(storage.name), about=about)
        case Observed(value=ApplianceAddresses(addresses=addresses, whole=whole)):
            known = {_canonical(entry.address): entry for entry in addresses}
            yield from _paths(site, storage, known, seen, whole=whole)
            yield from _shared(site, storage, known, seen)


def _paths(
    site: Site, storage: Storage, known: Mapping[str, ApplianceAddress], seen: Observation[object], *, whole: bool
) -> Iterator[Verdict]:
    silent = _without_vlan(site, storage, known)
    for tenant, path in _stated(site, storage):
        entry = known.get(_canonical(path.stated_address))
        if entry is not None and entry.service.lower() == DATA:
            if silent:
                says = f"{storage.name} does not state the VLAN of {silent}"
                yield unknown(path.name, seen, tenant=tenant.name, says=says)
            else:
                yield fine(path.name, seen, tenant=tenant.name)
        elif entry is None and (":" in path.stated_address or not whole):
            lacks = "older versions return no IPv6 address" if whole else "the list of its addresses is not complete"
            says = f"{storage.name} does not return {path.stated_address}; {lacks}"
            yield unknown(path.name, seen, tenant=tenant.name, says=says)
        else:
            yield NOT_DATA(
                path.name,
                seen,
                tenant=tenant.name,
                expected="a data address",
                found=f"an address of service {entry.service}" if entry else "not among the addresses that it returns",
                address=path.stated_address,
                path=path.name,
                storage=storage.name,
            )


def _without_vlan(site: Site, storage: Storage, known: Mapping[str, ApplianceAddress]) -> str:
    """An address whose VLAN may be that of another tenant, because the VMstore does not state it; else empty."""
    used = {(tenant.name, _canonical(path.stated_address)) for tenant, path in _stated(site, storage)}
    if len({tenant for tenant, _ in used}) < 2:
        return ""
    return min((address for _, address in used if address in known and known[address].vlan is None), default="")


def _shared(
    site: Site, storage: Storage, known: Mapping[str, ApplianceAddress], seen: Observation[object]
) -> Iterator[Verdict]:
    users: dict[int, dict[str, list[str]]] = {}
    for tenant, path in _stated(site, storage):
        entry = known.get(_canonical(path.stated_address))
        if entry is not None and entry.vlan is not None and entry.service.lower() == DATA:
            users.setdefault(entry.vlan, {}).setdefault(tenant.name, []).append(path.stated_address)
    for vlan, tenants in users.items():
        if len(tenants) > 1:
            shown = [f"{address} of {tenant}" for tenant, addresses in tenants.items() for address in addresses]
            yield SHARED(
                f"VLAN {vlan or 'untagged'} of {storage.name}",
                seen,
                expected="a VLAN for each tenant",
                found=f"{', '.join(shown)} {f'in VLAN {vlan}' if vlan else 'without a VLAN (untagged)'}",
                tenants=sorted(tenants),
                storage=storage.name,
            )


def _stated(site: Site, storage: Storage) -> Iterator[tuple[Tenant, DataPath]]:
    return ((tenant, path) for tenant, path in site.paths() if path.storage == storage.name and path.stated_address)


def _canonical(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        return address
