"""What kind of trust it is decides how a host's KDC finds the storage's names.

A forest trust carries the names of the other forest: the KDC refers by itself. An external trust carries none: the
KDC answers KDC_ERR_S_PRINCIPAL_UNKNOWN to `cifs/storage.other.domain`, unless "Use forest search order" names the
other domain. Quarantine (SID filtering) lets only SIDs of the trusted domain itself through; that is the default of
external trusts, and memberships in groups of a third domain are lost on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import QUARANTINED, Directories
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site

from ._pairs import FOREST_TRANSITIVE, WITHIN_FOREST, Side, grounds_of, one_forest, pairs, sides

EXTERNAL = Problem(
    "external",
    Severity.NOTE,
    says="The trust between {storage} and {hosts} is external: it carries no names, so SPNs of {storage} are found by "
    "search order only",
    remedy="Computer Configuration > Policies > Administrative Templates > System > Kerberos > Use forest search order "
    "= {storage} for the hosts, and System > KDC > Use forest search order = {storage} for the controllers of {hosts}; "
    "or replace it by a forest trust",
    means="KB 2977475: forest search order over an external trust works where the other forest has a single domain.",
)
SID_FILTERING = Problem(
    "sid-filtering",
    Severity.NOTE,
    says="The trust between {storage} and {hosts} filters SIDs: only those of {hosts} itself pass",
    remedy="Nothing to do as long as the hosts' groups are of {hosts}; else, and only if {hosts} is fully trusted: "
    "netdom trust {storage} /domain:{hosts} /quarantine:no",
    means="MS-PAC 4.1.2.2. Groups of a third domain and SID history do not reach the storage.",
)


@check(
    id="trust.kind",
    title="The kind of each trust is known, and what follows from it",
    tells="Whether the trust is external or forest, and whether it filters SIDs.",
    problems=[EXTERNAL, SID_FILTERING],
    refs=["MS-ADTS 6.1.6.7.9 (trustAttributes)", "MS-PAC 4.1.2.2", "KB 2977475"],
)
def trust_kind(site: Site, directories: Directories) -> Iterator[Verdict]:
    for pair in pairs(site):
        hosts, storage = sides(directories, pair)
        seen = tuple(grounds_of(hosts, storage))
        told = [one.trust for one in (hosts, storage) if one.trust is not None]
        if one_forest(directories, pair):
            yield fine(str(pair), f"{pair.hosts} and {pair.storage} are of one forest")
            continue
        if not told:
            yield unknown(str(pair), *_why(hosts, storage))
            continue
        names = {"hosts": pair.hosts, "storage": pair.storage}
        attributes = 0
        for one in told:
            attributes |= one.attributes
        found = f"trustAttributes 0x{attributes:x}"
        if attributes & (FOREST_TRANSITIVE | WITHIN_FOREST):
            yield fine(str(pair), *seen)
        else:
            yield EXTERNAL(str(pair), *seen, expected="a kind that is known", found=found, **names)
        if attributes & QUARANTINED:
            yield SID_FILTERING(str(pair), *seen, expected="a kind that is known", found=found, **names)


def _why(*both: Side) -> list[str]:
    """Why there is no trust to speak of."""
    lacking = [f"{one.domain} has no trust with {one.partner}" for one in both if one.known]
    silent = [f"the directory of {one.domain} was not read" for one in both if not one.known]
    return lacking + silent
