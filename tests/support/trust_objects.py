"""trustedDomain objects of both sides, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.directory import Directories, DomainIdentity, IdentityAnswer, Trust, TrustAnswer, Trusts
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved

NOW = datetime(2026, 7, 3, tzinfo=UTC)
INBOUND, OUTBOUND, BOTH = 1, 2, 3


def seen(value: Trusts | None, asked: str) -> Observation[Trusts]:
    if value is None:
        return Unobserved(Gap.REFUSED, "port 389 refuses connections", asked, NOW, "station")
    return Observed(value, asked, NOW, "station")


def answer(domain: str, value: Trusts | None, controller: str = "dc1") -> TrustAnswer:
    return TrustAnswer(domain, controller, seen(value, f"trusts of {domain} at {controller}"))


def trusts(partner: str, direction: int, attributes: int = 0) -> Trusts:
    return Trusts((Trust(partner, partner.split(".")[0].upper(), "S-1-5-21-1", direction, 2, attributes),))


def hosts(direction: int | None = BOTH, attributes: int = 0) -> TrustAnswer:
    return answer("vmlevel.com", Trusts() if direction is None else trusts("tintri.com", direction, attributes))


def storage(direction: int | None = BOTH, attributes: int = 0) -> TrustAnswer:
    return answer("tintri.com", Trusts() if direction is None else trusts("vmlevel.com", direction, attributes))


def read(*answers: TrustAnswer, forests: tuple[str, str] = ("vmlevel.com", "tintri.com")) -> Directories:
    identities = tuple(
        IdentityAnswer(domain, "dc1", Observed(DomainIdentity("X", "S-1-5-21-1", forest), "q", NOW, "station"))
        for domain, forest in zip(("vmlevel.com", "tintri.com"), forests, strict=True)
    )
    return Directories(identities, trusts=answers)
