"""Every controller holds the same group policy: the same links, the same objects, and the same files in its SYSVOL.

The directory and SYSVOL replicate separately. A controller whose SYSVOL does not replicate delivers an old search
order, or none, to every host that reads its policy there, and uses it for its own KDC. The versions in GPT.INI and in
the directory object show whether the two parts of a policy match. If the site states no search order, krbcheck does
not compare the controllers.

Evidence: the links, the policy objects and the files of every controller. A policy whose object or files one controller
did not return is not determined, unless the others already differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.facts.policy import PolicyFiles, PolicyObject
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site
from krbcheck.views.search_order.controller_policies import ControllerPolicies
from krbcheck.views.search_order.policies import GroupPolicies
from krbcheck.windows.common_steps import ROOT, controller, replicate
from krbcheck.windows.policy_file import Setting
from krbcheck.windows.remedy import changes, looks, variants

CONTROLLERS_DIFFER = Problem(
    "controllers-differ",
    Severity.ERROR,
    says="The controllers of {domain} hold different versions of {subject}",
    remedy=(
        *replicate("{behind}"),
        *variants(
            "{domain}",
            windows=[
                looks(
                    "dcdiag /s:{behind} /test:sysvolcheck /test:dfsrevent",
                    on=controller("{domain}"),
                    needs="Domain Admins",
                    shows="no failed test; SYSVOL replicates by DFSR",
                )
            ],
            samba=[
                looks(
                    says="Samba does not replicate SYSVOL: copy it from the PDC emulator, for example with rsync",
                    on="{behind}",
                    needs=ROOT,
                ),
                changes(
                    "samba-tool ntacl sysvolreset",
                    says="After the copy",
                    on="{behind}",
                    needs=ROOT,
                    undo_says="not needed: it sets the default permissions",
                    verify="samba-tool ntacl sysvolcheck",
                ),
            ],
        ),
    ),
    means="The policy that a host gets depends on the controller from which it reads it.",
    explains=[
        explains("ticket.service/by-luck", same="domain=home", where={"result": "depends lacking"}),
        explains("policy.client-search", same="domain=home"),
        explains("policy.kdc-search", same="domain"),
    ],
)
VERSION_DIFFERS = Problem(
    "version-differs",
    Severity.WARNING,
    says="{subject} has different versions in SYSVOL and in the directory at {controllers}",
    remedy=(
        *replicate("{behind}"),
        changes(
            says="If the difference remains: open the policy in the Group Policy Management Editor, change a "
            "setting and "
            "apply it, which writes both versions; then change it back",
            on=controller("{domain}"),
            needs="the right to edit the policy",
            undo_says="not needed: the settings are the same",
        ),
    ),
    means="The directory and SYSVOL replicate separately; one of them has not replicated.",
)


def _same(files: PolicyFiles) -> tuple[object, ...]:
    """What must be alike of a policy's files: what they say about the search order."""
    registry = files.registry
    return () if registry is None else (*registry.settings, *((registry.malformed,) if registry.malformed else ()))


def _described(files: PolicyFiles) -> str:
    registry = files.registry
    if registry is None:
        return "no Registry.pol"
    if registry.malformed:
        return f"Registry.pol is {registry.summary()}"
    said = (
        f"{setting.name}={setting.text if setting.number is None else setting.number}" for setting in registry.settings
    )
    return ", ".join(said) or "no search order"


def _each(answers: Mapping[str, str]) -> str:
    return "; ".join(f"{host}: {what}" for host, what in answers.items())


def _behind(held: Mapping[str, object], files: Mapping[str, PolicyFiles], wanted: str) -> str:
    """The controller that is probably behind: without the list that the site states where others have it, else with
    the lowest version, else with what the fewest have.
    """
    stated = {host for host, file in files.items() if file.registry and wanted in map(_text, file.registry.settings)}
    others = [host for host in files if host not in stated]
    among = others if stated and others else list(files)
    number = Counter(held.values())
    return min(among, key=lambda host: (files[host].version or 0, number[held[host]]))


def _text(setting: Setting) -> str:
    return setting.text


def _files(domain: str, policy: PolicyObject, known: Sequence[ControllerPolicies], wanted: str) -> Iterator[Verdict]:
    """One policy: its settings at each controller, then its versions. `wanted` is the list that the site states."""
    name = f"'{policy.name or policy.dn}'"
    found = {view.controller: seen for view in known if (seen := view.file(policy.dn)) is not None}
    files = {host: seen.value for host, seen in found.items() if isinstance(seen, Observed)}
    unread = [view for view in known if view.controller not in files or policy.dn.lower() not in view.objects]
    grounds = tuple(found.values())
    if len({_same(file) for file in files.values()}) > 1:
        answers = {host: _described(entry) for host, entry in files.items()}
        behind = _behind({host: _same(file) for host, file in files.items()}, files, wanted)
        yield CONTROLLERS_DIFFER(
            name, *grounds, expected="the same at every controller", found=_each(answers), domain=domain, behind=behind
        )
        return
    if unread:
        gaps = [
            seen for seen in (*grounds, *(gap for view in unread for gap in view.gaps)) if isinstance(seen, Unobserved)
        ]
        says = "" if gaps else f"it was not read at {', '.join(view.controller for view in unread)}"
        about = {"domain": [domain], "controller": [view.controller for view in unread]}
        yield unknown(name, *gaps, says=says, about=about)
    late = {view.controller: says for view in known if (says := _late(view, policy.dn))}
    if late:
        yield VERSION_DIFFERS(
            name,
            *grounds,
            expected="the same version for computers in GPT.INI and in versionNumber",
            found=_each(late),
            controllers=list(late),
            behind=next(iter(late)),
            domain=domain,
            guid=policy.dn.partition(",")[0].removeprefix("CN="),
        )
    elif not unread:
        yield fine(name, *grounds)


def _late(view: ControllerPolicies, dn: str) -> str:
    """How the version of a policy's files departs from the directory's, at one controller."""
    seen, policy = view.file(dn), view.objects.get(dn.lower())
    if not isinstance(seen, Observed) or policy is None:
        return ""
    version = seen.value.version
    if version is None:
        return f"no version in GPT.INI, {policy.machine_version} in the directory" if policy.machine_version else ""
    if version & 0xFFFF == policy.machine_version:
        return ""
    return f"{version & 0xFFFF} in GPT.INI, {policy.machine_version} in the directory"


def _directories(domain: str, known: Sequence[ControllerPolicies]) -> Iterator[Verdict]:
    """The links of each container and what decides in each object, held against each other."""
    things: dict[str, dict[str, tuple[str, object]]] = {}  # what is held, by controller: its words, and what decides
    for view in known:
        for container in view.containers.values():
            said = ", ".join(f"{link.dn.partition(',')[0]};{link.options}" for link in container.links) or "no links"
            said += ", inheritance blocked" if container.blocks else ""
            things.setdefault(f"the links of {container.dn}", {})[view.controller] = (said, said)
        for policy in view.objects.values():
            decides = (policy.flags, policy.functionality, policy.extensions, policy.wmi_filter, policy.dacl)
            said = f"flags {policy.flags}, version {policy.version}, {len(policy.dacl or ())} permissions"
            things.setdefault(f"the object of '{policy.name or policy.dn}'", {})[view.controller] = (said, decides)
    for subject, held in things.items():
        number = Counter(str(decides) for _, decides in held.values())
        if len(number) > 1:
            found = _each({host: words for host, (words, _) in held.items()})
            behind = min(reversed(held), key=lambda host: number[str(held[host][1])])
            yield CONTROLLERS_DIFFER(
                subject, expected="the same at every controller", found=found, domain=domain, behind=behind
            )


@check(
    id="policy.controllers",
    title="Every controller holds the same policy in its directory and in its SYSVOL",
    tells="Whether the search order of a host depends on the controller from which it reads its policy.",
    problems=[CONTROLLERS_DIFFER, VERSION_DIFFERS],
    refs=["MS-GPOL 2.2.4 (GPT.INI)", "MS-GPOL 3.2.5.1"],
    undetermined_explains=[explains("policy.client-search", "policy.kdc-search", same="controller")],
)
def policy_controllers(site: Site, policies: GroupPolicies) -> Iterator[Verdict]:
    for domain in (entry for entry in site.domains if entry.forest_search_order is not None):
        known = policies.controllers(domain.name)
        answers = [view for view in known if not view.why]
        objects = {dn: policy for view in answers for dn, policy in view.objects.items()}
        for policy in objects.values():
            yield from _files(domain.name, policy, known, ";".join(domain.forest_search_order or ()))
        yield from _directories(domain.name, answers)
        for view in known:
            if view.why:
                about = {"domain": domain.name, "controller": view.controller}
                yield unknown(view.controller, *view.gaps, says=view.why, about=about, missing=view.gaps)
        if not known:
            yield unknown(domain.name, says=f"the group policy of {domain.name} was not read at any controller")
