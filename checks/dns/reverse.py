"""The reverse lookup of each data path's address returns the name of the data path.

Windows does not use the PTR record when it requests a ticket: a Hyper-V host works with a wrong PTR record or without
one. Other clients do use it. MIT Kerberos with its default `rdns = true` does a reverse lookup and requests a ticket
for the name that it returns. Backup proxies and monitoring systems on Linux then fail where Windows hosts work. A
wrong PTR record also puts wrong names into logs. krbcheck queries the tenant's own name servers or, where the site
states none, those of its domains.

Evidence: the reverse lookup of each address at every name server that krbcheck queries for it; if one is missing, the
name is not determined.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from krbcheck.facts.names import NameAnswers, ReverseAnswer
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.server_answers import NameServerAnswers
from krbcheck.windows.common_steps import controller
from krbcheck.windows.dns_steps import remove_record
from krbcheck.windows.remedy import changes, fill, looks, variants

WRONG = remove_record("{zone}", "{record}", "PTR", "{name}", "{at}", owner="{owner}")
REVERSE_DIFFERS = Problem(
    "reverse-differs",
    Severity.WARNING,
    says="The reverse lookup of {address} returns {found}, not {subject}",
    alternatives=(WRONG,),
    remedy=(
        looks(
            says="Windows hosts work without it. On MIT clients rdns = false in [libdefaults] of krb5.conf is enough"
        ),
        *variants(
            "{owner}",
            windows=[
                changes(
                    "Add-DnsServerResourceRecordPtr -ZoneName {zone} -Name '{record}' -PtrDomainName {subject} "
                    "-ComputerName {at}",
                    on=controller("{owner}"),
                    needs="the DnsServer module and write access to the zone",
                    undo="Remove-DnsServerResourceRecord -ZoneName {zone} -RRType PTR -Name '{record}' -RecordData "
                    "{subject} -ComputerName {at} -Force",
                    verify="Resolve-DnsName {address} -Server {at}",
                )
            ],
            samba=[
                changes(
                    "samba-tool dns add {at} {zone} '{record}' PTR {subject} -U Administrator",
                    on=controller("{owner}"),
                    needs="the password of a DNS administrator",
                    undo="samba-tool dns delete {at} {zone} '{record}' PTR {subject} -U Administrator",
                    verify="samba-tool dns query {at} {zone} '{record}' PTR -U Administrator",
                )
            ],
        ),
    ),
    means="Windows does not use the reverse lookup for Kerberos. MIT clients with rdns (their default) "
    "request a ticket for the name that it returns and get none, or get a ticket for another account.",
)


@check(
    id="dns.reverse",
    title="The reverse lookup of every data path's address returns its name",
    tells="Whether clients other than Windows request tickets for the same name.",
    problems=[REVERSE_DIFFERS],
    refs=["MIT krb5 krb5.conf, rdns", "RFC 1035 section 3.5"],
)
def reverse(site: Site, names: NameAnswers, answers: NameServerAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        addresses = _addresses(site, names, tenant, path)
        held = _answers(names, tenant, path)
        judged = [verdict for address in addresses for verdict in _judged(site, tenant, path, address, held)]
        if judged:
            yield from judged
        elif addresses or not vantages.asked(tenant.name):
            yield unknown(path.name, answers.why_none(tenant.name), tenant=tenant.name)
        else:
            yield unknown(path.name, "its address is not known (see dns.resolves)", tenant=tenant.name)


def _addresses(site: Site, names: NameAnswers, tenant: Tenant, path: DataPath) -> list[str]:
    """The stated address; without one those that the name leads to and that are no other tenant's."""
    if path.stated_address:
        return [path.stated_address]
    found = names.addresses(tenant.name, path.name)
    return [name for name in found if site.tenant_of_address(name) in (None, tenant)]


def _answers(names: NameAnswers, tenant: Tenant, path: DataPath) -> list[ReverseAnswer]:
    """One for each address and server, an answer rather than a silence."""
    kept: dict[tuple[str, str], ReverseAnswer] = {}
    for answer in names.turned_back(tenant.name, path.name):
        before = kept.get((answer.address, answer.server))
        if before is None or isinstance(before.seen, Unobserved):
            kept[answer.address, answer.server] = answer
    return list(kept.values())


def _where(site: Site, servers: list[str], path: DataPath) -> tuple[str, str]:
    """Returns the name server at which the record is changed, and its domain: that of the storage if it is at fault.

    A tenant's own resolver has no zone to change: then it is the first name server of the storage's domain.
    """
    domains = sorted(site.domains, key=lambda domain: domain.name != site.storage(path.storage).domain)
    own = [(server, domain.name) for domain in domains for server in servers if server in domain.name_servers]
    if own:
        return own[0]
    domain = site.domain(site.storage(path.storage).domain)
    stated = domain.name_servers if domain else ()
    return next(iter(stated), servers[0]), site.storage(path.storage).domain


def _record(address: str) -> tuple[str, str]:
    """The record of an address and its zone, as most sites divide them: a zone for a /24 of IPv4, or a /64 of IPv6."""
    labels = ip_address(address).reverse_pointer.split(".")
    host = 16 if ":" in address else 1
    return ".".join(labels[:host]), ".".join(labels[host:])


def _judged(
    site: Site, tenant: Tenant, path: DataPath, address: str, answers: list[ReverseAnswer]
) -> Iterator[Verdict]:
    those = [answer for answer in answers if answer.address == address]
    replies = {
        answer.server: answer.seen.value
        for answer in those
        if isinstance(answer.seen, Observed) and answer.seen.value.decided
    }
    differing = {server: said.names for server, said in replies.items() if said.names != (path.name,)}
    seen = [answer.seen for answer in those]
    if differing:
        record, zone = _record(address)
        found = {f"{', '.join(held) or 'no name'} at {server}" for server, held in differing.items()}
        server, owner = _where(site, list(differing), path)
        values = {"zone": zone, "record": record, "at": server, "owner": owner}
        wrong = dict.fromkeys(name for held in differing.values() for name in held if name != path.name)
        steps = (step for name in wrong for step in fill(WRONG, values | {"name": name}))
        yield REVERSE_DIFFERS.with_steps(tuple(steps))(
            path.name,
            *seen,
            tenant=tenant.name,
            expected=path.name,
            found="; ".join(sorted(found)),
            address=address,
            servers=list(differing),
            **values,
        )
    silent = [gap for gap in seen if isinstance(gap, Unobserved)]
    if those and (silent or not replies):
        yield unknown(path.name, *(silent or seen), tenant=tenant.name)
    elif replies and not differing:
        yield fine(path.name, *seen, tenant=tenant.name)
