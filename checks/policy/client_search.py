"""The policy "Use forest search order" of the Kerberos client applies to each host, with the list that the site states.

If the KDC of a host cannot find an SPN, the Kerberos client searches the listed forests and requests a referral to
the domain that has it. krbcheck computes which policies apply to a host as Windows does: the links of the domain and
of every OU above the account, disabled and enforced links, blocked inheritance, disabled computer settings and
security filtering; then it applies the settings of each Registry.pol in that order. It reads no links of AD sites and
evaluates no WMI filters. It ignores principals that are not computer accounts, because the policy of the computer
applies on which they log on.

Evidence: the policies at every controller of the hosts' domain and the account of the host; if one controller did not
return them, the host is not determined, because it can read its policy there.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict
from krbcheck.site.stated import Site
from krbcheck.views.search_order.policies import HostSearchOrders
from krbcheck.windows.common_steps import ELEVATED, purge_tickets
from krbcheck.windows.remedy import changes

from ._judged import LET_IT_APPLY, LINK, REPLACE, SET, STATE, Problems, judged

APPLY = (
    changes(
        "gpupdate /force",
        on="the host {subject}",
        needs=ELEVATED,
        undo_says="nothing to revert: the policy is applied again within 90 minutes in any case",
        verify="reg query 'HKLM\\{key}'",
        shows="UseForestSearch 0x1 and ForestSearchList {wanted}",
    ),
    purge_tickets("the host {subject}"),
)
NOT_SET = Problem(
    "not-set",
    Severity.ERROR,
    says="{subject} does not use forest search order, so it does not search {wanted} for SPNs",
    alternatives=(*LET_IT_APPLY, SET, LINK),
    remedy=APPLY,
    means="Across an external trust no KDC finds the SPN of the storage, and without this policy the "
    "Kerberos client does not search for it. The host falls back to NTLM, or fails.",
    explains=[
        explains(
            "ticket.service/needs-search-order", "ticket.service/by-luck", same="policies", where={"result": "lacking"}
        )
    ],
)
WRONG_LIST = Problem(
    "wrong-list",
    Severity.ERROR,
    says="{subject} searches the forests '{order}', not '{wanted}' as the site states",
    alternatives=(STATE, REPLACE),
    remedy=APPLY,
    means="The Kerberos client searches only the listed forests, in the order of the list.",
    explains=[
        explains(
            "ticket.service/needs-search-order", "ticket.service/by-luck", same="policies", where={"result": "lacking"}
        )
    ],
)
MALFORMED_LIST = Problem(
    "malformed-list",
    Severity.WARNING,
    says="The forest search order of {subject} is malformed: {found}",
    alternatives=(STATE, REPLACE),
    remedy=APPLY,
    means="Windows splits the list at semicolons only, and uses each part as a DNS name.",
)


@check(
    id="policy.client-search",
    title="The policy 'Use forest search order' of the Kerberos client applies to every host as the site states",
    tells="Whether each host searches the storage's forest, and which policy sets this.",
    problems=[NOT_SET, WRONG_LIST, MALFORMED_LIST],
    refs=["MS-GPOL 3.2.5.1", "MS-GPREG 2.2.1", "Kerberos.admx ForestSearch"],
    undetermined_explains=[explains("ticket.service", same="principal")],
)
def policy_client_search(site: Site, search_orders: HostSearchOrders) -> Iterator[Verdict]:
    problems = Problems(NOT_SET, WRONG_LIST, MALFORMED_LIST)
    for tenant, principal in site.principals():
        domain = site.domain(principal.realm)
        policy = search_orders.of(principal.name)
        if domain is not None and policy.is_host:
            yield from judged(problems, policy, domain.forest_search_order, domain.name, tenant.name)
