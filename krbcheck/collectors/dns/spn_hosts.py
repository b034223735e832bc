"""Resolves the host names in the storages' SPNs at their domain's name servers."""

from __future__ import annotations

from krbcheck.asking.ask import Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.name_servers import Question, domain_servers, resolve
from krbcheck.facts.directory import Directories
from krbcheck.facts.names import SpnHostAnswer, SpnHosts
from krbcheck.facts.observation import Observed
from krbcheck.site.stated import Site

MOST_HOSTS = 500
"""The host names that are resolved; an account with more SPNs than this is not a storage's."""


def spn_hosts(site: Site, this_host: ThisHost, directories: Directories) -> Asking[SpnHosts]:
    """Returns the answers for fully qualified names. The domain suffix of a short name depends on the client."""
    servers = yield from domain_servers(site.domains)
    asked = {
        (storage.name, host, kind, server): Question(this_host.name, "", server, host, kind)
        for storage in site.storages
        if storage.domain in servers
        for host in hosts_of(directories, storage.account)
        for server in servers[storage.domain].servers
        for kind in ("A", "AAAA")
    }
    seen = yield from resolve(asked.values(), site.excluded)
    return SpnHosts(tuple(SpnHostAnswer(*row, seen[question]) for row, question in asked.items()))


def hosts_of(directories: Directories, account: str) -> list[str]:
    """Returns the fully qualified host names in an account's SPNs, in lower case, without port."""
    seen = directories.account(account)
    spns = [spn for entry in seen.value.found for spn in entry.spns] if isinstance(seen, Observed) else []
    names = (spn.split("/")[1].partition(":")[0].lower() for spn in spns if "/" in spn)
    return list(dict.fromkeys(name for name in names if "." in name))[:MOST_HOSTS]
