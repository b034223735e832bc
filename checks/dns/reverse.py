"""The reverse record (PTR) of each data path's address gives the name of the data path.

Windows does not look at it when it asks for a ticket: a Hyper-V host works with a wrong PTR or none. Other clients do:
MIT Kerberos with its default `rdns = true` turns the address back into a name and asks for a ticket to that one, so
backup proxies and monitoring on Linux meet an error that no Windows host shows, and people who read logs by reverse
names are led astray. The tenant's own name servers are asked, or, where it states none, those of its domains.
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

from ._told import not_asked

REVERSE_DIFFERS = Problem(
    "reverse-differs",
    Severity.WARNING,
    says="The address {address} of {subject} turns back into {found}",
    remedy="Add-DnsServerResourceRecordPtr -ZoneName {zone} -Name {record} -PtrDomainName {subject} "
    "-ComputerName {at}, after Remove-DnsServerResourceRecord -ZoneName {zone} -RRType PTR -Name {record} "
    "-ComputerName {at} -Force if there is a wrong one. Windows hosts do not care; on MIT clients rdns = false in "
    "the [libdefaults] of krb5.conf does as well",
    means="Windows never uses the reverse name for Kerberos. MIT clients with rdns (their default) ask for a ticket "
    "to the reverse name and get none, or one for another account.",
)


@check(
    id="dns.reverse",
    title="Every data path's address turns back into its name",
    tells="Whether clients other than Windows ask for a ticket to the same name.",
    problems=[REVERSE_DIFFERS],
    refs=["MIT krb5 krb5.conf, rdns", "RFC 1035 section 3.5"],
)
def reverse(site: Site, names: NameAnswers, vantages: Vantages) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        addresses = _addresses(site, names, tenant, path)
        answers = _answers(names, tenant, path)
        judged = [verdict for one in addresses for verdict in _judged(tenant, path, one, answers)]
        if judged:
            yield from judged
        elif addresses or not vantages.asked(tenant.name):
            yield unknown(path.name, not_asked(vantages, tenant.name), tenant=tenant.name)
        else:
            yield unknown(path.name, "no address of it is known (see dns.resolves)", tenant=tenant.name)


def _addresses(site: Site, names: NameAnswers, tenant: Tenant, path: DataPath) -> list[str]:
    """The stated address; without one those that the name leads to and that are no other tenant's."""
    if path.stated_address:
        return [path.stated_address]
    found = names.addresses(tenant.name, path.name)
    return [one for one in found if site.tenant_of_address(one) in (None, tenant)]


def _answers(names: NameAnswers, tenant: Tenant, path: DataPath) -> list[ReverseAnswer]:
    """One for each address and server, an answer rather than a silence."""
    kept: dict[tuple[str, str], ReverseAnswer] = {}
    for one in names.turned_back(tenant.name, path.name):
        before = kept.get((one.address, one.server))
        if before is None or isinstance(before.seen, Unobserved):
            kept[one.address, one.server] = one
    return list(kept.values())


def _judged(tenant: Tenant, path: DataPath, address: str, answers: list[ReverseAnswer]) -> Iterator[Verdict]:
    those = [one for one in answers if one.address == address]
    told = {one.server: one.seen.value for one in those if isinstance(one.seen, Observed) and one.seen.value.decided}
    differing = {server: said.names for server, said in told.items() if said.names != (path.name,)}
    seen = [one.seen for one in those]
    if differing:
        record, _, zone = ip_address(address).reverse_pointer.partition(".")
        found = {f"{', '.join(held) or 'no name'} at {server}" for server, held in differing.items()}
        yield REVERSE_DIFFERS(
            path.name,
            *seen,
            tenant=tenant.name,
            expected=path.name,
            found="; ".join(sorted(found)),
            address=address,
            servers=list(differing),
            zone=zone,
            record=record,
            at=next(iter(differing)),
        )
    if those and not told:
        yield unknown(path.name, *seen, tenant=tenant.name)
    elif told and not differing:
        yield fine(path.name, *seen, tenant=tenant.name)
