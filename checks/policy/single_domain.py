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
from krbcheck.windows.common_steps import ELEVATED
from krbcheck.windows.remedy import changes, looks

FOREST_TRANSITIVE, WITHIN_FOREST = 0x8, 0x20
"""trustAttributes (MS-ADTS 6.1.6.7.9)."""

SEVERAL_DOMAINS = Problem(
    "several-domains",
    Severity.WARNING,
    says="{subject} is a forest of {count} domains, and {domain} searches it across an external trust",
    remedy=(
        looks(
            says="Nothing is interrupted if the search works: plan the next step for a maintenance window, or map the "
            "storage's name on each host instead"
        ),
        changes(
            "ksetup /addhosttorealmmap NAME REALM",
            says="NAME is the DNS name of a data path and REALM the realm of its storage, in upper case",
            on="each host",
            needs=ELEVATED,
            undo="ksetup /delhosttorealmmap NAME REALM",
            verify="klist get cifs/NAME",
        ),
        changes(
            says="Or replace the external trust with a forest trust: Active Directory Domains and Trusts > "
            "properties of "
            "{subject} > Trusts > New Trust > Forest trust, after the external trust was removed",
            on="domain controllers of both forests",
            needs="Enterprise Admins of both forests",
            undo_says="remove the forest trust and create the external trust again",
            caution="access across the trust stops until the new trust exists",
            interrupts=True,
        ),
    ),
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
