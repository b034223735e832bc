"""Compares one of the two forest search order policies with the site file: the same for hosts and for controllers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from krbcheck.facts.observation import Unobserved
from krbcheck.facts.policy import upward
from krbcheck.judging.check import Problem
from krbcheck.judging.verdict import Verdict, fine, labelled, unknown
from krbcheck.views.search_order.application import COMPUTER_SETTINGS, ENABLE, LET_APPLY, UNBLOCK, WRITE_AGAIN
from krbcheck.views.search_order.effect import CLIENT, Effect
from krbcheck.views.search_order.lists import SearchOrder, same, search_order
from krbcheck.views.search_order.policies import SearchOrderPolicy, described, seen_of
from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import Remedy, changes, fill, looks

SITE_LINKS = "krbcheck does not read policies that are linked to AD sites, nor the local policy"


@dataclass(frozen=True)
class Problems:
    """A check's three kinds of finding."""

    not_set: Problem
    wrong_list: Problem
    malformed: Problem


def judged(
    problems: Problems, policy: SearchOrderPolicy, stated: Sequence[str] | None, domain: str, tenant: str
) -> Iterator[Verdict]:
    """Without a stated order there is nothing to judge; a policy that is there all the same is described."""
    found = policy.effect
    about = _about(policy, domain)
    if stated is None:
        if found is not None and not found.unsure and search_order(found.state).on:
            yield fine(policy.account, policy.reason(), "the site states no forest_search_order", tenant=tenant)
    elif found is None:
        yield unknown(policy.account, *policy.gaps, tenant=tenant, says=policy.why, about=about, missing=policy.gaps)
    elif policy.depends:
        says = f"the controllers hold different policies (see policy.controllers): {policy.each()}"
        yield unknown(policy.account, policy.reason(), *seen_of(policy), tenant=tenant, says=says, about=about)
    elif policy.missing:
        reasons = (*policy.gaps, *seen_of(policy))
        yield unknown(policy.account, *reasons, tenant=tenant, says=policy.missing, about=about, missing=policy.gaps)
    elif found.unsure and not found.broken:
        unsure = (*found.unsure, *seen_of(policy))
        yield unknown(
            policy.account, *unsure, tenant=tenant, says=found.unsure[0], about=about, missing=_silences(policy)
        )
    else:
        yield from _held(problems, policy, found, stated, domain, tenant)


def _silences(policy: SearchOrderPolicy) -> list[Unobserved]:
    """The answers of controllers that are missing for a policy."""
    return [seen for seen in seen_of(policy) if isinstance(seen, Unobserved)]


def _about(policy: SearchOrderPolicy, domain: str) -> dict[str, Sequence[str]]:
    """The labels of a policy: its account, and the controllers that did not return it."""
    return {
        "policies": [policy.account],
        "domain": [domain],
        "controller": policy.unread,
        ("principal" if policy.side is CLIENT else "host"): [policy.account],
    }


def _held(
    problems: Problems, policy: SearchOrderPolicy, found: Effect, stated: Sequence[str], domain: str, tenant: str
) -> Iterator[Verdict]:
    about = _about(policy, domain)
    order = search_order(found.state)
    wanted = ";".join(stated)
    setter = found.state.list.setter or found.state.use.setter
    nearest = next(upward(found.account.dn), domain)
    values = {
        "tenant": tenant,
        "expected": f"UseForestSearch=1, ForestSearchList={wanted}",
        "found": found.broken[0] if found.broken else described(found),
        "wanted": wanted,
        "order": order.text or "",
        "setting": policy.side.setting,
        "key": policy.side.key,
        "policy": setter.guid if setter else "",
        "container": nearest,
        "domain": domain,
    }
    grounds = (policy.reason(), *(linked.summary() for linked in found.idle), *seen_of(policy), SITE_LINKS)
    if doubt := policy.doubt:
        reasons = (*doubt.unsure, *grounds)
        yield unknown(
            policy.account, *reasons, tenant=tenant, says=doubt.unsure[0], about=about, missing=_silences(policy)
        )
        return
    good = True
    if found.broken or not order.on:
        good = False
        fix = _fix(policy, found, wanted, nearest)
        yield labelled(problems.not_set.with_steps(fix)(policy.account, *grounds, **values), **about)
    elif not same(order, stated, domain):
        good = False
        replaced = _replaced(policy, order, stated, domain, setter.guid if setter else "")
        yield labelled(problems.wrong_list.with_steps(replaced)(policy.account, *grounds, **values), **about)
    if order.faults and not found.broken:
        good = False
        replaced = _replaced(policy, order, stated, domain, setter.guid if setter else "")
        yield labelled(
            problems.malformed.with_steps(replaced)(policy.account, *grounds, **values | {"found": _faults(order)}),
            **about,
        )
    if good:
        yield fine(policy.account, *grounds, tenant=tenant)


NEEDS = "the GroupPolicy module and the right to edit the policy"
LET_IT_APPLY = (UNBLOCK, ENABLE, LET_APPLY, COMPUTER_SETTINGS, WRITE_AGAIN)
SET = (
    looks(
        "Get-GPRegistryValue -Guid {guid} -Domain {domain} -Key 'HKLM\\{key}'",
        says="Write down the old values",
        on=controller("{domain}"),
        needs=NEEDS,
    ),
    changes(
        says="Group Policy Management Editor: open the policy {guid} and set {setting} = Enabled, {wanted}",
        on=controller("{domain}"),
        needs=NEEDS,
        undo_says="set the old values again",
    ),
)
LINK = (
    changes(
        "New-GPO -Name 'Kerberos forest search order' -Domain {domain}",
        on=controller("{domain}"),
        needs="the GroupPolicy module and the right to create policies",
        undo="Remove-GPO -Name 'Kerberos forest search order' -Domain {domain}",
    ),
    changes(
        "Set-GPRegistryValue -Name 'Kerberos forest search order' -Domain {domain} -Key 'HKLM\\{key}' -ValueName "
        "UseForestSearch -Type DWord -Value 1",
        on=controller("{domain}"),
        needs=NEEDS,
        undo="Remove-GPRegistryValue -Name 'Kerberos forest search order' -Domain {domain} -Key 'HKLM\\{key}' "
        "-ValueName UseForestSearch",
    ),
    changes(
        "Set-GPRegistryValue -Name 'Kerberos forest search order' -Domain {domain} -Key 'HKLM\\{key}' -ValueName "
        "ForestSearchList -Type String -Value '{wanted}'",
        on=controller("{domain}"),
        needs=NEEDS,
        undo="Remove-GPRegistryValue -Name 'Kerberos forest search order' -Domain {domain} -Key 'HKLM\\{key}' "
        "-ValueName ForestSearchList",
    ),
    changes(
        "New-GPLink -Name 'Kerberos forest search order' -Domain {domain} -Target '{container}'",
        says="The policy has an effect from here: {setting} = Enabled, {wanted}",
        on=controller("{domain}"),
        needs="the GroupPolicy module and the right to link policies",
        undo="Remove-GPLink -Name 'Kerberos forest search order' -Domain {domain} -Target '{container}'",
    ),
)
STATE = (
    looks(
        says="If the policy is right and the site file is wrong, write its list in the site file, under domains: "
        "{domain}: forest_search_order, and stop: {order}"
    ),
)
REPLACE = (
    changes(
        "Set-GPRegistryValue -Guid {guid} -Domain {domain} -Key 'HKLM\\{key}' -ValueName ForestSearchList -Type String "
        "-Value '{merged}'",
        says="The list that the site states; forests of the old list that it does not state stay at the end: {kept}",
        on=controller("{domain}"),
        needs=NEEDS,
        undo="Set-GPRegistryValue -Guid {guid} -Domain {domain} -Key 'HKLM\\{key}' -ValueName ForestSearchList -Type "
        "String -Value '{order}'",
        verify="Get-GPRegistryValue -Guid {guid} -Domain {domain} -Key 'HKLM\\{key}' -ValueName ForestSearchList",
        caution="the policy applies to every computer that it is linked to, not only to this one",
    ),
)


def _faults(order: SearchOrder) -> str:
    text = "" if order.text is None else f"'{order.text}': "
    return text + "; ".join(order.faults)


def _fix(policy: SearchOrderPolicy, found: Effect, wanted: str, container: str) -> Remedy:
    """What lets a policy that says it apply; where there is none, how one is made."""
    if fix := next((linked.fix for linked in found.idle if linked.fix), None):
        return fix
    setter = found.state.use.setter or found.state.list.setter
    values = {"setting": policy.side.setting, "wanted": wanted, "container": container, "key": policy.side.key}
    values["domain"] = _domain_of(container)
    return fill(SET, values | {"guid": setter.guid}) if setter else fill(LINK, values)


def _domain_of(container: str) -> str:
    """Returns the DNS name of the domain that a DN is in; the text itself if it is a name already."""
    parts = [part.partition("=")[2] for part in container.split(",") if part.strip().lower().startswith("dc=")]
    return ".".join(parts).lower() or container


def _replaced(policy: SearchOrderPolicy, order: SearchOrder, stated: Sequence[str], domain: str, guid: str) -> Remedy:
    """The stated list, then what else the old list has: nothing that other hosts may need is dropped."""
    old = [name for part in (order.text or "").split(";") for name in part.replace(",", " ").split()]
    kept = [name for name in dict.fromkeys(old) if name.lower() not in {entry.lower() for entry in (*stated, domain)}]
    values = {
        "guid": guid,
        "domain": domain,
        "key": policy.side.key,
        "merged": ";".join((*stated, *kept)),
        "kept": ", ".join(kept) or "none",
        "order": order.text or "",
    }
    return fill(STATE + REPLACE, values)
