"""Secrets that the site file names: available, accepted, absent, rejected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from krbcheck.facts.kerberos import KrbError, ReaderTickets, Reply, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import Domain, Principal, SecretKind, SecretSource, Site

AT = datetime(2026, 7, 3, tzinfo=UTC)
READER, HOST = "krbcheck@VMLEVEL.COM", "alice-hv01$@VMLEVEL.COM"
SOURCE = SecretSource(SecretKind.ENV, "KRBCHECK_VMLEVEL", 7)
TICKET = TicketFacts("krbcheck", "VMLEVEL.COM", "krbtgt/VMLEVEL.COM", "VMLEVEL.COM", 18, 18, 2, 0, AT, AT)
Lines = Callable[..., list[str]]


def seen(reply: Reply | Gap) -> Observation[Reply]:
    if isinstance(reply, Gap):
        return Unobserved(reply, f"environment variable {SOURCE.location} is not set", "TGT", AT, "station")
    return Observed(reply, "TGT", AT, "station")


def grant(reply: Reply | Gap, principal: str = READER, tenant: str = "") -> TicketGrant:
    return TicketGrant(tenant, principal, "vmdc1.vmlevel.com", "10.77.0.10", seen(reply))


@pytest.fixture
def site(cloud: Site) -> Site:
    """The reader of the hosts' domain has a secret, and so has Alice's host."""
    alice, bob = cloud.tenants
    return replace(
        cloud,
        domains=(Domain("vmlevel.com", READER, SOURCE), Domain("tintri.com", "krbcheck@TINTRI.COM")),
        tenants=(replace(alice, principals=(Principal(HOST, SOURCE),)), bob),
    )


ACCEPTED_HOST = TicketGrants((grant(TICKET, HOST, "alice"),))
ACCEPTED_READER = ReaderTickets((grant(TICKET),))


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ((TICKET,), "fine"),
        ((Gap.NO_CREDENTIALS,), "credentials.usable/missing"),
        ((KrbError(24, AT),), "credentials.usable/refused"),
        ((KrbError(18, AT),), "credentials.usable/refused"),
        ((Gap.TIMED_OUT,), "unknown"),
        ((Gap.TIMED_OUT, TICKET), "fine"),
        ((KrbError(24, AT), Gap.NOT_ALLOWED), "credentials.usable/refused"),
        ((), "unknown"),
    ],
    ids=["ticket", "no-secret", "wrong-key", "revoked", "silence", "next-kdc", "not-offered-again", "not-asked"],
)
def test_a_readers_secret(lines: Lines, site: Site, replies: tuple[Reply | Gap, ...], expected: str) -> None:
    readers = ReaderTickets(tuple(grant(reply) for reply in replies))
    assert f"{expected} - {READER}" in lines("credentials.usable", readers, ACCEPTED_HOST, of=site)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (TICKET, ["fine alice"]),
        (Gap.NO_CREDENTIALS, ["credentials.usable/missing alice"]),
        (KrbError(24, AT), []),
        (Gap.TIMED_OUT, ["unknown alice"]),
    ],
    ids=["ticket", "no-secret", "left-to-ticket.tgt", "silence"],
)
def test_a_principals_secret(lines: Lines, site: Site, reply: Reply | Gap, expected: list[str]) -> None:
    grants = TicketGrants((grant(reply, HOST, "alice"),))
    found = [line for line in lines("credentials.usable", ACCEPTED_READER, grants, of=site) if HOST in line]
    assert found == [f"{line} {HOST}" for line in expected]


def test_a_missing_secret_names_its_source_and_what_depends_on_it(
    judged: Callable[..., list[Verdict]], site: Site
) -> None:
    readers = ReaderTickets((grant(Gap.NO_CREDENTIALS),))
    (finding,) = [
        entry
        for entry in judged("credentials.usable", readers, ACCEPTED_HOST, of=site)
        if isinstance(entry, Finding) and entry.subject == READER
    ]
    assert finding.values["source"] == "environment variable KRBCHECK_VMLEVEL, site file line 7"
    assert finding.values["unseen"] == "the directory, group policy and share permissions of vmlevel.com"


def test_an_account_without_a_stated_secret_is_not_judged(lines: Lines, site: Site) -> None:
    found = lines("credentials.usable", ACCEPTED_READER, ACCEPTED_HOST, of=site)
    assert found == [f"fine - {READER}", f"fine alice {HOST}"]


def test_a_principal_whose_ticket_was_not_requested_is_not_determined(lines: Lines, site: Site) -> None:
    assert f"unknown alice {HOST}" in lines("credentials.usable", ACCEPTED_READER, TicketGrants(), of=site)
