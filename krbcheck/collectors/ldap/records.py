"""Reads records from directory entries: SIDs, times and names in raw attributes (MS-DTYP 2.4.2, MS-ADTS 3.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from krbcheck.facts.directory import Account, DomainIdentity, Trust
from krbcheck.probes.ldap.queries import Entry
from krbcheck.probes.ldap.values import Raw, number, sids, text, texts

NEVER = 0x7FFFFFFFFFFFFFFF
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

ACCOUNT_ATTRIBUTES = (
    "sAMAccountName",
    "objectSid",
    "objectClass",
    "userAccountControl",
    "accountExpires",
    "pwdLastSet",
    "msDS-SupportedEncryptionTypes",
    "servicePrincipalName",
    "dNSHostName",
    "msDS-KeyVersionNumber",
    "operatingSystem",
    "operatingSystemVersion",
)
TRUST_ATTRIBUTES = (
    "trustPartner",
    "flatName",
    "securityIdentifier",
    "trustDirection",
    "trustType",
    "trustAttributes",
    "msDS-SupportedEncryptionTypes",
)


def moment(ticks: int | None) -> datetime | None:
    """Returns a FILETIME in UTC; None for never, zero and a time beyond the calendar."""
    if not ticks or ticks >= NEVER:
        return None
    try:
        return EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None


def account(dn: str, raw: Raw, groups: tuple[str, ...] | None = None) -> Account:
    return Account(
        dn=dn,
        sam=text(raw, "sAMAccountName"),
        sid=next(iter(sids(raw, "objectSid")), ""),
        classes=texts(raw, "objectClass"),
        uac=number(raw, "userAccountControl") or 0,
        expires=moment(number(raw, "accountExpires")),
        password_set=moment(number(raw, "pwdLastSet")),
        etypes=number(raw, "msDS-SupportedEncryptionTypes"),
        spns=texts(raw, "servicePrincipalName"),
        dns_name=text(raw, "dNSHostName"),
        groups=groups,
        kvno=number(raw, "msDS-KeyVersionNumber"),
        system=text(raw, "operatingSystem"),
        system_version=text(raw, "operatingSystemVersion"),
    )


def trust(raw: Raw) -> Trust:
    return Trust(
        partner=text(raw, "trustPartner").lower(),
        flat_name=text(raw, "flatName"),
        sid=next(iter(sids(raw, "securityIdentifier")), ""),
        direction=number(raw, "trustDirection") or 0,
        kind=number(raw, "trustType") or 0,
        attributes=number(raw, "trustAttributes") or 0,
        etypes=number(raw, "msDS-SupportedEncryptionTypes"),
    )


def identity(
    domain: Raw, partition: Raw, forest: str, mappings: Raw, domains: tuple[str, ...], root: Raw | None = None
) -> DomainIdentity:
    return DomainIdentity(
        netbios=text(partition, "nETBIOSName"),
        sid=next(iter(sids(domain, "objectSid")), ""),
        forest=forest,
        spn_mappings=texts(mappings, "sPNMappings"),
        domains=domains,
        vendor=None if root is None else text(root, "vendorName"),
    )


def token_groups(found: Sequence[Entry]) -> tuple[str, ...] | None:
    """The SIDs of tokenGroups of the one entry found; None where it is absent, as for a reader that is denied it.

    An account always has its primary group there ([MS-ADTS] 3.1.1.4.5.19).
    """
    return (sids(found[0][1], "tokenGroups") or None) if found else None
