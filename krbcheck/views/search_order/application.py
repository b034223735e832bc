"""The policies that apply to an account, in the order of application (MS-GPOL 3.2.5.1): a later one overrides.

The order is from the domain down to the account's OU, and within a container from the first link to the last. Enforced
links follow in reverse order, so that the highest container overrides. Sources conflict about the order within one
container, so the result states which order was used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from krbcheck.facts.directory import Account
from krbcheck.facts.observation import Observed
from krbcheck.facts.policy import Container, Link, PolicyObject, upward
from krbcheck.views.search_order.controller_policies import ControllerPolicies
from krbcheck.windows.common_steps import ROOT, SAM, controller
from krbcheck.windows.descriptor import EVERYONE, Ace
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants

APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
"""The right Apply-Group-Policy (MS-ADTS 5.1.3.2.1)."""
REGISTRY = "{35378eac-683f-11d2-a89a-00c04fbbcfa2}"
"""The client-side extension that reads Registry.pol (MS-GPREG 1.9)."""
TEMPLATES = "{d02b1f72-3407-48ae-ba88-e8213c6761f1}"
"""The tool extension of administrative templates for computers (MS-GPREG 1.9)."""
AUTHENTICATED_USERS, ENTERPRISE_CONTROLLERS = "S-1-5-11", "S-1-5-9"
CONTROL_ACCESS, READ_PROPERTY = 0x10000100, 0x90000010
"""With the generic rights that contain them."""
USER_OFF, MACHINE_OFF = 1, 2
CONTROLLER = 0x2000
"""SERVER_TRUST_ACCOUNT of userAccountControl."""
GUID = re.compile(r"^CN=\{([0-9a-f-]{36})\},", re.IGNORECASE)


@dataclass(frozen=True)
class Linked:
    """One link above an account. `policy` is None if its object does not exist or the reader has no access to it.

    `index` is the link's number in gPLink, from 1. `why_not` is why the policy does not apply, `fix` the fix, `doubt`
    why that is not certain.
    """

    policy: PolicyObject | None
    dn: str
    container: str
    index: int
    enforced: bool
    why_not: str = ""
    fix: Remedy = ()
    doubt: str = ""

    @property
    def guid(self) -> str:
        """Fit for the -Guid of the GroupPolicy cmdlets; empty where the DN holds none."""
        found = GUID.search(self.dn)
        return found[1] if found else ""

    @property
    def name(self) -> str:
        return self.policy.name or self.dn if self.policy else self.dn

    def summary(self) -> str:
        force = ", enforced" if self.enforced else ""
        return f"'{self.name}' (link {self.index} at {self.container}{force})"


def tops(view: ControllerPolicies, account: Account) -> list[Container | str]:
    """Returns the containers above an account, nearest first; the DN of a container that was not read."""
    return [view.containers.get(dn.lower(), dn) for dn in upward(account.dn)]


def links(view: ControllerPolicies, account: Account, *, last_wins: bool = True) -> list[Linked]:
    """Every link that the account meets, in the order of application."""
    above = [top for top in tops(view, account) if isinstance(top, Container)]
    plain: list[list[Linked]] = []
    enforced: list[list[Linked]] = []
    blocked = ""
    for container in above:
        met = [_met(view, account, container, index, link) for index, link in enumerate(container.links, 1)]
        met = met if last_wins else met[::-1]
        enforced.append([linked for linked in met if linked.enforced])
        plain.append([_blocked(linked, blocked) for linked in met if not linked.enforced])
        blocked = blocked or (container.dn if container.blocks else "")
    return [linked for part in [*reversed(plain), *enforced] for linked in part]


DOMAIN = controller("{domain}")
NEEDS_LINKS = "the GroupPolicy module and the right to link policies at {container}"
WIDER = "the policy then applies to every computer below {container}"
LINK_AGAIN = (
    "samba-tool gpo dellink '{container}' '{{{guid}}}' -U Administrator && "
    "samba-tool gpo setlink '{container}' '{{{guid}}}'"
)
CHANGED_BY_LINKING = "setlink of Samba 4.17 does not change a link that exists, so the link is removed and made again"
UNBLOCK = variants(
    "{domain}",
    windows=[
        changes(
            "Set-GPLink -Guid {guid} -Target '{container}' -Enforced Yes",
            says="{by} keeps its block for all other policies",
            on=DOMAIN,
            needs=NEEDS_LINKS,
            undo="Set-GPLink -Guid {guid} -Target '{container}' -Enforced No",
            verify="Get-GPInheritance -Target '{by}'",
            caution=WIDER,
        )
    ],
    samba=[
        changes(
            LINK_AGAIN + " --enforce -U Administrator",
            says="{by} keeps its block for all other policies; " + CHANGED_BY_LINKING,
            on=DOMAIN,
            needs="the password of Administrator",
            undo=LINK_AGAIN + " -U Administrator",
            verify="samba-tool gpo getlink '{container}'",
            caution=WIDER,
        )
    ],
)
ENABLE = variants(
    "{domain}",
    windows=[
        changes(
            "Set-GPLink -Guid {guid} -Target '{container}' -LinkEnabled Yes",
            on=DOMAIN,
            needs=NEEDS_LINKS,
            undo="Set-GPLink -Guid {guid} -Target '{container}' -LinkEnabled No",
            verify="Get-GPInheritance -Target '{container}'",
            caution=WIDER,
        )
    ],
    samba=[
        changes(
            LINK_AGAIN + " -U Administrator",
            says=CHANGED_BY_LINKING,
            on=DOMAIN,
            needs="the password of Administrator",
            undo=LINK_AGAIN + " --disable -U Administrator",
            verify="samba-tool gpo getlink '{container}'",
            caution=WIDER,
        )
    ],
)
LET_APPLY = (
    looks(
        "Get-GPPermission -Guid {guid} -All",
        says="A Deny entry is removed in the Group Policy Management Console: Delegation > Advanced",
        on=DOMAIN,
        needs="the GroupPolicy module",
    ),
    changes(
        "Set-GPPermission -Guid {guid} -TargetName 'Domain Computers' -TargetType Group -PermissionLevel GpoApply",
        says="Or to a narrower group of the computers that need it",
        on=DOMAIN,
        needs="the GroupPolicy module and the right to edit the policy",
        undo="Set-GPPermission -Guid {guid} -TargetName 'Domain Computers' -TargetType Group -PermissionLevel None "
        "-Replace",
        verify="Get-GPPermission -Guid {guid} -All",
        caution="the policy then applies to every computer of the group below its links",
    ),
)
APPLY_AGAIN = "all computer settings of the policy apply again"
FLAGS = "printf 'dn: %s\\nchangetype: modify\\nreplace: flags\\nflags: %s\\n' '{policy}'"
COMPUTER_SETTINGS = variants(
    "{domain}",
    windows=[
        changes(
            "(Get-GPO -Guid {guid}).GpoStatus = '{enabled}'",
            on=DOMAIN,
            needs="the GroupPolicy module and the right to edit the policy",
            undo="(Get-GPO -Guid {guid}).GpoStatus = '{status}'",
            verify="(Get-GPO -Guid {guid}).GpoStatus",
            shows="{enabled}",
            caution=APPLY_AGAIN,
        )
    ],
    samba=[
        changes(
            FLAGS + " '{new}' | ldbmodify -H " + SAM,
            says="Clears the flag 2 of the policy, which disables its computer settings",
            on=DOMAIN,
            needs=ROOT,
            undo=FLAGS + " '{old}' | ldbmodify -H " + SAM,
            verify="samba-tool gpo show '{{{guid}}}' -U Administrator",
            caution=APPLY_AGAIN,
        )
    ],
)
ATTRIBUTES = (
    "printf 'dn: %s\\nchangetype: modify\\nreplace: gPCFunctionalityVersion\\ngPCFunctionalityVersion: 2\\n-\\n"
    "replace: gPCMachineExtensionNames\\ngPCMachineExtensionNames: %s\\n' '{policy}' '{extensions}' | ldbmodify -H "
    + SAM
)
WRITE_AGAIN = variants(
    "{domain}",
    windows=[
        changes(
            says="Group Policy Management Editor: open the policy {guid}, change a setting and apply it, which writes "
            "the missing attributes; then change it back",
            on=DOMAIN,
            needs="the right to edit the policy",
            undo_says="not needed: the settings are the same",
        )
    ],
    samba=[
        changes(
            ATTRIBUTES,
            says="Writes the version, and adds the extension that reads Registry.pol to those that the policy names",
            on=DOMAIN,
            needs=ROOT,
            undo_says="not needed: the settings are the same",
            verify="samba-tool gpo show '{{{guid}}}' -U Administrator",
        )
    ],
)


def _blocked(linked: Linked, by: str) -> Linked:
    if not by or linked.why_not:
        return linked
    fix = fill(UNBLOCK, _values(linked) | {"by": by})
    return replace(linked, why_not=f"{by} blocks inheritance", fix=fix)


def _met(view: ControllerPolicies, account: Account, container: Container, index: int, link: Link) -> Linked:
    linked = Linked(view.objects.get(link.dn.lower()), link.dn, container.dn, index, link.enforced)
    if link.disabled:
        fix = fill(ENABLE, _values(linked))
        return replace(linked, why_not="its link is disabled", fix=fix)
    if linked.policy is None:
        return replace(linked, doubt="its object does not exist, or the reading account has no access to it")
    why_not, again = _off(view, linked.policy)
    if why_not:
        off = bool(linked.policy.flags & USER_OFF)
        status = {
            "status": "AllSettingsDisabled" if off else "ComputerSettingsDisabled",
            "enabled": "UserSettingsDisabled" if off else "AllSettingsEnabled",
            "old": str(linked.policy.flags),
            "new": str(linked.policy.flags & ~MACHINE_OFF),
            "extensions": _with_registry(linked.policy.extensions),
        }
        return replace(linked, why_not=why_not, fix=fill(again, _values(linked) | status))
    why_not, doubt = filtered(linked.policy.dacl, account)
    if not why_not and not doubt and linked.policy.wmi_filter:
        doubt = "it has a WMI filter, which krbcheck does not evaluate"
    return replace(linked, why_not=why_not, fix=fill(LET_APPLY if why_not else (), _values(linked)), doubt=doubt)


def _with_registry(extensions: str) -> str:
    """Returns gPCMachineExtensionNames with the registry extension; its entries are sorted (MS-GPOL 2.2.4)."""
    entries = re.findall(r"\[[^\]]*\]", extensions)
    if REGISTRY not in extensions.lower():
        entries.append(f"[{REGISTRY}{TEMPLATES}]".upper())
    return "".join(sorted(entries, key=str.lower))


def _values(linked: Linked) -> dict[str, str]:
    parts = [part[3:] for part in linked.container.split(",") if part.lower().startswith("dc=")]
    return {
        "guid": linked.guid,
        "policy": linked.dn,
        "container": linked.container,
        "domain": ".".join(parts).lower(),
    }


def _off(view: ControllerPolicies, policy: PolicyObject) -> tuple[str, Remedy]:
    """Returns why the policy applies to no computer (MS-GPOL 3.2.5.1.6), and the fix; both empty if it may apply."""
    if policy.flags & MACHINE_OFF:
        disabled = f"its computer settings are disabled (flags {policy.flags})"
        return disabled, COMPUTER_SETTINGS
    if policy.functionality != 2:
        return f"its gPCFunctionalityVersion is {policy.functionality}, not 2", WRITE_AGAIN
    if REGISTRY not in policy.extensions.lower():
        return "its gPCMachineExtensionNames lacks the registry extension", WRITE_AGAIN
    seen = view.file(policy.dn)
    version = seen.value.version if isinstance(seen, Observed) else None
    if policy.machine_version == 0 and version is not None and version & 0xFFFF == 0:
        return "its computer version is 0, so Windows treats it as empty", WRITE_AGAIN
    return "", ()


def tokens(account: Account) -> set[str]:
    """Returns the SIDs in the account's token, as far as the directory returned them."""
    own = {account.sid, *(account.groups or ()), EVERYONE, AUTHENTICATED_USERS}
    return own | {ENTERPRISE_CONTROLLERS} if account.uac & CONTROLLER else own


def filtered(dacl: Sequence[Ace] | None, account: Account) -> tuple[str, str]:
    """Why the account may not apply a policy, and why that is not certain; both empty where it may."""
    if dacl is None:
        return "", "its permissions cannot be read"
    whole = account.groups is not None
    for what, mask, rights in (("apply", CONTROL_ACCESS, ("", APPLY)), ("read", READ_PROPERTY, None)):
        why_not, doubt = _granted(what, [ace for ace in dacl if ace.mask & mask], rights, account, whole)
        if why_not or doubt:
            return why_not, doubt
    return "", ""


def _granted(
    what: str, dacl: Sequence[Ace], rights: Collection[str] | None, account: Account, whole: bool
) -> tuple[str, str]:
    """Deny goes before allow. Without `rights` an entry for some attribute allows, but does not deny."""
    own = tokens(account)
    allowing = [ace for ace in dacl if ace.allow and (rights is None or ace.right in rights)]
    denying = [ace for ace in dacl if not ace.allow and ace.right in (rights or ("",))]
    for ace in denying:
        if ace.sid in own and not ace.conditional:
            return f"the account is denied to {what} it (entry for {ace.sid})", ""
    if any(ace.sid in own for ace in denying) or (denying and not whole):
        return "", f"an entry may deny the account to {what} it"
    if any(ace.sid in own and not ace.conditional for ace in allowing):
        return "", ""
    if any(ace.sid in own for ace in allowing) or not whole:
        return "", f"the directory does not show whether the account may {what} it"
    return f"no entry allows the account to {what} it", ""


def unread(view: ControllerPolicies, account: Account) -> Iterator[str]:
    """Yields the containers above the account that were not read at this controller."""
    for top in tops(view, account):
        if isinstance(top, str):
            yield f"the links of {top} were not read at {view.controller}"
