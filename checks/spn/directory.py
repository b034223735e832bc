"""No SPN in the directory has two owners, and the directory rejects the registration of a second owner.

krbcheck searches all accounts of the forest for SPNs that are registered more than once, ignoring letter case.
spn.unique reports the SPNs of the data paths. Since Windows Server 2012 R2 controllers reject a second owner, unless
character 21 of dSHeuristics disables this. Two controllers that write at the same time can still create a duplicate.
If the site contains several domains of a forest, only the first whose global catalog was queried is judged.

krbcheck also compares the forests with each other: if a service with the full name of a host is registered in two
forests, some clients get a ticket of the wrong realm. It ignores short names here, because every forest may have a
host of that name. Other forms of a name (with a port, short, or under HOST/) count for data paths only (spn.unique):
for other services they can belong to different accounts, such as two databases on one host.

Evidence: all accounts of each forest from one of its global catalogs, dSHeuristics, and the comparison of each two
forests; what is missing is not determined.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from krbcheck.facts.directory import SharedSpn, SpnCensus, SpnCensuses, SpnsOfBoth
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site
from krbcheck.windows.common_steps import ROOT, SAM, controller
from krbcheck.windows.remedy import changes, looks, variants

UNIQUENESS_CHARACTER = 21
"""DoNotVerifyUPNAndOrSPNUniqueness (MS-ADTS 6.1.1.2.4.1.2), counted from one."""
SPN_BITS = 0x2 | 0x4
"""SPNs, SPN aliases."""

NOT_ENFORCED = Problem(
    "not-enforced",
    Severity.WARNING,
    says="The forest of {subject} does not enforce the uniqueness of SPNs: {found}",
    remedy=(
        *variants(
            "{subject}",
            windows=[
                looks(
                    'Get-ADObject ("CN=Directory Service,CN=Windows NT,CN=Services," + '
                    "(Get-ADRootDSE -Server {subject}).configurationNamingContext) -Server {subject} "
                    "-Properties dSHeuristics",
                    says="Write down dSHeuristics; now it is {was}",
                    on=controller("{subject}"),
                    needs="the ActiveDirectory module",
                ),
                changes(
                    'Set-ADObject ("CN=Directory Service,CN=Windows NT,CN=Services," + '
                    "(Get-ADRootDSE -Server {subject}).configurationNamingContext) -Server {subject} "
                    "-Replace @{{dSHeuristics='{now}'}}",
                    says="Only character 21 changes, all others are kept",
                    on=controller("{subject}"),
                    needs="Enterprise Admins",
                    undo='Set-ADObject ("CN=Directory Service,CN=Windows NT,CN=Services," + '
                    "(Get-ADRootDSE -Server {subject}).configurationNamingContext) -Server {subject} "
                    "-Replace @{{dSHeuristics='{was}'}}",
                    caution="a product that registers duplicate SPNs gets an error from now on",
                ),
            ],
            samba=[
                looks(
                    "ldbsearch -H " + SAM + " -b 'CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,"
                    "{forest_dn}' -s base dSHeuristics",
                    says="Write down dSHeuristics; now it is {was}",
                    on=controller("{subject}"),
                    needs=ROOT,
                ),
                changes(
                    "printf 'dn: CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,%s\\nchangetype: "
                    "modify\\nreplace: dSHeuristics\\ndSHeuristics: %s\\n' '{forest_dn}' '{now}' | ldbmodify -H " + SAM,
                    says="Only character 21 changes, all others are kept",
                    on=controller("{subject}"),
                    needs=ROOT,
                    undo="printf 'dn: CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,%s\\nchangetype: "
                    "modify\\nreplace: dSHeuristics\\ndSHeuristics: %s\\n' '{forest_dn}' '{was}' | ldbmodify -H " + SAM,
                    caution="a product that registers duplicate SPNs gets an error from now on",
                ),
            ],
        ),
    ),
    means="CVE-2021-42282 (KB5008382): the uniqueness check was disabled, typically to install an old product.",
)
WHICH = "Find out for each SPN which account runs the service"
EACH = "For each SPN, with the account that does not run the service"
WRONG_OWNER = "clients of a service whose right SPN is removed get no ticket"
ELSEWHERE = Problem(
    "duplicates-elsewhere",
    Severity.WARNING,
    says="The directory of {subject} contains other SPNs with more than one owner ({count})",
    remedy=(
        *variants(
            "{first}",
            windows=[
                looks("{list}", says=WHICH, on=controller("{first}")),
                changes(
                    "setspn -D SPN ACCOUNT",
                    says=EACH,
                    on=controller("{first}"),
                    needs="write access to servicePrincipalName of the account",
                    undo="setspn -S SPN ACCOUNT",
                    verify="{list}",
                    caution=WRONG_OWNER,
                ),
            ],
            samba=[
                looks(
                    f"ldbsearch -H {SAM} '(servicePrincipalName=*)' sAMAccountName servicePrincipalName",
                    says=WHICH,
                    on=controller("{first}"),
                    needs=ROOT,
                ),
                changes(
                    "samba-tool spn delete SPN ACCOUNT",
                    says=EACH + ", and with the SPN in the letter case in which that account has it",
                    on=controller("{first}"),
                    needs=ROOT,
                    undo="samba-tool spn add SPN ACCOUNT",
                    verify="samba-tool spn list ACCOUNT",
                    caution=WRONG_OWNER,
                ),
            ],
        ),
    ),
    means="These SPNs are not of a data path, so they do not affect the tenants' storage. Clients of "
    "these services get no ticket, or get one for the wrong account.",
)
MOST_NAMED = 5


def _named(shared: list[SharedSpn]) -> str:
    lines = [f"{spn.spn} ({' and '.join(spn.owners)})" for spn in shared[:MOST_NAMED]]
    return "; ".join(lines) + (f"; and {len(shared) - MOST_NAMED} more" if len(shared) > MOST_NAMED else "")


def _unenforced(heuristics: str | None) -> bool:
    character = (heuristics or "")[UNIQUENESS_CHARACTER - 1 : UNIQUENESS_CHARACTER]
    return character.isdigit() and bool(int(character) & SPN_BITS)


def _enforced(heuristics: str) -> str:
    """Returns dSHeuristics with the uniqueness of SPNs enforced: a 0 at its character, all others kept."""
    return heuristics[: UNIQUENESS_CHARACTER - 1] + "0" + heuristics[UNIQUENESS_CHARACTER:]


def _judged(domain: str, counted: SpnCensus, seen: Observation[SpnCensus], paths: set[str]) -> Iterator[Verdict]:
    others = [spn for spn in counted.shared if spn.spn not in paths]
    if _unenforced(counted.heuristics):
        found = f"dSHeuristics is {counted.heuristics}"
        values = {
            "was": counted.heuristics or "",
            "now": _enforced(counted.heuristics or ""),
            "forest_dn": ",".join(f"DC={label}" for label in (counted.forest or domain).split(".")),
        }
        yield NOT_ENFORCED(domain, seen, expected="uniqueness enforced", found=found, **values)
    if others:
        words = {"where": f"the forest of {domain}", "list": "setspn -X -F", "first": domain}
        yield ELSEWHERE(domain, seen, expected="one owner each", found=_named(others), count=str(len(others)), **words)
    if counted.heuristics is None:
        yield unknown(
            domain, says="dSHeuristics could not be read, so whether the forest enforces unique SPNs is not determined"
        )
    if counted.cut:
        says = f"{counted.cut} accounts have more SPNs than the directory returns at once; the others were not compared"
        yield unknown(domain, seen, says=says)
    if not counted.whole:
        says = f"no global catalog of {domain} returned the SPNs, so other domains of its forest were not searched"
        yield unknown(domain, seen, says=says)
    whole = counted.whole and not counted.cut and counted.heuristics is not None
    if whole and not others and not _unenforced(counted.heuristics):
        yield fine(domain, seen)


def _across(both: SpnsOfBoth, paths: set[str]) -> Verdict:
    """Those of the data paths are spn.unique's here, too."""
    subject = f"{both.domain} and {both.other}"
    if not isinstance(both.seen, Observed):
        return unknown(subject, both.seen)
    others = [each for each in both.seen.value.shared if each.spn not in paths]
    if not others:
        return fine(subject, both.seen)
    return ELSEWHERE(
        subject,
        both.seen,
        expected="one owner each",
        found=_named(others),
        count=str(len(others)),
        where=f"the forests of {subject} together",
        first=both.domain,
        list=f"setspn -T {both.domain} -T {both.other} -F -X",
    )


def _both(censuses: SpnCensuses) -> list[SpnsOfBoth]:
    """Each two forests once; an answer of one collection before the silence of another."""
    kept: dict[frozenset[str], SpnsOfBoth] = {}
    for both in censuses.both:
        pair = frozenset((both.domain, both.other))
        if pair not in kept or isinstance(kept[pair].seen, Unobserved):
            kept[pair] = both
    return list(kept.values())


def _by_domain(site: Site, censuses: SpnCensuses) -> dict[str, Observed[SpnCensus]]:
    """One answer for each domain that has one; a global catalogue's before a directory's."""
    replies: dict[str, Observed[SpnCensus]] = {}
    for domain in site.domains:
        answers = [answer.seen for answer in censuses.answers if answer.domain == domain.name]
        answered = [answer for answer in answers if isinstance(answer, Observed)]
        if answered:
            replies[domain.name] = next(
                (observation for observation in answered if observation.value.whole), answered[0]
            )
    return replies


@check(
    id="spn.directory",
    title="No SPN of the directory has two owners, and the directory prevents it",
    tells="Every SPN of the forest that is registered more than once, and whether the directory rejects duplicates.",
    problems=[NOT_ENFORCED, ELSEWHERE],
    refs=["MS-ADTS 6.1.1.2.4.1.2 (dSHeuristics)", "MS-ADTS 3.1.1.5.1.3", "KB5008382"],
)
def spn_directory(site: Site, censuses: SpnCensuses) -> Iterator[Verdict]:
    paths = {path.spn.lower() for _, path in site.named_paths()}
    replies = _by_domain(site, censuses)
    whole = {
        observation.value.forest: name for name, observation in reversed(replies.items()) if observation.value.whole
    }
    for domain in site.domains:
        seen = replies.get(domain.name)
        if seen is None:
            answers = [answer.seen for answer in censuses.answers if answer.domain == domain.name]
            yield unknown(domain.name, *answers, "its directory was not read")
        elif whole.get(seen.value.forest, domain.name) == domain.name:
            yield from _judged(domain.name, seen.value, seen, paths)
    both = _both(censuses)
    for observation in both:
        yield _across(observation, paths)
    compared = {frozenset((entry.domain, entry.other)) for entry in both}
    judged = {counted.value.forest: name for name, counted in reversed(replies.items())}
    for pair in combinations(reversed(judged.values()), 2):
        if frozenset(pair) not in compared:
            subject = " and ".join(pair)
            yield unknown(subject, says=f"the SPNs of the forests of {subject} were not compared")
