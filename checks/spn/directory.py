"""No SPN of the whole directory may have two owners, and the directory should refuse to let it happen.

One pass over all accounts of the forest finds every SPN that is registered twice, letter case ignored; those of the
data paths are spn.unique's. Since 2012 R2 controllers refuse a second owner on writing, unless the 21st character of
dSHeuristics says otherwise; two controllers that write at once get past it all the same. A forest of which the site
has several domains is judged once, by the first whose global catalogue was asked.

The forests are held against each other too: a service with a host's full name in two of them is a ticket of the wrong
realm for somebody. Short names are left out there, since every forest may have a host of that name. For the same reason
the other forms of a name (with a port, short, under HOST/) only count for data paths, in spn.unique: elsewhere they are
rightly other accounts' - two databases on one host, or a web site with an account of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import SharedSpn, SpnCensus, SpnCensuses, SpnsOfBoth
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site

UNIQUENESS_CHARACTER = 21
"""DoNotVerifyUPNAndOrSPNUniqueness (MS-ADTS 6.1.1.2.4.1.2), counted from one."""
SPN_BITS = 0x2 | 0x4
"""SPNs, SPN aliases."""

NOT_ENFORCED = Problem(
    "not-enforced",
    Severity.WARNING,
    says="The forest of {subject} lets an SPN be registered twice: {found}",
    remedy="Set character 21 of dSHeuristics on CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,... to "
    "0 (adsiedit.msc), or clear the attribute",
    means="CVE-2021-42282, KB5008382: the check was turned off, usually to get an old product installed.",
)
ELSEWHERE = Problem(
    "duplicates-elsewhere",
    Severity.WARNING,
    says="In {where} {count} other SPNs have more than one owner: {found}",
    remedy="{list}; setspn -D SPN WRONGACCOUNT removes one",
    means="Not a data path's, so no tenant's storage is concerned; whoever asks for such a service gets no ticket.",
)
MOST_NAMED = 5


def _named(shared: list[SharedSpn]) -> str:
    lines = [f"{one.spn} ({' and '.join(one.owners)})" for one in shared[:MOST_NAMED]]
    return "; ".join(lines) + (f"; and {len(shared) - MOST_NAMED} more" if len(shared) > MOST_NAMED else "")


def _unenforced(heuristics: str | None) -> bool:
    character = (heuristics or "")[UNIQUENESS_CHARACTER - 1 : UNIQUENESS_CHARACTER]
    return character.isdigit() and bool(int(character) & SPN_BITS)


def _judged(domain: str, counted: SpnCensus, seen: Observation[SpnCensus], paths: set[str]) -> Iterator[Verdict]:
    others = [one for one in counted.shared if one.spn not in paths]
    if _unenforced(counted.heuristics):
        found = f"dSHeuristics is {counted.heuristics}"
        yield NOT_ENFORCED(domain, seen, expected="uniqueness enforced", found=found)
    if others:
        words = {"where": f"the forest of {domain}", "list": "setspn -X -F lists them"}
        yield ELSEWHERE(domain, seen, expected="one owner each", found=_named(others), count=str(len(others)), **words)
    if counted.heuristics is None:
        yield unknown(domain, says="dSHeuristics was not to be read: whether uniqueness is enforced is not known")
    if counted.cut:
        says = f"{counted.cut} accounts hold more SPNs than the directory tells at once, and the rest was not compared"
        yield unknown(domain, seen, says=says)
    if not (others or counted.cut or counted.heuristics is None or _unenforced(counted.heuristics)):
        yield fine(domain, seen)


def _across(one: SpnsOfBoth, paths: set[str]) -> Verdict:
    """Those of the data paths are spn.unique's here, too."""
    subject = f"{one.domain} and {one.other}"
    if not isinstance(one.seen, Observed):
        return unknown(subject, one.seen)
    others = [each for each in one.seen.value.shared if each.spn not in paths]
    if not others:
        return fine(subject, one.seen)
    return ELSEWHERE(
        subject,
        one.seen,
        expected="one owner each",
        found=_named(others),
        count=str(len(others)),
        where=f"the forests of {subject} together",
        list=f"setspn -T {one.domain} -Q SPN and setspn -T {one.other} -Q SPN name the accounts",
    )


def _both(censuses: SpnCensuses) -> list[SpnsOfBoth]:
    """Each two forests once; an answer of one collection before the silence of another."""
    kept: dict[frozenset[str], SpnsOfBoth] = {}
    for one in censuses.both:
        pair = frozenset((one.domain, one.other))
        if pair not in kept or isinstance(kept[pair].seen, Unobserved):
            kept[pair] = one
    return list(kept.values())


def _told(site: Site, censuses: SpnCensuses) -> dict[str, Observed[SpnCensus]]:
    """One answer for each domain that has one; a global catalogue's before a directory's."""
    told: dict[str, Observed[SpnCensus]] = {}
    for domain in site.domains:
        answers = [one.seen for one in censuses.answers if one.domain == domain.name]
        answered = [one for one in answers if isinstance(one, Observed)]
        if answered:
            told[domain.name] = next((one for one in answered if one.value.whole), answered[0])
    return told


@check(
    id="spn.directory",
    title="No SPN of the directory has two owners, and none can get them",
    tells="Every SPN of the forest that is registered twice, and whether the directory would refuse it.",
    problems=[NOT_ENFORCED, ELSEWHERE],
    refs=["MS-ADTS 6.1.1.2.4.1.2 (dSHeuristics)", "MS-ADTS 3.1.1.5.1.3", "KB5008382"],
)
def spn_directory(site: Site, censuses: SpnCensuses) -> Iterator[Verdict]:
    paths = {path.spn.lower() for _, path in site.named_paths()}
    told = _told(site, censuses)
    whole = {one.value.forest: name for name, one in reversed(told.items()) if one.value.whole}
    for domain in site.domains:
        seen = told.get(domain.name)
        if seen is None:
            answers = [one.seen for one in censuses.answers if one.domain == domain.name]
            yield unknown(domain.name, *answers, "its directory was not read")
        elif whole.get(seen.value.forest, domain.name) == domain.name:
            yield from _judged(domain.name, seen.value, seen, paths)
    for one in _both(censuses):
        yield _across(one, paths)
