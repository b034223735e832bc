"""Steps that change records in DNS. The arguments are templates."""

from __future__ import annotations

from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import Remedy, RemedyStep, changes, variants


def add_address(zone: str, record: str, address: str, server: str) -> Remedy:
    return variants(
        zone,
        windows=[
            changes(
                f"Add-DnsServerResourceRecordA -ZoneName {zone} -Name '{record}' -IPv4Address {address} "
                f"-ComputerName {server}",
                on=controller(zone),
                needs="the DnsServer module and write access to the zone",
                undo=f"Remove-DnsServerResourceRecord -ZoneName {zone} -RRType A -Name '{record}' -RecordData "
                f"{address} -ComputerName {server} -Force",
                verify=f"Resolve-DnsName '{record}.{zone}' -Type A -Server {server}",
                shows=f"{address} only",
            )
        ],
        samba=[
            changes(
                f"samba-tool dns add {server} {zone} '{record}' A {address} -U Administrator",
                on=controller(zone),
                needs="the password of a DNS administrator",
                undo=f"samba-tool dns delete {server} {zone} '{record}' A {address} -U Administrator",
                verify=f"samba-tool dns query {server} {zone} '{record}' A -U Administrator",
                shows=f"{address} only",
            )
        ],
    )


def remove_record(zone: str, record: str, kind: str, data: str, server: str, owner: str = "") -> Remedy:
    """Removes one record. `data` is its value; `owner` is the domain whose platform serves the zone."""
    adds = {
        "A": f"Add-DnsServerResourceRecordA -ZoneName {zone} -Name '{record}' -IPv4Address {data}",
        "AAAA": f"Add-DnsServerResourceRecordAAAA -ZoneName {zone} -Name '{record}' -IPv6Address {data}",
        "CNAME": f"Add-DnsServerResourceRecordCName -ZoneName {zone} -Name '{record}' -HostNameAlias {data}",
        "PTR": f"Add-DnsServerResourceRecordPtr -ZoneName {zone} -Name '{record}' -PtrDomainName {data}",
    }
    owner = owner or zone
    return variants(
        owner,
        windows=[
            changes(
                f"Remove-DnsServerResourceRecord -ZoneName {zone} -RRType {kind} -Name '{record}' -RecordData {data} "
                f"-ComputerName {server} -Force",
                on=controller(owner),
                needs="the DnsServer module and write access to the zone",
                undo=f"{adds[kind]} -ComputerName {server}",
                verify=f"Resolve-DnsName '{record}.{zone}' -Type {kind} -Server {server}",
                shows=f"no {data}",
            )
        ],
        samba=[
            changes(
                f"samba-tool dns delete {server} {zone} '{record}' {kind} {data} -U Administrator",
                on=controller(owner),
                needs="the password of a DNS administrator",
                undo=f"samba-tool dns add {server} {zone} '{record}' {kind} {data} -U Administrator",
                verify=f"samba-tool dns query {server} {zone} '{record}' {kind} -U Administrator",
                shows=f"no {data}",
            )
        ],
    )


def clear_resolver_cache(host: str) -> RemedyStep:
    return changes("Clear-DnsClientCache", on=host, undo_says="nothing to revert: the host queries DNS again")
