"""The name of each data path is an address record (A or AAAA) and not an alias (CNAME).

Windows requests a service ticket for `cifs/` and the name as it was typed. The target of an alias has no influence on
this name. An alias therefore needs its own SPN on the storage's account, as an address record does. Without that SPN
the KDC issues no ticket: the host falls back to NTLM where that is allowed, and delegation and mutual authentication
do not work. With the SPN the alias works on Windows, but MIT Kerberos resolves the alias and requests a ticket for
its target, which is a different service. Microsoft also recommends an address record and an SPN instead of an alias.

Evidence: the answers of every name server of the tenant, and the owners of the SPN of an alias in the directories.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.directory import Accounts, Directories, SpnAnswer
from krbcheck.facts.observation import Observation, Observed
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.server_answers import NameServerAnswers, ServerAnswers
from krbcheck.windows.common_steps import hosts_of, register_spn, with_caution
from krbcheck.windows.dns_steps import add_address, clear_resolver_cache, remove_record
from krbcheck.windows.remedy import looks

from ._wording import grounds, server_for_fix, zone_of

REPLACE = (
    *with_caution(
        remove_record("{zone}", "{record}", "CNAME", "{target}.", "{at}"),
        "the name does not exist until the next step: new connections of hosts fail in between",
    ),
    *add_address("{zone}", "{record}", "{address}", "{at}"),
    clear_resolver_cache(hosts_of("{tenant}")),
)

ALIAS_WITHOUT_SPN = Problem(
    "alias-without-spn",
    Severity.ERROR,
    says="{subject} is an alias of {target}, and {spn} is not registered on any account",
    remedy=(
        *register_spn("{spn}", "{account}", "{domain}"),
        *REPLACE,
    ),
    means="A Windows host requests a ticket for the name as it was typed, and the KDC answers that this "
    "service does not exist. An SPN for the target of the alias does not help.",
    explains=[explains("spn.exists/missing", same="path")],
)
ALIAS = Problem(
    "alias",
    Severity.WARNING,
    says="{subject} is an alias of {target}",
    remedy=(
        looks(says="The alias works on Windows: leave it if only Windows hosts use the name"),
        *REPLACE,
    ),
    means="The alias works on Windows, because its own SPN is registered. A client that resolves aliases "
    "before it requests a ticket uses a different SPN. If the target of the alias changes, this data path "
    "changes with it.",
)


@check(
    id="dns.alias",
    title="The name of every data path is an address record, not an alias",
    tells="Whether hosts request tickets for a name that is an alias in DNS.",
    problems=[ALIAS_WITHOUT_SPN, ALIAS],
    refs=["RFC 4120 section 1.3", "Microsoft KB 3181029"],
)
def alias(site: Site, answers: NameServerAnswers, directories: Directories) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        replies = answers.of(tenant.name, path.name)
        answered = [entry for entry in replies if entry.said]
        aliased = [entry for entry in answered if entry.aliases]
        if aliased:
            yield _judged(site, tenant, path, aliased, directories)
        elif any(entry.addresses for entry in answered):
            if undecided := [seen for entry in replies for seen in entry.undecided]:
                yield unknown(path.name, *undecided, tenant=tenant.name)
            else:
                yield fine(path.name, *grounds(answered), tenant=tenant.name)
        elif answered:
            says = "no name server returned an address for it (see dns.resolves)"
            yield unknown(path.name, *grounds(replies), tenant=tenant.name, says=says)
        else:
            because = grounds(replies) if replies else [answers.why_none(tenant.name)]
            yield unknown(path.name, *because, tenant=tenant.name)


def _judged(
    site: Site, tenant: Tenant, path: DataPath, aliased: Sequence[ServerAnswers], directories: Directories
) -> Verdict:
    asked = _registrations(directories, path)
    holders = [answer.seen for answer in asked if isinstance(answer.seen, Observed) and answer.seen.value.found]
    domain = site.storage(path.storage).domain
    own = [answer.seen for answer in asked if isinstance(answer.seen, Observed) and answer.domain == domain]
    if holders:
        return _finding(ALIAS, site, tenant, path, aliased, holders[:1])
    if own:
        return _finding(ALIAS_WITHOUT_SPN, site, tenant, path, aliased, own)
    says = f"it is an alias of {aliased[0].aliases[-1]}, and no directory with {path.spn} could be read"
    because = [*grounds(aliased), *(answer.seen for answer in asked)]
    return unknown(path.name, *because, tenant=tenant.name, says=says)


def _registrations(directories: Directories, path: DataPath) -> list[SpnAnswer]:
    """What the directories say about the SPN of the name as typed, and no form that stands for it."""
    spn = path.spn.casefold()
    return [answer for answer in directories.spns if answer.spn.casefold() == answer.form.casefold() == spn]


def _finding(
    problem: Problem,
    site: Site,
    tenant: Tenant,
    path: DataPath,
    aliased: Sequence[ServerAnswers],
    registered: Sequence[Observation[Accounts]],
) -> Finding:
    zone, record = zone_of(site, path.name)
    servers = [answers.server for answers in aliased]
    target = aliased[0].aliases[-1]
    found = next((answers.addresses[0] for answers in aliased if answers.addresses), "ADDRESS")
    return problem(
        path.name,
        *grounds(aliased),
        *registered,
        tenant=tenant.name,
        expected="an address record",
        found=f"an alias of {target} at {', '.join(servers)}",
        target=target,
        domain=site.storage(path.storage).domain,
        spn=path.spn,
        account=site.storage(path.storage).account.partition("@")[0],
        servers=servers,
        zone=zone,
        record=record,
        at=server_for_fix(site, zone, servers),
        address=path.stated_address or found,
    )
