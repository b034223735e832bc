"""The storage's domain trusts the domain of the hosts, and both domains hold an object for the trust.

A trust consists of two trustedDomain objects, one in each directory, with a common password. The storage's domain
(the trusting domain) needs the outbound direction, the hosts' domain (the trusted domain) the inbound direction. If
only one object exists, that domain's console shows a trust, but no KDC issues a ticket across it. If neither domain has
an object for the other, a forest trust between the roots of their forests serves both: its objects are checked instead.

Evidence: the trusts of both directories, from every controller of a domain that returned none; without those of one
side, the trust is not fine. An object that the other side lacks is reported, because no KDC issues a ticket across the
trust without it; the remedy then begins with a query of the side that was not read.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.views.trust_sides import DomainPair, TrustSide, TrustSides, grounds_of, wrong_directions
from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import changes, fill, looks, variants

LETS_IN = "accounts of {hosts} can then authenticate to {storage}, within its permissions"
NETDOM_ADD = changes(
    "netdom trust {storage} /domain:{hosts} /add /usero:{storage}\\Administrator /passwordo:* "
    "/userd:{hosts}\\Administrator /passwordd:*",
    says="An external trust; for a forest trust, use New Trust in Active Directory Domains and Trusts",
    on=controller("{storage}"),
    needs="Domain Admins of both domains",
    undo="netdom trust {storage} /domain:{hosts} /remove /usero:{storage}\\Administrator /passwordo:* "
    "/userd:{hosts}\\Administrator /passwordd:*",
    verify="netdom trust {storage} /domain:{hosts} /verify",
    caution=LETS_IN,
)
ADD = variants(
    "{storage}",
    windows=[NETDOM_ADD],
    samba=[
        changes(
            "samba-tool domain trust create {storage} --type=external --direction=both --create-location=both "
            "--skip-validation -U Administrator@{storage} --local-dc-username=Administrator@{hosts}",
            says="Or --type=forest between the root domains of two forests",
            on=controller("{hosts}"),
            needs="the password of Administrator of both domains",
            undo="samba-tool domain trust delete {storage} -U Administrator@{storage} "
            "--local-dc-username=Administrator@{hosts}",
            caution=LETS_IN,
        )
    ],
)
WRITE_DOWN = "Write down the type and the direction of the trust"
ADD_DIRECTION = variants(
    "{storage}",
    windows=[
        looks(
            "Get-ADTrust -Filter * -Server {storage}",
            says=WRITE_DOWN,
            on=controller("{storage}"),
            needs="the ActiveDirectory module",
        ),
        msgspec.structs.replace(
            NETDOM_ADD,
            undo="",
            undo_says="Active Directory Domains and Trusts: remove the new direction only; netdom /remove would remove "
            "the old one too",
        ),
        changes(
            says="Only if the trust does not get the second direction, in a maintenance window: Active Directory "
            "Domains and Trusts > Remove, on both sides, then New Trust with both directions",
            on=f"{controller('{storage}')} and of {{hosts}}",
            needs="Domain Admins of both domains",
            undo_says="New Trust with the direction that was written down",
            caution="access of {storage}'s accounts to {hosts} stops until the new trust exists",
            interrupts=True,
        ),
    ],
    samba=[
        looks("samba-tool domain trust show {storage}", says=WRITE_DOWN, on=controller("{hosts}")),
        changes(
            "samba-tool domain trust delete {storage} -U Administrator@{storage}",
            says="Samba does not add a direction to a trust: it is removed and created again",
            on=controller("{hosts}"),
            needs="the password of Administrator of both domains",
            undo_says="the next step, with --direction as it was written down",
            caution="access of {storage}'s accounts to {hosts} stops until the next step",
            interrupts=True,
        ),
        changes(
            "samba-tool domain trust create {storage} --type=external --direction=both --create-location=both "
            "-U Administrator@{storage}",
            says="Keep the type of the old trust: --type=forest if it was a forest trust",
            on=controller("{hosts}"),
            needs="the password of Administrator of both domains",
            undo="samba-tool domain trust delete {storage} -U Administrator@{storage}",
            caution=LETS_IN,
        ),
    ],
)
LOOK_FIRST = (
    looks(
        "Get-ADTrust -Filter * -Server {silent}",
        says="{silent} was not read. If it has an object for {lacking}, remove that object before the next step: "
        "Active Directory Domains and Trusts: properties of {silent} > Trusts > {lacking} > Remove, this domain only",
        on="a host with the Active Directory module",
    ),
)
NO_REFERRAL = (
    explains("ticket.service/*", same="home storage_domain home=answered_by", where={"result": "refused"}),
    explains(
        "ticket.service/refused", "ticket.service/not-allowed", "ticket.service/no-common-enctype",
        same="home storage_domain storage_domain=answered_by", where={"result": "refused"},
    ),
)  # fmt: skip

UNTRUSTED = (
    *NO_REFERRAL,
    explains(
        "trust.agrees", "trust.kind", "trust.enctypes", "trust.selective", "trust.ticket", same="home storage_domain"
    ),
    explains("trust.enctypes/no-common-enctype", "backup.domain/*", same="home storage_domain"),
)
MISSING = Problem(
    "missing",
    Severity.ERROR,
    says="The trust between {storage} and {hosts} has no object in the directory of {lacking}, so hosts of {hosts} get "
    "no ticket for storage of {storage}",
    remedy=ADD,
    alternatives=(LOOK_FIRST,),
    means="Without a trust no KDC of the hosts' domain can refer them to the storage's domain.",
    explains=UNTRUSTED,
)
ONE_SIDE_ONLY = Problem(
    "one-side-only",
    Severity.ERROR,
    says="{lacking} has no object for the trust between {storage} and {hosts}; only {there} has one",
    remedy=(
        changes(
            says="Active Directory Domains and Trusts > properties of {there} > Trusts > {lacking} > Remove, "
            "this domain only",
            on=controller("{there}"),
            needs="Domain Admins",
            undo_says="not needed: the remaining object has no counterpart, and the next step creates it again",
            caution="no ticket uses the remaining object; write down its type and its direction first",
        ),
        *ADD,
    ),
    means="The trust was removed or restored on one side only. The remaining trust password has no "
    "counterpart, so no KDC accepts a referral.",
    explains=UNTRUSTED,
)
WRONG_DIRECTION = Problem(
    "wrong-direction",
    Severity.ERROR,
    says="The trust between {storage} and {hosts} has the wrong direction: {found}",
    remedy=(*ADD_DIRECTION,),
    means="The domain of the resource must trust the domain of the accounts: outbound at the storage's "
    "domain, inbound at the hosts' domain. The opposite direction only serves users of the storage's domain.",
    explains=UNTRUSTED,
)


def _judged(pair: DomainPair, crossed: DomainPair, hosts: TrustSide, storage: TrustSide) -> Verdict:
    seen = tuple(grounds_of(hosts, storage))
    names = {"hosts": pair.hosts, "storage": pair.storage}
    expected = f"outbound at {pair.storage}, inbound at {pair.hosts}"
    lacking = [side for side in (hosts, storage) if side.lacks]
    present = [side for side in (hosts, storage) if side.trust is not None]
    if lacking and present:
        words = {"there": present[0].domain, "lacking": lacking[0].domain}
        return ONE_SIDE_ONLY(str(pair), *seen, expected=expected, found=f"none at {words['lacking']}", **names, **words)
    if lacking:
        return _missing(pair, lacking, [side for side in (hosts, storage) if side.unread])
    if found := wrong_directions(hosts, storage):
        return WRONG_DIRECTION(str(pair), *seen, expected=expected, found=found, **names)
    if unread := [side for side in (hosts, storage) if side.unread]:
        gaps = [gap for side in unread for gap in side.silent]
        if crossed == pair:
            return unknown(str(pair), *gaps, "no directory was queried")
        silent = " and ".join(side.domain for side in unread)
        says = f"{_through(crossed)}, and the trusts of {silent} were not read: state {silent} under domains"
        return unknown(str(pair), *seen, *gaps, says=says)
    return fine(str(pair), *seen, *([] if crossed == pair else [_through(crossed)]))


def _through(roots: DomainPair) -> str:
    return f"tickets cross the trust between the forest roots {roots.storage} and {roots.hosts}"


def _missing(pair: DomainPair, lacking: list[TrustSide], unread: list[TrustSide]) -> Verdict:
    """No side has an object, or the only side that was read has none."""
    looking = (fill(LOOK_FIRST, {"silent": side.domain, "lacking": side.partner}) for side in unread)
    return MISSING.with_steps(tuple(step for steps in looking for step in steps))(
        str(pair),
        *grounds_of(*lacking, *unread),
        expected=f"outbound at {pair.storage}, inbound at {pair.hosts}",
        found="no trustedDomain object",
        hosts=pair.hosts,
        storage=pair.storage,
        lacking=" and of ".join(side.domain for side in lacking),
    )


@check(
    id="trust.exists",
    title="The storage's domain trusts the hosts' domain, and both hold an object for the trust",
    tells="Whether both directories contain a trustedDomain object in the direction that the hosts need.",
    problems=[MISSING, ONE_SIDE_ONLY, WRONG_DIRECTION],
    refs=["MS-ADTS 6.1.6.7 (trustedDomain)", "MS-ADTS 6.1.6.7.12 (trustDirection)"],
)
def trust_exists(trusts: TrustSides) -> Iterator[Verdict]:
    for pair in trusts.pairs:
        if trusts.one_forest(pair):
            yield fine(str(pair), f"{pair.hosts} and {pair.storage} are in one forest")
        else:
            yield _judged(pair, trusts.crossed(pair), *trusts.of(pair))
