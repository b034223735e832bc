"""A forest that is searched across an external trust should have one domain (KB 2977475).

The search asks any global catalogue of the other forest who knows the name, and then wants a referral to that domain.
Across an external trust there is a way to the trusted domain only: where the forest has several domains, it works or
not by which controller is found. Across a forest trust every domain is reached.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories, DomainIdentity, Trusts, first_seen
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site

FOREST_TRANSITIVE, WITHIN_FOREST = 0x8, 0x20
"""trustAttributes (MS-ADTS 6.1.6.7.9)."""

SEVERAL_DOMAINS = Problem(
    "several-domains",
    Severity.WARNING,
    says="The forest of {subject}, which {domain} searches across an external trust, has {count} domains: {found}",
    remedy="netdom trust {subject} /domain:{domain} /remove, then New-ADTrust as a forest trust between the forests' "
    "roots; or address the storage by three-part SPNs, which need no search",
    means="Microsoft says that a forest search order is not made for external trusts (KB 2977475): it may work while "
    "the forest has one domain, and fails by chance when it has several.",
)


def _external(trusts: Observation[Trusts] | None, forest: str) -> bool | None:
    """Whether the trust with a forest's domain carries no other domain; None where that is not known."""
    if not isinstance(trusts, Observed):
        return None
    found = next((one for one in trusts.value.found if one.partner == forest), None)
    return None if found is None else not found.attributes & (FOREST_TRANSITIVE | WITHIN_FOREST)


def _judged(domain: str, forest: str, trusts: Observation[Trusts] | None, identity: DomainIdentity,
            *grounds: Observation[object]) -> Verdict:  # fmt: skip
    external, domains = _external(trusts, forest), identity.domains
    if len(domains) < 2 or external is False:
        return fine(forest, f"domains of its forest: {', '.join(domains)}", *grounds)
    if external is None:
        return unknown(forest, *grounds, says=f"whether {domain} trusts {forest} as a forest was not told")
    return SEVERAL_DOMAINS(
        forest, *grounds, expected="one domain", found=", ".join(domains), domain=domain, count=str(len(domains))
    )


@check(
    id="policy.single-domain",
    title="A forest that is searched across an external trust has one domain",
    tells="Whether the search can end at a controller that is no way to the storage's domain.",
    problems=[SEVERAL_DOMAINS],
    refs=["KB 2977475"],
)
def policy_single_domain(site: Site, directories: Directories) -> Iterator[Verdict]:
    for domain in site.domains:
        trusts = first_seen(one.seen for one in directories.trusts if one.domain == domain.name)
        for forest in dict.fromkeys(domain.forest_search_order or ()):
            if forest == domain.name:
                continue
            identity = first_seen(one.seen for one in directories.identities if one.domain == forest)
            grounds = [one for one in (trusts, identity) if one is not None]
            if not isinstance(identity, Observed) or not identity.value.domains:
                silent = [one for one in grounds if isinstance(one, Unobserved)]
                why = "" if silent else f"the directory of {forest} was not read; state it under domains"
                yield unknown(forest, *silent, says=why)
            else:
                yield _judged(domain.name, forest, trusts, identity.value, *grounds)
