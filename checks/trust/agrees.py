"""Both sides of a trust must say the same of its kind: type, forest or external, transitive or not.

Some attributes belong to one side alone (quarantine, selective authentication, delegation) and are left out here. What
remains is written to both objects when a trust is made; where they differ, one side was made anew or edited alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories, Trust
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site

from ._pairs import FOREST_TRANSITIVE, WITHIN_FOREST, Pair, Side, grounds_of, one_forest, pairs, sides

NON_TRANSITIVE = 0x1
COMMON = NON_TRANSITIVE | FOREST_TRANSITIVE | WITHIN_FOREST
"""The trustAttributes that both objects carry (MS-ADTS 6.1.6.7.9)."""
TYPES = {1: "downlevel", 2: "uplevel", 3: "MIT", 4: "DCE", 5: "AAD"}

SIDES_DIFFER = Problem(
    "sides-differ",
    Severity.ERROR,
    says="{storage} and {hosts} do not agree what their trust is: {found}",
    remedy="Remove it on both sides (netdom trust {storage} /domain:{hosts} /remove /force) and make it anew on both "
    "at once: netdom trust {storage} /domain:{hosts} /add /twoway",
    means="A side that takes an external trust for a forest trust expects referrals that never come.",
)


def _kind(trust: Trust) -> tuple[int, int]:
    return trust.kind, trust.attributes & COMMON


def told(trust: Trust) -> str:
    """A trust's kind in words."""
    words = [TYPES.get(trust.kind, f"type {trust.kind}")]
    words.append("forest" if trust.attributes & FOREST_TRANSITIVE else "external")
    if trust.attributes & WITHIN_FOREST:
        words[1] = "within the forest"
    if trust.attributes & NON_TRANSITIVE:
        words.append("not transitive")
    return ", ".join(words)


def _judged(pair: Pair, hosts: Side, storage: Side) -> Verdict:
    seen = tuple(grounds_of(hosts, storage))
    if hosts.trust is None or storage.trust is None:
        silent = [one.domain for one in (hosts, storage) if not one.known]
        says = f"the directory of {', '.join(silent)} was not read" if silent else "not both sides have the trust"
        return unknown(str(pair), *seen, says=says)
    if _kind(hosts.trust) == _kind(storage.trust):
        return fine(str(pair), *seen)
    found = f"{hosts.domain} says {told(hosts.trust)}; {storage.domain} says {told(storage.trust)}"
    return SIDES_DIFFER(
        str(pair), *seen, expected="the same kind on both sides", found=found, hosts=pair.hosts, storage=pair.storage
    )


@check(
    id="trust.agrees",
    title="Both sides of each trust say the same of its kind",
    tells="Whether the two trustedDomain objects agree in type and attributes.",
    problems=[SIDES_DIFFER],
    refs=["MS-ADTS 6.1.6.7.9 (trustAttributes)", "MS-ADTS 6.1.6.7.15 (trustType)"],
)
def trust_agrees(site: Site, directories: Directories) -> Iterator[Verdict]:
    for pair in pairs(site):
        if one_forest(directories, pair):
            yield fine(str(pair), f"{pair.hosts} and {pair.storage} are of one forest")
        else:
            yield _judged(pair, *sides(directories, pair))
