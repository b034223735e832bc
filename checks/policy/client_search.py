"""The Kerberos-client half of "Use forest search order" must reach each host's account, with the list that the site
states.

With it a host that its own KDC refuses searches the listed forests itself and asks for a referral to the one that
knows the name. Which policies reach a host is worked out as Windows does it: links of the domain and of every OU above
the account, disabled and enforced links, blocked inheritance, disabled halves, security filtering; then the settings
of Registry.pol, one policy after another. Links of sites are not read, WMI filters are not judged. A principal that is
no computer has no such policy of its own: the computer's counts at which it logs on.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.facts.policy import Policies
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict
from krbcheck.site.stated import Site
from krbcheck.views.search_order.halves import Halves

from ._judged import Problems, judged

NOT_SET = Problem(
    "not-set",
    Severity.ERROR,
    says="{subject} does not search other forests for names that its own KDC refuses: {found}",
    remedy="{mend}; then on the host gpupdate /force and klist -li 0x3e7 purge",
    means="Across an external trust the storage's name is found by nobody else: the host falls back to NTLM, or fails.",
)
WRONG_LIST = Problem(
    "wrong-list",
    Severity.ERROR,
    says="{subject} searches other forests than the site states ({wanted}): {found}",
    remedy="Set-GPRegistryValue -Guid {policy} -Key 'HKLM\\{key}' -ValueName ForestSearchList -Type String -Value "
    "'{wanted}'; then on the host gpupdate /force and klist -li 0x3e7 purge",
    means="A forest that is not listed is not searched; the order of the list is the order of the search.",
)
MALFORMED_LIST = Problem(
    "malformed-list",
    Severity.WARNING,
    says="The forest search order of {subject} is written wrongly: {found}",
    remedy="Set-GPRegistryValue -Guid {policy} -Key 'HKLM\\{key}' -ValueName ForestSearchList -Type String -Value "
    "'{wanted}' (DNS names of forests, a semicolon between two, no blanks); then on the host gpupdate /force",
    means="Windows takes the list apart at semicolons only, and looks each name up as it stands.",
)


@check(
    id="policy.client-search",
    title="The Kerberos client's forest search order reaches every host, with the list that the site states",
    tells="Whether each host searches the storage's forest itself, and which policy decides it.",
    problems=[NOT_SET, WRONG_LIST, MALFORMED_LIST],
    refs=["MS-GPOL 3.2.5.1", "MS-GPREG 2.2.1", "Kerberos.admx ForestSearch"],
)
def policy_client_search(site: Site, policies: Policies, directories: Directories) -> Iterator[Verdict]:
    problems = Problems(NOT_SET, WRONG_LIST, MALFORMED_LIST)
    halves = Halves(policies, directories)
    for tenant, principal in site.principals():
        domain = site.domain(principal.realm)
        half = halves.client(principal.name)
        if domain is not None and half.is_host:
            yield from judged(problems, half, domain.forest_search_order, domain.name, tenant.name)
