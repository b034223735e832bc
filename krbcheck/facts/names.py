"""The answers of name servers, one record for each server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts, Observation, Observed


class SrvTarget(msgspec.Struct, frozen=True):
    """One SRV record (RFC 2782). `host` is lower case without final dot."""

    priority: int
    weight: int
    port: int
    host: str


class DnsAnswer(msgspec.Struct, frozen=True):
    """The answer of one name server to one query. Names are lower case without final dot.

    `rcode` is the text of RFC 1035 4.1.1 (NOERROR, NXDOMAIN, SERVFAIL, REFUSED …). `aliases` are the CNAME targets that
    were followed, in their order. `addresses` (A, AAAA), `names` (PTR) and `targets` (SRV) are sorted, since servers
    rotate them. `ttl` is the lowest of the records, in seconds, None if there are none.
    """

    rcode: str
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    targets: tuple[SrvTarget, ...] = ()
    ttl: int | None = None
    authoritative: bool = False

    @property
    def decided(self) -> bool:
        """Whether the answer states records or that there are none; SERVFAIL and REFUSED do neither."""
        return self.rcode in ("NOERROR", "NXDOMAIN")

    def summary(self) -> str:
        if self.rcode != "NOERROR":
            return self.rcode
        held = self.addresses or self.names or tuple(dict.fromkeys(target.host for target in self.targets))
        via = f"alias of {', '.join(self.aliases)}: " if self.aliases else ""
        return via + (", ".join(held) or "no such record")


class NameAnswer(msgspec.Struct, frozen=True):
    """The A or AAAA (`kind`) records of a data path at `server`, queried from `tenant`'s source address."""

    tenant: str
    name: str
    kind: str
    server: str
    seen: Observation[DnsAnswer]


class ReverseAnswer(msgspec.Struct, frozen=True):
    """The PTR records of an `address` of the data path `name` at `server`, queried from `tenant`'s source address."""

    tenant: str
    name: str
    address: str
    server: str
    seen: Observation[DnsAnswer]


class NameAnswers(Facts, frozen=True, dict=True):
    """The names of the data paths, as each tenant's name servers return them."""

    forward: tuple[NameAnswer, ...] = ()
    reverse: tuple[ReverseAnswer, ...] = ()

    def of(self, tenant: str, name: str) -> Sequence[NameAnswer]:
        return self._forward.get((tenant, name), ())

    def turned_back(self, tenant: str, name: str) -> Sequence[ReverseAnswer]:
        """Returns the reverse records of the addresses of a data path."""
        return self._reverse.get((tenant, name), ())

    @cached_property
    def _forward(self) -> Mapping[tuple[str, str], Sequence[NameAnswer]]:
        return grouped(self.forward, lambda answer: (answer.tenant, answer.name))

    @cached_property
    def _reverse(self) -> Mapping[tuple[str, str], Sequence[ReverseAnswer]]:
        return grouped(self.reverse, lambda answer: (answer.tenant, answer.name))

    def addresses(self, tenant: str, name: str) -> list[str]:
        """Returns every address that any name server returns for `name` to a query from `tenant`'s source address."""
        seen = (answer.seen for answer in self.of(tenant, name))
        held = (
            address
            for observation in seen
            if isinstance(observation, Observed)
            for address in observation.value.addresses
        )
        return list(dict.fromkeys(held))


CONTROLLER_SERVICES = ("_ldap._tcp.dc._msdcs", "_kerberos._tcp.dc._msdcs")
"""The records by which Windows locates a domain controller (MS-ADTS 6.3.2.3)."""
GENERIC_SERVICES = ("_ldap._tcp", "_kerberos._tcp")
"""The records that other clients use (RFC 2782, RFC 4120 7.2.3.2)."""
CATALOGUE_SERVICE = "_gc._tcp"
"""The record of global catalogs; it exists in the root domain of the forest only."""
LOCATOR_SERVICES = (*CONTROLLER_SERVICES, *GENERIC_SERVICES, CATALOGUE_SERVICE)


class LocatorAnswer(msgspec.Struct, frozen=True):
    """The SRV records of `service` (`_ldap._tcp.dc._msdcs` …) in `domain` at `server`."""

    domain: str
    service: str
    server: str
    seen: Observation[DnsAnswer]


class HostAnswer(msgspec.Struct, frozen=True):
    """The A or AAAA (`kind`) records of a `host` in a locator record, at `server`."""

    domain: str
    host: str
    kind: str
    server: str
    seen: Observation[DnsAnswer]


class DomainServers(msgspec.Struct, frozen=True):
    """The name servers that are queried about a domain: the site's, or this host's own if the site file states none.

    `why` states why there are none.
    """

    domain: str
    servers: tuple[str, ...]
    stated: bool
    why: str = ""


class LocatorAnswers(Facts, frozen=True):
    """The records by which each domain's controllers are located (MS-ADTS 6.3.2.3), at each of its name servers."""

    servers: tuple[DomainServers, ...] = ()
    services: tuple[LocatorAnswer, ...] = ()
    hosts: tuple[HostAnswer, ...] = ()

    def named(self, domain: str, *services: str) -> list[str]:
        """Returns the hosts in the records of a domain, sorted, without a lone "." (RFC 2782: no such service)."""
        found = {
            target.host
            for service in self.services
            if service.domain == domain and service.service in services and isinstance(service.seen, Observed)
            for target in service.seen.value.targets
        }
        return sorted(found - {""})

    def addresses(self, domain: str, host: str) -> list[str]:
        """Returns the addresses of a host that any name server of the domain returns."""
        those = (answer.seen for answer in self.hosts if (answer.domain, answer.host) == (domain, host))
        held = (
            address
            for observation in those
            if isinstance(observation, Observed)
            for address in observation.value.addresses
        )
        return list(dict.fromkeys(held))


class Controller(msgspec.Struct, frozen=True):
    """A domain controller in DNS, one record for each address. `domain` and `host` are lower case."""

    domain: str
    host: str
    address: str


class ControllerGap(msgspec.Struct, frozen=True):
    """Why a domain has no controller to query, or why `host`, which a locator record contains, cannot be queried."""

    domain: str
    host: str
    says: str


class Controllers(Facts, frozen=True):
    """Every domain controller of every domain of the site."""

    controllers: tuple[Controller, ...] = ()
    gaps: tuple[ControllerGap, ...] = ()

    def of(self, domain: str) -> list[Controller]:
        """Returns the controllers of a domain (or realm), each address once."""
        wanted = domain.lower()
        return list(dict.fromkeys(controller for controller in self.controllers if controller.domain == wanted))

    def why_none(self, domain: str) -> str:
        """Returns why `of` is empty, as the reason of an Unknown."""
        said = dict.fromkeys(gap.says for gap in self.gaps if gap.domain == domain.lower())
        why = "; ".join(said) or "its name servers were not queried"
        return f"no controller of {domain.lower()} is known: {why}"


class SpnHostAnswer(msgspec.Struct, frozen=True):
    """The A or AAAA (`kind`) records of `host`, which an SPN of the storage's account contains, at `server`."""

    storage: str
    host: str
    kind: str
    server: str
    seen: Observation[DnsAnswer]


class SpnHosts(Facts, frozen=True):
    hosts: tuple[SpnHostAnswer, ...] = ()
