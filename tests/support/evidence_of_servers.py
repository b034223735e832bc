"""What checks report where one server of a recording does not answer, and what that server alone could have shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache

from fixtures.scenarios import HEALTHY, facts_of, site_of
from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import Facts, Observed
from krbcheck.judging import registry
from tests.support.evidence_servers import ANSWERS, Part, Servers, silent
from tests.support.rejudging import Rejudged
from tests.support.said import AllFacts, Subject, wrong

Case = tuple[str, str, str]
"""What was changed, the check, and what it reported that it must not; empty if nothing."""
SECOND = {
    "tidc.tintri.com": {"tidc.tintri.com": "tidc2.tintri.com", "10.77.0.20": "10.77.0.21"},
    "fadc.fabric.com": {"fadc.fabric.com": "fadc2.fabric.com", "10.77.0.30": "10.77.0.31"},
}
"""The lab has several controllers in the hosts' domain alone; a second one is added to the other domains."""
A_SECOND = "vmdc2.vmlevel.com"


def without_answers(scenario: str, *, lists: bool) -> Iterator[Case]:
    """Each server silent, denying its reader, and with searches that return nothing; in every list apart if `lists`.

    A healthy scenario is judged by every check, another by the checks that found something.
    """
    site, checks = site_of(scenario), list(registry.load().values())
    judged = Rejudged(site, facts_of(scenario), checks)
    facts = judged.facts
    servers = Servers(facts)
    kept = [check for check in checks if scenario == HEALTHY or judged.whole[check.id].found]
    needed = {kind: facts[kind] for check in kept for kind in check.families if kind in facts}
    for part in servers.parts(needed):
        if part.kind and not lists:
            continue
        for name, answer in ANSWERS.items():
            changed = {**facts, **servers.answering(needed, part, answer)}
            kinds = {kind for kind in facts if changed[kind] is not facts[kind]}
            resting = [check for check in kept if kinds.intersection(check.families)]
            for check, left in judged.again(changed, resting):
                yield from ((f"{name}: {part}", check, fault) for fault in wrong(judged.whole[check], left) or [""])


def shown_by_one(scenario: str, *, lists: bool) -> Iterator[Case]:
    """What a server shows if it alone answers as in the scenario: without its answer, that is fine nowhere."""
    base, checks = _healthy(), list(registry.load().values())
    servers = Servers(base)
    other = servers.renamed(several_controllers(scenario), _sids(facts_of(scenario)))
    for part in _parts():
        if part.kind and not lists:
            continue
        mixed = servers.spliced(base, other, part)
        kinds = {kind for kind in base if mixed[kind] is not base[kind]}
        resting = [check for check in checks if kinds.intersection(check.families)]
        for check, shown in _judged_healthy().again(mixed, resting) if resting else ():
            found, fine = shown.found, _fine_without(part)[check]
            codes = [(subject, code) for subject in found.keys() & fine for code in sorted(found[subject])]
            yield from ((str(part), check, f"fine: {subject}, can be {code}") for subject, code in codes)
            if not codes:
                yield str(part), check, ""


def several_controllers(scenario: str) -> AllFacts:
    facts: AllFacts = facts_of(scenario)
    kinds = Servers(facts).answering_in(facts, A_SECOND)
    for first, second in SECOND.items():
        facts = Servers(facts).with_second(facts, kinds, first, second)
    return facts


@cache
def _healthy() -> AllFacts:
    return several_controllers(HEALTHY)


@cache
def _judged_healthy() -> Rejudged:
    return Rejudged(site_of(HEALTHY), _healthy(), list(registry.load().values()))


@cache
def _parts() -> list[Part]:
    return Servers(_healthy()).parts(_healthy())


@cache
def _fine_without(part: Part) -> dict[str, Collection[Subject]]:
    """What each check reports as fine in the healthy scenario if this part of a server's answers is missing."""
    base = _healthy()
    changed = Servers(base).answering(base, part, silent)
    return {check: said.fine for check, said in _judged_healthy().again(changed, list(registry.load().values()))}


def _sids(facts: AllFacts) -> dict[str, str]:
    """The domain SIDs of a recording, whose lab was another one, with those of the healthy recording."""
    here, there = _identities(facts_of(HEALTHY)), _identities(facts)
    return {there[name]: here[name] for name in here.keys() & there.keys() if here[name] != there[name]}


def _identities(facts: dict[type[Facts], Facts] | AllFacts) -> dict[str, str]:
    family = facts[Directories]
    assert isinstance(family, Directories)
    seen = ((answer.domain, answer.seen) for answer in family.identities)
    return {domain: answer.value.sid for domain, answer in seen if isinstance(answer, Observed)}


def mixed_scenarios(scenarios: Collection[str]) -> list[str]:
    """Those with the site file of the healthy scenario."""
    return [name for name in scenarios if name != HEALTHY and site_of(name) == site_of(HEALTHY)]
