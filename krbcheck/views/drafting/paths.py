"""Data paths from the SPNs of storages, and tenants from their networks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from krbcheck.facts.directory import Accounts, Directories
from krbcheck.facts.names import Controllers, SpnHosts
from krbcheck.facts.observation import Observation, Observed, Unobserved, why
from krbcheck.site.draft import Guess, PathDraft, StorageDraft, TenantDraft

Network = IPv4Network | IPv6Network
GUESSED_PREFIX = {4: 24, 6: 64}


@dataclass(frozen=True)
class SpnHost:
    """A host name in an SPN of a storage's account, and its address; `why` if it has none."""

    storage: str
    name: str
    address: str
    why: str = ""


@dataclass(frozen=True)
class KnownNetwork:
    """A network and where it is from."""

    network: Network
    why: str


def account_of(directories: Directories, name: str) -> Observation[Accounts] | None:
    """Returns the first answer that contains an account, else the first answer."""
    answers = [answer.seen for answer in directories.answers_about(name)]
    found = (seen for seen in answers if isinstance(seen, Observed) and seen.value.found)
    return next(found, answers[0] if answers else None)


def why_no_account(directories: Directories, name: str) -> str:
    """Returns why an account is not known; empty if it is."""
    seen = account_of(directories, name)
    if seen is None:
        return f"no domain controller was queried for {name}"
    if isinstance(seen, Unobserved):
        return why(seen)
    return "" if seen.value.found else f"no account {name} exists"


def spn_hosts(storage: str, account: str, directories: Directories, answers: SpnHosts) -> list[SpnHost]:
    """Returns the fully qualified hosts in the cifs SPNs of a storage's account, or in its HOST SPNs if it has none."""
    seen = account_of(directories, account)
    spns = [spn for entry in seen.value.found for spn in entry.spns] if isinstance(seen, Observed) else []
    named: dict[str, list[str]] = {}
    for spn in spns:
        service, _, rest = spn.partition("/")
        host = rest.partition("/")[0].partition(":")[0].lower()
        if "." in host and host not in named.setdefault(service.lower(), []):
            named[service.lower()].append(host)
    return [_host(storage, host, answers) for host in named.get("cifs") or named.get("host") or ()]


def _host(storage: str, host: str, answers: SpnHosts) -> SpnHost:
    seen = [answer.seen for answer in answers.hosts if answer.host == host]
    held = [address for entry in seen if isinstance(entry, Observed) for address in entry.value.addresses]
    if held:
        return SpnHost(storage, host, held[0])
    silent = next((why(entry) for entry in seen if isinstance(entry, Unobserved)), "")
    return SpnHost(storage, host, "", silent or "no name server returns an address for it")


def managements(
    storages: Sequence[StorageDraft], hosts: Iterable[SpnHost], controllers: Controllers, known: Sequence[KnownNetwork]
) -> Iterator[SpnHost]:
    """Yields the hosts that are for administration, and notes them at their storages.

    A host is for administration if its network contains a domain controller, or if its first label is the name of the
    storage's account, and other hosts exist.
    """
    every = list(hosts)
    for storage in storages:
        own = [host for host in every if host.storage == storage.name]
        label = storage.account.partition("@")[0].rstrip("$").lower()
        for host in own:
            reason = _is_management(host, label, len(own) > 1, controllers, known)
            if reason and storage.management is None:
                storage.management = Guess(host.name, reason)
                yield host


def _is_management(
    host: SpnHost, label: str, several: bool, controllers: Controllers, known: Sequence[KnownNetwork]
) -> str:
    if host.address:
        network = network_of(host.address, known).network
        beside = (each for each in controllers.controllers if ip_address(each.address) in network)
        if controller := next(beside, None):
            return f"{host.address} is in the network of the domain controller {controller.host}"
    if several and host.name.partition(".")[0] == label:
        return "the name of the account itself; the others are names for tenants"
    return ""


def network_of(address: str, known: Iterable[KnownNetwork]) -> KnownNetwork:
    """Returns the smallest known network that contains an address; else a network of the usual size around it."""
    parsed = ip_address(address)
    holding = [entry for entry in known if parsed in entry.network]
    if holding:
        return max(holding, key=lambda entry: entry.network.prefixlen)
    guessed = ip_network(f"{address}/{GUESSED_PREFIX[parsed.version]}", strict=False)
    return KnownNetwork(guessed, "")


def tenants(
    hosts: Iterable[SpnHost], storages: Mapping[str, str], known: Sequence[KnownNetwork]
) -> tuple[list[TenantDraft], list[str]]:
    """Returns a tenant for each network with a data path, and a note for each host without an address.

    `storages` are the names of the storages' accounts without $, by the storages' names.
    """
    drafts: dict[str, TenantDraft] = {}
    notes: list[str] = []
    for host in hosts:
        if not host.address:
            notes.append(f"TODO data path {host.name} of {host.storage}: {host.why}; it has an SPN")
            continue
        entry = network_of(host.address, known)
        shown = str(entry.network)
        if shown not in drafts:
            name, reason = _name(host, storages[host.storage], entry.network)
            name = _unused(name, {draft.name for draft in drafts.values()})
            drafts[shown] = TenantDraft(name, reason)
            size = f"guessed from the address {host.address}; state the prefix length of the tenant's VLAN"
            drafts[shown].networks.append(Guess(shown, entry.why or size, todo=not entry.why))
        reason = f"SPN cifs/{host.name}; its address as the name servers return it"
        drafts[shown].paths.append(PathDraft(host.name, host.storage, host.address, reason))
    return list(drafts.values()), notes


def _name(host: SpnHost, account: str, network: Network) -> tuple[str, str]:
    """Returns the name of a tenant: what is left of the first label without the name of the storage."""
    label = host.name.partition(".")[0]
    rest = re.sub(rf"^{re.escape(account.lower())}|{re.escape(account.lower())}$", "", label).strip("-_.")
    if rest and rest != label and re.fullmatch(r"\w[\w.-]{0,62}", rest):
        return rest, f"named after {label}"
    shown = str(network.network_address).replace(":", "-").replace(".", "-")
    return f"net-{shown}", "TODO rename; named by its network"


def _unused(name: str, used: Iterable[str]) -> str:
    taken, number, tried = set(used), 1, name
    while tried in taken:
        number += 1
        tried = f"{name}-{number}"
    return tried
