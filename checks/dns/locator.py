"""The locator records of each domain exist at each of its name servers and name controllers that respond.

Windows finds a domain controller by the SRV records `_ldap._tcp.dc._msdcs` and `_kerberos._tcp.dc._msdcs` of the
domain. Other clients query `_ldap._tcp` and `_kerberos._tcp`; global catalogs are under `_gc._tcp`. A record that
names a host which no longer exists delays every client that selects it. Where the records are missing, clients cannot
find the domain, and across a trust they get no ticket for the storage. krbcheck connects to each named host on TCP 88
(Kerberos), 389 (LDAP), 445 (SYSVOL, group policy), and 3268 where it is named as a global catalog. It tests TCP
because tickets with many groups do not fit into UDP. Only the root domain of a forest has global catalog records, so
their absence in another domain is not a fault.

Evidence: each locator record at each name server of the domain, and each port of each host that a record names; what
is missing is not determined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from krbcheck.facts.endpoints import endpoint
from krbcheck.facts.names import CONTROLLER_SERVICES, GENERIC_SERVICES, LOCATOR_SERVICES, LocatorAnswer, LocatorAnswers
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.ports import ControllerPort, ControllerPorts, PortReply, PortState
from krbcheck.facts.reasons import Ground
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import EVERY_UNDETERMINED, explains
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Domain, Site
from krbcheck.windows.common_steps import ELEVATED, ROOT, controller
from krbcheck.windows.remedy import changes, looks, variants

UNKNOWN_CONTROLLERS = (
    explains("credentials.usable", same="domain=directory"),
    explains("ticket.tgt", same="domain=home"),
    explains("time.skew", same="domain"),
    explains("isolation.network", same="domain=storage_domain"),
)
NO_LOCATOR = Problem(
    "no-locator",
    Severity.ERROR,
    says="{subject} has no SRV record {records} at the name servers {servers}",
    remedy=(
        *variants(
            "{subject}",
            windows=[
                changes(
                    "nltest /dsregdns",
                    on="each domain controller of {subject}",
                    needs=ELEVATED,
                    undo_says="not needed: Netlogon registers the same records automatically",
                    verify="nltest /dsgetdc:{subject} /force",
                )
            ],
            samba=[
                changes(
                    "samba_dnsupdate --all-names",
                    on="each domain controller of {subject}",
                    needs=ROOT,
                    undo_says="not needed: samba registers the same records automatically",
                    verify="host -t SRV _ldap._tcp.dc._msdcs.{subject} {at}",
                )
            ],
        ),
        changes(
            "Add-DnsServerConditionalForwarderZone -Name {subject} -MasterServers ADDRESS -ComputerName {at}",
            says="Only if the name servers {servers} do not host the zone: ADDRESS is a name server of {subject}",
            on="a name server of {subject}",
            needs="the DnsServer module",
            undo="Remove-DnsServerZone -Name {subject} -ComputerName {at} -Force",
        ),
    ),
    means="A client that queries this name server finds no controller of the domain, so it can neither "
    "log on nor get a ticket nor follow a referral across the trust. Netlogon on each controller registers "
    "the records, if the zone allows dynamic updates.",
    explains=[*UNKNOWN_CONTROLLERS, explains("ticket.client/differs", same="domain=storage_domain")],
)
DEAD_CONTROLLER = Problem(
    "dead-controller",
    Severity.ERROR,
    says="{subject} is registered as a controller of {domain} but does not respond: {found}",
    remedy=(
        looks(
            "Test-NetConnection {subject} -Port 88",
            says="Start the controller, or allow TCP 88, 389, 445 and 3268 to it in the firewalls",
            on="a host of the domain",
            shows="TcpTestSucceeded : True",
        ),
        *variants(
            "{domain}",
            windows=[
                looks(
                    "Get-DnsServerResourceRecord -ZoneName _msdcs.{domain} -RRType SRV | Where-Object {{ "
                    "$_.RecordData.DomainName -like '{subject}*' }}",
                    says="Only if the controller was removed permanently: list its records",
                    on=controller("{domain}"),
                    needs="the DnsServer module",
                ),
                changes(
                    says="Active Directory Users and Computers > Domain Controllers: delete the account of {subject}, "
                    "which removes its metadata; then delete the listed records in DNS Manager",
                    on=controller("{domain}"),
                    needs="Domain Admins",
                    undo_says="not possible: a deleted controller must be promoted again",
                    caution="a controller that is only switched off must not come back after this step",
                ),
            ],
            samba=[
                changes(
                    "samba-tool domain demote --remove-other-dead-server='{subject}'",
                    says="Only if the controller was removed permanently",
                    on=controller("{domain}"),
                    needs=ROOT,
                    undo_says="not possible: a removed controller must join again",
                    caution="a controller that is only switched off must not come back after this step",
                ),
            ],
        ),
    ),
    means="Clients select a controller from these records at random. A client that selects this one "
    "waits for a timeout, and some clients then fail.",
    explains=[
        explains(EVERY_UNDETERMINED, same="server"),
        explains("policy.client-search", "policy.kdc-search", "policy.controllers", same="controller"),
    ],
)
PORT_CLOSED = Problem(
    "port-closed",
    Severity.WARNING,
    says="{subject}, a controller of {domain}, does not accept all connections: {found}",
    remedy=(
        *variants(
            "{subject}",
            windows=[
                looks(
                    "Get-NetFirewallRule -DisplayGroup 'Active Directory Domain Services',"
                    "'Kerberos Key Distribution Center' | Select-Object DisplayName, Enabled",
                    on="{subject}",
                    shows="all rules enabled",
                ),
                changes(
                    "Enable-NetFirewallRule -DisplayGroup 'Active Directory Domain Services',"
                    "'Kerberos Key Distribution Center'",
                    on="{subject}",
                    needs=ELEVATED,
                    undo_says="Disable-NetFirewallRule for the rules that were disabled before",
                ),
            ],
            samba=[looks("ss -ltn", on="{subject}", shows="listeners on ports 88, 389, 445 and 3268")],
        ),
        changes(
            says="In the firewalls between the hosts and {subject}: allow TCP 88, 389 and 445, and 3268 for a global "
            "catalog",
            on="the firewalls between the hosts and {subject}",
            undo_says="remove the rule",
        ),
    ),
    means="Kerberos uses TCP 88, LDAP 389, group policy 445 and the global catalog 3268. Clients select "
    "a controller that accepts only some of them, and a later step fails.",
    explains=[
        explains(EVERY_UNDETERMINED, same="endpoint"),
        explains("spn.directory", "spn.unique", same="domain=directory", when={"port": "389 3268"}),
    ],
    together=["port"],
)


@check(
    id="dns.locator",
    title="The locator records of every domain exist and name controllers that respond",
    tells="Whether clients find a domain controller, independent of the name server and the record that they use.",
    problems=[NO_LOCATOR, DEAD_CONTROLLER, PORT_CLOSED],
    refs=["MS-ADTS section 6.3.2.3", "RFC 4120 section 7.2.3", "RFC 2782"],
    undetermined_explains=UNKNOWN_CONTROLLERS,
)
def locator(site: Site, locators: LocatorAnswers, ports: ControllerPorts) -> Iterator[Verdict]:
    for domain in site.domains:
        yield from _records(domain, locators)
        yield from _hosts(domain, locators, ports)


def _records(domain: Domain, locators: LocatorAnswers) -> Iterator[Verdict]:
    """Whether each name server has the records."""
    answers = [
        service
        for service in locators.services
        if service.domain == domain.name and service.service in (*CONTROLLER_SERVICES, *GENERIC_SERVICES)
    ]
    replies = _best(answers)
    missing = [answer for answer in replies if isinstance(answer.seen, Observed) and not answer.seen.value.targets]
    silent = [answer.seen for answer in replies if isinstance(answer.seen, Unobserved)]
    if missing:
        yield _no_locator(domain, missing)
    if silent:
        yield unknown(domain.name, *silent)
    elif not replies:
        whys = [server.why for server in locators.servers if server.domain == domain.name and server.why]
        yield unknown(domain.name, *(whys or ["none of its name servers was queried"]))
    elif not missing:
        yield fine(domain.name, *(answer.seen for answer in replies))


def _best(answers: Sequence[LocatorAnswer]) -> list[LocatorAnswer]:
    """One for each record and server, an answer rather than a silence."""
    kept: dict[tuple[str, str], LocatorAnswer] = {}
    for answer in answers:
        before = kept.get((answer.service, answer.server))
        if before is None or isinstance(before.seen, Unobserved):
            kept[answer.service, answer.server] = answer
    return list(kept.values())


def _no_locator(domain: Domain, missing: Sequence[LocatorAnswer]) -> Finding:
    servers = list(dict.fromkeys(answer.server for answer in missing))
    said = dict.fromkeys(
        f"{answer.seen.value.summary()} at {answer.server}" for answer in missing if isinstance(answer.seen, Observed)
    )
    return NO_LOCATOR(
        domain.name,
        *(answer.seen for answer in missing),
        expected="SRV records of every controller",
        found="; ".join(said),
        records=list(dict.fromkeys(answer.service for answer in missing)),
        servers=servers,
        at=servers[0],
    )


def _hosts(domain: Domain, locators: LocatorAnswers, ports: ControllerPorts) -> Iterator[Verdict]:
    """Whether each host that the records name answers."""
    tried: defaultdict[str, list[ControllerPort]] = defaultdict(list)
    for port in ports.ports:
        if port.domain == domain.name:
            tried[port.host].append(port)
    for host in locators.named(domain.name, *LOCATOR_SERVICES):
        if locators.addresses(domain.name, host):
            yield from _host(domain, host, tried[host])
        else:
            yield _without_address(domain, host, locators)


def _without_address(domain: Domain, host: str, locators: LocatorAnswers) -> Verdict:
    asked = [answer.seen for answer in locators.hosts if (answer.domain, answer.host) == (domain.name, host)]
    undecided = [seen for seen in asked if not isinstance(seen, Observed) or not seen.value.decided]
    if asked and not undecided:
        return _dead(domain, host, "no A or AAAA record", *asked)
    return unknown(host, *undecided) if undecided else unknown(host, "its address was not queried")


def _host(domain: Domain, host: str, tried: Sequence[ControllerPort]) -> Iterator[Verdict]:
    answers = [(port, port.seen) for port in tried if isinstance(port.seen, Observed)]
    because = [seen for _, seen in answers]
    answered = {(port.address, port.port) for port, _ in answers}
    untested = [port.seen for port in tried if (port.address, port.port) not in answered]
    found = _shut(answers)
    shut = [port for port, seen in answers if seen.value.state != PortState.OPEN]
    if answers and all(seen.value.state != PortState.OPEN for seen in because):
        yield labelled(_dead(domain, host, found, *because), **_about(domain, host, shut))
    elif found:
        closed_first = sorted(because, key=lambda seen: seen.value.state == PortState.OPEN)
        finding = PORT_CLOSED(host, *closed_first, expected="open", found=found, domain=domain.name)
        yield labelled(finding, **_about(domain, host, shut))
    if untested or not tried:
        yield unknown(host, *untested, *([] if tried else ["none of its ports was tested"]))
    elif not found:
        yield fine(host, *because)


def _about(domain: Domain, host: str, shut: Sequence[ControllerPort]) -> dict[str, list[str]]:
    """The labels of a controller with ports that are not open."""
    return {
        "domain": [domain.name],
        "controller": [host],
        "server": [port.address for port in shut],
        "endpoint": [endpoint(port.address, port.port) for port in shut],
        "port": [str(port.port) for port in shut],
    }


def _shut(answers: Sequence[tuple[ControllerPort, Observed[PortReply]]]) -> str:
    """The ports that are not open, by what came of them."""
    ports: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for port, seen in answers:
        if seen.value.state != PortState.OPEN:
            ports[seen.value.summary(), port.address, seen.vantage].append(str(port.port))
    return "; ".join(
        f"{description} at {address} TCP {', '.join(those)} from {vantage}"
        for (description, address, vantage), those in ports.items()
    )


def _dead(domain: Domain, host: str, found: str, *because: Ground) -> Finding:
    return DEAD_CONTROLLER(host, *because, expected="connections accepted on TCP 88", found=found, domain=domain.name)
