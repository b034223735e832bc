"""Resolves the hosts of principals, whose tenant their addresses show: for the draft of a site file."""

from __future__ import annotations

from krbcheck.asking.ask import Asking
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.dns.name_servers import Question, domain_servers, resolve
from krbcheck.facts.directory import Directories
from krbcheck.facts.names import SpnHostAnswer, SpnHosts
from krbcheck.facts.observation import Observed
from krbcheck.site.stated import Principal, Site

MOST_HOSTS = 500


def principal_hosts(site: Site, this_host: ThisHost, directories: Directories) -> Asking[SpnHosts]:
    """Returns the addresses of each principal's dNSHostName; the field `storage` of an answer is the principal."""
    servers = yield from domain_servers(site.domains)
    hosts = [
        (principal, host)
        for _, principal in list(site.principals())[:MOST_HOSTS]
        if (host := _host(directories, principal))
    ]
    asked = {
        (principal.name, host, "A", server): Question(this_host.name, "", server, host, "A")
        for principal, host in hosts
        if principal.realm.lower() in servers
        for server in servers[principal.realm.lower()].servers[:1]
    }
    seen = yield from resolve(asked.values(), site.excluded)
    return SpnHosts(tuple(SpnHostAnswer(*row, seen[question]) for row, question in asked.items()))


def _host(directories: Directories, principal: Principal) -> str:
    """Returns dNSHostName, else the account's name in its domain."""
    seen = directories.account(principal.name)
    names = [entry.dns_name for entry in seen.value.found if entry.dns_name] if isinstance(seen, Observed) else []
    return (names[0] if names else f"{principal.account.rstrip('$')}.{principal.realm}").lower()
