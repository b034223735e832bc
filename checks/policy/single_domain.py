"""A forest that is searched across an external trust has one domain (KB 2977475).

The search queries any global catalog of the other forest for the SPN, and then needs a referral to the domain that
has it. An external trust leads to the trusted domain only. If the forest has several domains, the search works or
fails depending on the controller that it reaches. A forest trust leads to every domain.

Evidence: the domains of the forest and, for several, the type of the trust with it.
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
    says="{subject} is a forest of {count} domains, and {domain} searches it across an external trust",
    remedy="Replace the external trust with a forest trust between the forest roots: Active Directory "
    "Domains and Trusts: properties of {subject} > Trusts > New Trust > Forest trust (remove the external "
    "trust first: access stops meanwhile). Alternatively map the storage's name on each host: ksetup "
    "/addhosttorealmmap <storage name> <realm>. Verify: krbcheck run <site file> --only "
    "policy.single-domain,ticket.service",
    means="Forest search order is not designed for external trusts (KB 2977475): it can work while the "
    "forest has one domain, and it fails intermittently when the forest has several.",
)


def _external(trusts: Observation[Trusts] | None, forest: str) -> bool | None:
    """Whether the trust with a forest's domain carries no other domain; None where that is not known."""
    if not isinstance(trusts, Observed):
        return None
    found = next((trust for trust in trusts.value.found if trust.partner == forest), None)
    return None if found is None else not found.attributes & (FOREST_TRANSITIVE | WITHIN_FOREST)


def _judged(domain: str, forest: str, trusts: Observation[Trusts] | None, identity: DomainIdentity,
            *grounds: Observation[object]) -> Verdict:  # fmt: skip
    external, domains = _external(trusts, forest), identity.domains
    if len(domains) < 2 or external is False:
        return fine(forest, f"domains of the forest: {', '.join(domains)}", *grounds)
    if external is None:
        return unknown(forest, *grounds, says=f"the type of the trust between {domain} and {forest} is not known")
    return SEVERAL_DOMAINS(
        forest, *grounds, expected="one domain", found=", ".join(domains), domain=domain, count=str(len(domains))
    )


@check(
    id="policy.single-domain",
    title="A forest that is searched across an external trust has one domain",
    tells="Whether the search can reach a controller that has no trust path to the storage's domain.",
    problems=[SEVERAL_DOMAINS],
    refs=["KB 2977475"],
)
def policy_single_domain(site: Site, directories: Directories) -> Iterator[Verdict]:
    for domain in site.domains:
        trusts = first_seen(trust.seen for trust in directories.trusts if trust.domain == domain.name)
        for forest in dict.fromkeys(domain.forest_search_order or ()):
            if forest == domain.name:
                continue
            identity = first_seen(answer.seen for answer in directories.identities if answer.domain == forest)
            grounds = [observation for observation in (trusts, identity) if observation is not None]
            if not isinstance(identity, Observed) or not identity.value.domains:
                silent = [ground for ground in grounds if isinstance(ground, Unobserved)]
                why = "" if silent else f"the directory of {forest} was not read; add it to the site file under domains"
                yield unknown(forest, *silent, says=why)
            else:
                yield _judged(domain.name, forest, trusts, identity.value, *grounds)
