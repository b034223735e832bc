"""What name servers said, one by one."""

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
    """One name server's answer to one question. Names are lower case without final dot.

    `rcode` is the text of RFC 1035 4.1.1 (NOERROR, NXDOMAIN, SERVFAIL, REFUSED …). `aliases` are the CNAME
    targets that were followed, in their order. `addresses` (A, AAAA), `names` (PTR) and `targets` (SRV) are
    sorted, since servers rotate them. `ttl` is the records' lowest, in seconds, None where there are none.
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
        """Whether the server spoke for the name (records or none): SERVFAIL and REFUSED say neither."""
        return self.rcode in ("NOERROR", "NXDOMAIN")

    def told(self) -> str:
        if self.rcode != "NOERROR":
            return self.rcode
        held = self.addresses or self.names or tuple(dict.fromkeys(one.host for one in self.targets))
        via = f"alias of {', '.join(self.aliases)}: " if self.aliases else ""
        return via + (", ".join(held) or "no such record")


class NameAnswer(msgspec.Struct, frozen=True):
    """`server` was asked, from `tenant`'s place, for the A or AAAA (`kind`) records of a data path."""

    tenant: str
    name: str
    kind: str
    server: str
    seen: Observation[DnsAnswer]


class ReverseAnswer(msgspec.Struct, frozen=True):
    """`server` was asked, from `tenant`'s place, for the PTR of an `address` of the data path `name`."""

    tenant: str
    name: str
    address: str
    server: str
    seen: Observation[DnsAnswer]


class NameAnswers(Facts, frozen=True, dict=True):
    """The data paths' names, as each tenant's place sees them."""

    forward: tuple[NameAnswer, ...] = ()
    reverse: tuple[ReverseAnswer, ...] = ()

    def of(self, tenant: str, name: str) -> Sequence[NameAnswer]:
        return self._forward.get((tenant, name), ())

    def turned_back(self, tenant: str, name: str) -> Sequence[ReverseAnswer]:
        """The reverse records of the addresses of a data path."""
        return self._reverse.get((tenant, name), ())

    @cached_property
    def _forward(self) -> Mapping[tuple[str, str], Sequence[NameAnswer]]:
        return grouped(self.forward, lambda one: (one.tenant, one.name))

    @cached_property
    def _reverse(self) -> Mapping[tuple[str, str], Sequence[ReverseAnswer]]:
        return grouped(self.reverse, lambda one: (one.tenant, one.name))

    def addresses(self, tenant: str, name: str) -> list[str]:
        """Every address that any name server gave for `name` when asked from `tenant`'s place."""
        seen = (one.seen for one in self.of(tenant, name))
        held = (address for one in seen if isinstance(one, Observed) for address in one.value.addresses)
        return list(dict.fromkeys(held))


CONTROLLER_SERVICES = ("_ldap._tcp.dc._msdcs", "_kerberos._tcp.dc._msdcs")
"""Where Windows looks for a domain controller (MS-ADTS 6.3.2.3)."""
GENERIC_SERVICES = ("_ldap._tcp", "_kerberos._tcp")
"""Where everybody else looks (RFC 2782, RFC 4120 7.2.3.2)."""
CATALOGUE_SERVICE = "_gc._tcp"
"""Global catalogues; stands at the forest's root domain only."""
LOCATOR_SERVICES = (*CONTROLLER_SERVICES, *GENERIC_SERVICES, CATALOGUE_SERVICE)


class LocatorAnswer(msgspec.Struct, frozen=True):
    """`server` was asked for the SRV records of `service` (`_ldap._tcp.dc._msdcs` …) in `domain`."""

    domain: str
    service: str
    server: str
    seen: Observation[DnsAnswer]


class HostAnswer(msgspec.Struct, frozen=True):
    """`server` was asked for the A or AAAA (`kind`) records of a `host` that a locator record names."""

    domain: str
    host: str
    kind: str
    server: str
    seen: Observation[DnsAnswer]


class DomainServers(msgspec.Struct, frozen=True):
    """The name servers asked about a domain: the site's, or this host's own where the site states none.

    `why` says why there are none.
    """

    domain: str
    servers: tuple[str, ...]
    stated: bool
    why: str = ""


class LocatorAnswers(Facts, frozen=True):
    """How each domain's controllers are found (MS-ADTS 6.3.2.3), as each of its name servers says."""

    servers: tuple[DomainServers, ...] = ()
    services: tuple[LocatorAnswer, ...] = ()
    hosts: tuple[HostAnswer, ...] = ()

    def named(self, domain: str, *services: str) -> list[str]:
        """The hosts that the records of a domain name, sorted; a lone "." (RFC 2782: no such service) is none."""
        found = {
            target.host
            for one in self.services
            if one.domain == domain and one.service in services and isinstance(one.seen, Observed)
            for target in one.seen.value.targets
        }
        return sorted(found - {""})

    def addresses(self, domain: str, host: str) -> list[str]:
        """The addresses of a host, as any name server of the domain says."""
        those = (one.seen for one in self.hosts if (one.domain, one.host) == (domain, host))
        held = (address for one in those if isinstance(one, Observed) for address in one.value.addresses)
        return list(dict.fromkeys(held))


class Controller(msgspec.Struct, frozen=True):
    """A domain controller as DNS says. `domain` and `host` are lower case; one record an address."""

    domain: str
    host: str
    address: str


class ControllerGap(msgspec.Struct, frozen=True):
    """Why a domain has no controller to ask, or why `host`, which a locator record names, cannot be asked."""

    domain: str
    host: str
    says: str


class Controllers(Facts, frozen=True):
    """Every domain controller of every domain of the site."""

    controllers: tuple[Controller, ...] = ()
    gaps: tuple[ControllerGap, ...] = ()

    def of(self, domain: str) -> list[Controller]:
        """The controllers of a domain (or realm), each address once."""
        wanted = domain.lower()
        return list(dict.fromkeys(one for one in self.controllers if one.domain == wanted))

    def why_none(self, domain: str) -> str:
        """Why `of` is empty; a line fit for an Unknown."""
        said = dict.fromkeys(one.says for one in self.gaps if one.domain == domain.lower())
        why = "; ".join(said) or "its name servers were not asked"
        return f"no controller of {domain.lower()} is known: {why}"


class SpnHostAnswer(msgspec.Struct, frozen=True):
    """`server` was asked for the A or AAAA (`kind`) records of `host`, which an SPN of the storage's account names."""

    storage: str
    host: str
    kind: str
    server: str
    seen: Observation[DnsAnswer]


class SpnHosts(Facts, frozen=True):
    hosts: tuple[SpnHostAnswer, ...] = ()
