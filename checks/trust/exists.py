"""The storage's domain must trust the domain of the hosts, and both must know of it.

A trust is two trustedDomain objects, one in each directory, with one secret. The storage's domain (the one that
trusts) needs the outbound direction, the hosts' domain (the one that is trusted) the inbound one. An object that is
left on one side alone looks like a trust in that domain's console and gives no ticket.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site

from ._pairs import Pair, Side, grounds_of, one_forest, pairs, sides, wrong_directions

ADD = (
    "netdom trust {storage} /domain:{hosts} /add /twoway /usero:{storage}\\ADMIN /passwordo:* "
    "/userd:{hosts}\\ADMIN /passwordd:*"
)
MISSING = Problem(
    "missing",
    Severity.ERROR,
    says="{storage} and {hosts} do not trust each other: hosts of {hosts} get no ticket for storage of {storage}",
    remedy=ADD,
    means="Without a trust no KDC of the hosts' domain can refer them to the storage's domain.",
)
ONE_SIDE_ONLY = Problem(
    "one-side-only",
    Severity.ERROR,
    says="Only {there} knows of the trust between {storage} and {hosts}; {lacking} has no object for it",
    remedy="netdom trust {storage} /domain:{hosts} /remove /force on the side that is left, then " + ADD,
    means="A trust was removed or restored on one side alone. Its secret has no partner, so no referral is accepted.",
)
WRONG_DIRECTION = Problem(
    "wrong-direction",
    Severity.ERROR,
    says="The trust between {storage} and {hosts} points the wrong way: {found}",
    remedy=ADD + " (remove the present one first: netdom trust {storage} /domain:{hosts} /remove /force)",
    means="The domain that owns the resource must trust the domain of the accounts: outbound at the storage's domain, "
    "inbound at the hosts'. The other way round serves users of the storage's domain only.",
)


def _judged(pair: Pair, hosts: Side, storage: Side) -> Verdict:
    seen = tuple(grounds_of(hosts, storage))
    names = {"hosts": pair.hosts, "storage": pair.storage}
    expected = f"outbound at {pair.storage}, inbound at {pair.hosts}"
    lacking = [one for one in (hosts, storage) if one.known and one.trust is None]
    present = [one for one in (hosts, storage) if one.trust is not None]
    if lacking and present:
        words = {"there": present[0].domain, "lacking": lacking[0].domain}
        return ONE_SIDE_ONLY(str(pair), *seen, expected=expected, found=f"none at {words['lacking']}", **names, **words)
    if lacking:
        return MISSING(str(pair), *seen, expected=expected, found="no trustedDomain object", **names)
    if found := wrong_directions(hosts, storage):
        return WRONG_DIRECTION(str(pair), *seen, expected=expected, found=found, **names)
    if not (hosts.known and storage.known):
        gaps = [one.seen for one in (hosts, storage) if one.seen is not None and not one.known]
        return unknown(str(pair), *gaps, "no directory was asked")
    return fine(str(pair), *seen)


@check(
    id="trust.exists",
    title="The storage's domain trusts the hosts' domain, and both sides know it",
    tells="Whether a trustedDomain object is on both sides, in the direction that lets the hosts use the storage.",
    problems=[MISSING, ONE_SIDE_ONLY, WRONG_DIRECTION],
    refs=["MS-ADTS 6.1.6.7 (trustedDomain)", "MS-ADTS 6.1.6.7.12 (trustDirection)"],
)
def trust_exists(site: Site, directories: Directories) -> Iterator[Verdict]:
    for pair in pairs(site):
        if one_forest(directories, pair):
            yield fine(str(pair), f"{pair.hosts} and {pair.storage} are of one forest")
        else:
            yield _judged(pair, *sides(directories, pair))
