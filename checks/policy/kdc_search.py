"""The policy "Use forest search order" of the KDC applies to each controller of the hosts' domain, as the site states.

A KDC with this policy searches the listed forests for an SPN that it cannot find, and returns a referral. All
controllers of a domain need the same policy, because a host can use any of them. krbcheck computes the policy for the
account of each controller (which can be in a different OU) and reads it from that controller's own SYSVOL.

Evidence: the policies in the directory and in the SYSVOL of the controller itself, and its account.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, unknown
from krbcheck.site.stated import Site
from krbcheck.views.search_order.policies import GroupPolicies, KdcSearchOrders
from krbcheck.windows.common_steps import ELEVATED
from krbcheck.windows.remedy import changes

from ._judged import LET_IT_APPLY, LINK, REPLACE, SET, STATE, Problems, judged

APPLY = (
    changes(
        "gpupdate /force",
        on="{subject}",
        needs=ELEVATED,
        undo_says="nothing to revert: the policy is applied again within 90 minutes in any case",
        verify="reg query 'HKLM\\{key}'",
        shows="UseForestSearch 0x1 and ForestSearchList {wanted}",
    ),
)
NOT_SET = Problem(
    "not-set",
    Severity.ERROR,
    says="The KDC of {subject} does not use forest search order, so it does not search {wanted} for SPNs",
    alternatives=(*LET_IT_APPLY, SET, LINK),
    remedy=APPLY,
    means="The KDC returns KDC_ERR_S_PRINCIPAL_UNKNOWN for SPNs across an external trust. Hosts then "
    "depend on the policy of the Kerberos client.",
    explains=[
        explains(
            "ticket.service/needs-search-order", "ticket.service/by-luck", same="policies", where={"result": "lacking"}
        )
    ],
)
WRONG_LIST = Problem(
    "wrong-list",
    Severity.ERROR,
    says="The KDC of {subject} searches the forests '{order}', not '{wanted}' as the site states",
    alternatives=(STATE, REPLACE),
    remedy=APPLY,
    means="The KDC searches only the listed forests, in the order of the list.",
    explains=[
        explains(
            "ticket.service/needs-search-order", "ticket.service/by-luck", same="policies", where={"result": "lacking"}
        )
    ],
)
MALFORMED_LIST = Problem(
    "malformed-list",
    Severity.WARNING,
    says="The forest search order of the KDC of {subject} is malformed: {found}",
    alternatives=(STATE, REPLACE),
    remedy=APPLY,
    means="Windows splits the list at semicolons only, and uses each part as a DNS name.",
)


@check(
    id="policy.kdc-search",
    title="The policy 'Use forest search order' of the KDC applies to every controller as the site states",
    tells="Whether each KDC of the hosts' domain searches the storage's forest, and which policy sets this.",
    problems=[NOT_SET, WRONG_LIST, MALFORMED_LIST],
    refs=["MS-GPOL 3.2.5.1", "MS-GPREG 2.2.1", "kdc.admx ForestSearch"],
    undetermined_explains=[explains("ticket.service", same="domain=home")],
)
def policy_kdc_search(site: Site, policies: GroupPolicies, search_orders: KdcSearchOrders) -> Iterator[Verdict]:
    problems = Problems(NOT_SET, WRONG_LIST, MALFORMED_LIST)
    realms = {principal.realm for _, principal in site.principals()}
    for domain in (entry for entry in site.domains if entry.realm in realms):
        hosts = [held.controller for held in policies.controllers(domain.name)]
        if not hosts and domain.forest_search_order is not None:
            yield unknown(domain.name, says=f"the group policy of {domain.name} was not read at any controller")
        for host in hosts:
            policy = search_orders.of(domain.name, host)
            yield from judged(problems, policy, domain.forest_search_order, domain.name, "")
