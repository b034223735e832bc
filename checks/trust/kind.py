"""The type of a trust determines how the KDC of a host finds the storage's names.

A forest trust contains the name suffixes of the other forest, so the KDC issues a referral. An external trust
contains no name suffixes: for `cifs/storage.other.domain` the KDC returns KDC_ERR_S_PRINCIPAL_UNKNOWN, unless the
policy "Use forest search order" lists the other domain. With quarantine (SID filtering) only SIDs of the trusted
domain pass. This is the default of external trusts, so memberships in groups of a third domain have no effect across
them.

Evidence: the trustedDomain object of one side, which has the type of the trust.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import QUARANTINED
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.views.trust_sides import FOREST_TRANSITIVE, WITHIN_FOREST, TrustSide, TrustSides, grounds_of
from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import looks

EXTERNAL = Problem(
    "external",
    Severity.NOTE,
    says="The trust between {storage} and {hosts} is external, so KDCs find SPNs of {storage} only by "
    "forest search order",
    remedy=(
        looks(
            says="No fix is needed if hosts find the SPNs: policy.client-search and policy.kdc-search compare "
            "the forest "
            "search order, and ticket.service tests it"
        ),
    ),
    means="KB 2977475: forest search order can work across an external trust if the other forest has a single domain.",
)
SID_FILTERING = Problem(
    "sid-filtering",
    Severity.NOTE,
    says="The trust between {storage} and {hosts} filters SIDs: only SIDs of {hosts} pass",
    remedy=(
        looks(
            "netdom trust {storage} /domain:{hosts} /quarantine",
            says="No fix is needed if the groups of the hosts are in {hosts}. Without the filter, "
            "administrators of {hosts} "
            "can claim any SID of {storage}: keep it",
            on=controller("{storage}"),
            needs="Domain Admins",
        ),
    ),
    means="MS-PAC 4.1.2.2: SIDs of groups in a third domain and of SID history do not reach the storage.",
)


@check(
    id="trust.kind",
    title="The type of each trust is known",
    tells="Whether the trust is external or forest, and whether it filters SIDs.",
    problems=[EXTERNAL, SID_FILTERING],
    refs=["MS-ADTS 6.1.6.7.9 (trustAttributes)", "MS-PAC 4.1.2.2", "KB 2977475"],
)
def trust_kind(trusts: TrustSides) -> Iterator[Verdict]:
    for pair in trusts.pairs:
        hosts, storage = trusts.of(pair)
        seen = tuple(grounds_of(hosts, storage))
        answers = [side.trust for side in (hosts, storage) if side.trust is not None]
        if trusts.one_forest(pair):
            yield fine(str(pair), f"{pair.hosts} and {pair.storage} are in one forest")
            continue
        if not answers:
            yield unknown(str(pair), *_why(hosts, storage))
            continue
        names = {"hosts": pair.hosts, "storage": pair.storage}
        attributes = 0
        for side in answers:
            attributes |= side.attributes
        found = f"trustAttributes 0x{attributes:x}"
        if attributes & (FOREST_TRANSITIVE | WITHIN_FOREST):
            yield fine(str(pair), *seen)
        else:
            yield EXTERNAL(str(pair), *seen, expected="a trust whose type is known", found=found, **names)
        if attributes & QUARANTINED:
            yield SID_FILTERING(str(pair), *seen, expected="a trust whose type is known", found=found, **names)


def _why(*both: TrustSide) -> list[str]:
    """Why there is no trust to speak of."""
    lacking = [f"{side.domain} has no trust with {side.partner}" for side in both if side.lacks]
    silent = [f"the directory of {side.domain} was not read" for side in both if side.unread]
    return lacking + silent
