"""Answers of name servers about the data path of alice, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from krbcheck.facts.names import DnsAnswer, NameAnswer, NameAnswers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import DataPath, Site

Answers = Mapping[str, DnsAnswer | Sequence[str] | None]
"""By name server: addresses, or an rcode, or a whole answer, or None for silence."""
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
BOB_UNKNOWN = f"unknown bob {BOB}"


def said(answer: DnsAnswer, server: str, tenant: str = "alice") -> Observed[DnsAnswer]:
    return Observed(answer, f"? of {server}", AT, tenant)


def silence(server: str, tenant: str = "alice") -> Unobserved:
    return Unobserved(Gap.TIMED_OUT, "no answer within 2 s", f"? of {server}", AT, tenant)


def names(answers: Answers, tenant: str = "alice", name: str = ALICE) -> NameAnswers:
    """A answers; every server that speaks has no AAAA record."""
    found = []
    for server, answer in answers.items():
        seen: Observation[DnsAnswer]
        match answer:
            case None:
                seen = silence(server, tenant)
            case str():
                seen = said(DnsAnswer(answer), server, tenant)
            case DnsAnswer():
                seen = said(answer, server, tenant)
            case _:
                seen = said(DnsAnswer("NOERROR", addresses=tuple(answer), ttl=60), server, tenant)
        found.append(NameAnswer(tenant, name, "A", server, seen))
        other = silence(server, tenant) if answer is None else said(DnsAnswer("NOERROR"), server, tenant)
        found.append(NameAnswer(tenant, name, "AAAA", server, other))
    return NameAnswers(tuple(found))


def both(*some: NameAnswers) -> NameAnswers:
    return NameAnswers(
        tuple(answer for names in some for answer in names.forward),
        tuple(answer for names in some for answer in names.reverse),
    )


def unstated(site: Site) -> Site:
    """The site without stated addresses."""
    tenants = tuple(
        msgspec.structs.replace(
            tenant, data_paths=tuple(DataPath(path.name, path.storage) for path in tenant.data_paths)
        )
        for tenant in site.tenants
    )
    return msgspec.structs.replace(site, tenants=tenants)


def finding(verdicts: list[Verdict]) -> Finding:
    (found,) = (verdict for verdict in verdicts if isinstance(verdict, Finding))
    return found
