"""Group policy as one controller returns it: a host may read any controller's copy, a controller reads its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from krbcheck.facts.directory import Account, Accounts, Directories, first_seen
from krbcheck.facts.observation import Observation, Observed, Unobserved, reason
from krbcheck.facts.policy import Container, Policies, PolicyFiles, PolicyObject


@dataclass(frozen=True)
class ControllerPolicies:
    """`objects` and `files` are by the policy's DN, `containers` by their own, in lower case.

    `sids` are those of all DACLs, `seen` the answers of the directory. If the controller returned nothing, `why` is the
    reason and `gaps` are the queries without an answer.
    """

    domain: str
    controller: str
    objects: Mapping[str, PolicyObject]
    containers: Mapping[str, Container]
    files: Mapping[str, Observation[PolicyFiles]]
    seen: tuple[Observation[object], ...]
    sids: frozenset[str]
    why: str = ""
    gaps: tuple[Unobserved, ...] = ()

    def file(self, dn: str) -> Observation[PolicyFiles] | None:
        return self.files.get(dn.lower())


def policies_of(policies: Policies, domain: str) -> list[ControllerPolicies]:
    """Returns the policies at each controller of a domain; if it was queried twice, those of the first answer."""
    by_links = [container.controller for container in policies.containers if container.domain == domain]
    by_objects = [answer.controller for answer in policies.objects if answer.domain == domain]
    hosts = dict.fromkeys([*by_links, *by_objects])
    return [_of_controller(policies, domain, host) for host in hosts]


def _of_controller(policies: Policies, domain: str, host: str) -> ControllerPolicies:
    here = (domain, host)
    objects = first_seen(entry.seen for entry in policies.objects if (entry.domain, entry.controller) == here)
    links = first_seen(
        container.seen for container in policies.containers if (container.domain, container.controller) == here
    )
    answers: dict[str, list[Observation[PolicyFiles]]] = {}
    for answer in policies.files:
        if (answer.domain, answer.controller) == here:
            answers.setdefault(answer.dn, []).append(answer.seen)
    files = {dn: seen for dn, several in answers.items() if (seen := first_seen(several)) is not None}
    silent = [seen for seen in (objects, links) if isinstance(seen, Unobserved)]
    unread = [seen for seen in files.values() if isinstance(seen, Unobserved)]
    if len(unread) == len(files):
        silent += unread
    unasked = [what for what, seen in (("objects", objects), ("links", links)) if seen is None]
    why = reason(silent[0]) if silent else ""
    if unasked and not why:
        why = f"the policy {' and '.join(unasked)} of {domain} were not queried at {host}"
    found = objects.value.found if isinstance(objects, Observed) else ()
    return ControllerPolicies(
        domain,
        host,
        {entry.dn.lower(): entry for entry in found},
        {container.dn.lower(): container for container in links.value.found} if isinstance(links, Observed) else {},
        files,
        tuple(observation for observation in (objects, links) if observation is not None),
        frozenset(ace.sid for entry in found for ace in entry.dacl or ()),
        why,
        tuple(silent),
    )


def first_account(seen: Observation[Accounts] | None) -> Account | None:
    return next(iter(seen.value.found), None) if isinstance(seen, Observed) else None


class AccountsByName:
    """The answers about hosts' accounts, by name and controller."""

    def __init__(self, directories: Directories) -> None:
        self._answers: dict[str, list[tuple[str, Observation[Accounts]]]] = {}
        for account in directories.accounts:
            self._answers.setdefault(account.name.lower(), []).append((account.controller, account.seen))

    def at(self, name: str, controller: str) -> Observation[Accounts] | None:
        """Returns the answer of this controller, else that of any other."""
        same = self._answers.get(name.lower(), [])
        own = first_seen(seen for host, seen in same if host == controller)
        return own or first_seen(seen for _, seen in same)


def controller_account(policies: Policies, host: str, controller: str) -> Observation[Accounts] | None:
    """Returns the answer of `controller` about the account of the controller `host`."""
    return first_seen(
        answer.seen for answer in policies.controllers if (answer.host, answer.controller) == (host, controller)
    )
