"""Both trustedDomain objects of a trust have the same type and attributes: forest or external, transitive or not.

A trust consists of two trustedDomain objects, one in each directory. Some attributes belong to one side only
(quarantine, selective authentication, delegation); this check ignores them. The other attributes are written to both
objects when the trust is created. If they differ, one side was created again or edited separately.

Evidence: the trustedDomain object of each side; if one is missing, the trust is not determined.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Trust
from krbcheck.facts.observation import Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.views.trust_sides import FOREST_TRANSITIVE, WITHIN_FOREST, DomainPair, TrustSide, TrustSides, grounds_of
from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import changes, looks

NON_TRANSITIVE = 0x1
COMMON = NON_TRANSITIVE | FOREST_TRANSITIVE | WITHIN_FOREST
"""The trustAttributes that both objects carry (MS-ADTS 6.1.6.7.9)."""
TYPES = {1: "downlevel", 2: "uplevel", 3: "MIT", 4: "DCE", 5: "AAD"}

SIDES_DIFFER = Problem(
    "sides-differ",
    Severity.ERROR,
    says="{storage} and {hosts} hold different attributes for their trust: {found}",
    remedy=(
        looks(
            "Get-ADTrust -Filter \"Target -eq '{hosts}'\" -Server {storage} -Properties trustAttributes,whenChanged",
            says="Find out which of the two objects was changed, and when; compare with -Server {hosts} and {storage}",
            on=controller("{storage}"),
            needs="the ActiveDirectory module",
        ),
        looks(
            says="If hosts get tickets across the trust (trust.ticket passes), leave it as it is until a "
            "maintenance window"
        ),
        changes(
            says="Then create the trust again with one type: Active Directory Domains and Trusts > properties "
            "of {storage} > "
            "Trusts > {hosts} > Remove, on both sides, and New Trust",
            on="domain controllers of {storage} and {hosts}",
            needs="Domain Admins of both domains",
            undo_says="create the trust with its old type again",
            caution="access across the trust stops until the new trust exists and has replicated",
            interrupts=True,
        ),
    ),
    means="If one side holds a forest trust and the other an external trust, the KDCs of the first "
    "expect referrals that the second does not issue.",
)


def _kind(trust: Trust) -> tuple[int, int]:
    return trust.kind, trust.attributes & COMMON


def described(trust: Trust) -> str:
    """A trust's kind in words."""
    words = [TYPES.get(trust.kind, f"type {trust.kind}")]
    words.append("forest" if trust.attributes & FOREST_TRANSITIVE else "external")
    if trust.attributes & WITHIN_FOREST:
        words[1] = "within the forest"
    if trust.attributes & NON_TRANSITIVE:
        words.append("not transitive")
    return ", ".join(words)


def _judged(pair: DomainPair, hosts: TrustSide, storage: TrustSide) -> Verdict:
    seen = tuple(grounds_of(hosts, storage))
    if hosts.trust is None or storage.trust is None:
        silent = [side.domain for side in (hosts, storage) if side.unread]
        says = (
            f"the directory of {', '.join(silent)} was not read"
            if silent
            else "only one side has a trustedDomain object, or none"
        )
        missing = [observation for observation in seen if isinstance(observation, Unobserved)]
        return unknown(str(pair), *seen, says=says, missing=missing)
    if _kind(hosts.trust) == _kind(storage.trust):
        return fine(str(pair), *seen)
    found = f"{described(hosts.trust)} at {hosts.domain}; {described(storage.trust)} at {storage.domain}"
    return SIDES_DIFFER(
        str(pair), *seen, expected="the same kind on both sides", found=found, hosts=pair.hosts, storage=pair.storage
    )


@check(
    id="trust.agrees",
    title="Both sides of each trust hold the same type and attributes",
    tells="Whether the two trustedDomain objects agree in type and attributes.",
    problems=[SIDES_DIFFER],
    refs=["MS-ADTS 6.1.6.7.9 (trustAttributes)", "MS-ADTS 6.1.6.7.15 (trustType)"],
)
def trust_agrees(trusts: TrustSides) -> Iterator[Verdict]:
    for pair in trusts.pairs:
        if trusts.one_forest(pair):
            yield fine(str(pair), f"{pair.hosts} and {pair.storage} are in one forest")
        else:
            yield _judged(pair, *trusts.of(pair))
