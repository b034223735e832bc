"""The KDC half of "Use forest search order" must reach every controller of the hosts' domain, with the stated list.

With it a KDC that does not know a name searches the listed forests and answers with a referral; it must be the same on
all controllers of the domain, or the answer depends on which one a host asks. The policy is worked out for each
controller's own account (it may have been moved to another OU than the others) and read from its own SYSVOL.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.policy import Policies
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, unknown
from krbcheck.site.stated import Site
from krbcheck.views.search_order.halves import Halves

from ._judged import Problems, judged

NOT_SET = Problem(
    "not-set",
    Severity.ERROR,
    says="The KDC of {subject} does not search other forests for names that it does not know: {found}",
    remedy="{mend}; then on {subject} gpupdate /force",
    means="The KDC answers KDC_ERR_S_PRINCIPAL_UNKNOWN across an external trust. Hosts are left to their own half.",
)
WRONG_LIST = Problem(
    "wrong-list",
    Severity.ERROR,
    says="The KDC of {subject} searches other forests than the site states ({wanted}): {found}",
    remedy="Set-GPRegistryValue -Guid {policy} -Key 'HKLM\\{key}' -ValueName ForestSearchList -Type String -Value "
    "'{wanted}'; then on {subject} gpupdate /force",
    means="A forest that is not listed is not searched; the order of the list is the order of the search.",
)
MALFORMED_LIST = Problem(
    "malformed-list",
    Severity.WARNING,
    says="The forest search order of the KDC of {subject} is written wrongly: {found}",
    remedy="Set-GPRegistryValue -Guid {policy} -Key 'HKLM\\{key}' -ValueName ForestSearchList -Type String -Value "
    "'{wanted}' (DNS names of forests, a semicolon between two, no blanks); then on {subject} gpupdate /force",
    means="Windows takes the list apart at semicolons only, and looks each name up as it stands.",
)


@check(
    id="policy.kdc-search",
    title="The KDC's forest search order reaches every controller, with the list that the site states",
    tells="Whether each KDC of the hosts' domain searches the storage's forest, and which policy decides it.",
    problems=[NOT_SET, WRONG_LIST, MALFORMED_LIST],
    refs=["MS-GPOL 3.2.5.1", "MS-GPREG 2.2.1", "kdc.admx ForestSearch"],
)
def policy_kdc_search(site: Site, policies: Policies) -> Iterator[Verdict]:
    problems = Problems(NOT_SET, WRONG_LIST, MALFORMED_LIST)
    halves = Halves(policies)
    realms = {principal.realm for _, principal in site.principals()}
    for domain in (one for one in site.domains if one.realm in realms):
        hosts = [view.controller for view in halves.views(domain.name)]
        if not hosts and domain.forest_search_order is not None:
            yield unknown(domain.name, says=f"no controller of {domain.name} was asked for its group policy")
        for host in hosts:
            half = halves.kdc(domain.name, host)
            yield from judged(problems, half, domain.forest_search_order, domain.name, "")
