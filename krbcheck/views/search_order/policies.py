"""One side of the search order for one account: known, not determined, or dependent on the controller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from krbcheck.facts.directory import Account, Accounts, Directories
from krbcheck.facts.observation import Observation, Unobserved, reason
from krbcheck.facts.policy import Policies, upward
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.site.stated import realm_of
from krbcheck.views.search_order.application import tokens
from krbcheck.views.search_order.controller_policies import (
    AccountsByName,
    ControllerPolicies,
    controller_account,
    first_account,
    policies_of,
)
from krbcheck.views.search_order.effect import CLIENT, KDC, Effect, Side, differ, effect
from krbcheck.views.search_order.lists import search_order
from krbcheck.views.view import View


@dataclass(frozen=True)
class SearchOrderPolicy:
    """`effects` are those of the controllers with sufficient answers; the first counts. `why` is why there is none.

    `missing` is why the first controller without an effect has none; it is empty if every controller has one.
    `is_host` is False if the account is not a computer account: then it is not known which policy applies. `silent`
    are the controllers without an effect.
    """

    side: Side
    account: str
    effects: tuple[Effect, ...] = ()
    why: str = ""
    gaps: tuple[Unobserved, ...] = ()
    missing: str = ""
    is_host: bool = True
    silent: tuple[str, ...] = ()

    @property
    def depends(self) -> bool:
        """Whether it depends on the controller from which the policy is read."""
        return differ(entry for entry in self.effects if not entry.unsure)

    @property
    def effect(self) -> Effect | None:
        """The effect that counts: a certain one if there is any."""
        certain = [entry for entry in self.effects if not entry.unsure]
        return next(iter(certain or self.effects), None)

    @property
    def unread(self) -> tuple[str, ...]:
        """The controllers at which the policy is not known."""
        return (*self.silent, *(entry.view.controller for entry in self.effects if not _is_certain(entry)))

    @property
    def own(self) -> tuple[str, ...] | None:
        """The forests that a controller searches by its own SYSVOL, whatever others have; None where not known."""
        found = next(iter(self.effects), None)
        if found is None or found.view.controller != self.account or not _is_certain(found):
            return None
        return _searched(found)

    @property
    def forests(self) -> tuple[str, ...] | None:
        """The forests that are searched by any controller's policy, none if it is off; None where that is not known."""
        if not self.effects or self.missing or self.depends or not all(map(_is_certain, self.effects)):
            return None
        return _searched(self.effects[0])

    @property
    def doubt(self) -> Effect | None:
        """An effect that counts and is not certain: a controller's own, or of a host that at any controller."""
        own = self.effects[:1] if self.effects and self.effects[0].view.controller == self.account else self.effects
        return next((effect for effect in own if not _is_certain(effect)), None)

    def with_and_without(self, forest: str) -> tuple[list[str], list[str]]:
        """The controllers by which the forest is searched, and those by which it is not."""
        certain = [entry for entry in self.effects if _is_certain(entry)]
        found = {entry.view.controller: forest in _searched(entry) for entry in certain}
        return [host for host, is_there in found.items() if is_there], [host for host in found if not found[host]]

    def reason(self) -> Reason:
        """As evidence: the setting that applies to the account, with the policy that decides."""
        return Reason(
            asked=f"{self.side.name} policy for {self.account}", answer=self._answer(), kind=ReasonKind.POLICY
        )

    def unknown(self) -> str:
        """Why `forests`, or `own`, is not known, in one line."""
        why = (
            self.missing
            or self.why
            or next((entry.unsure[0] for entry in self.effects if entry.unsure), "it was not read")
        )
        return f"the {self.side.name} policy for {self.account} is not known: {why}"

    def summary(self) -> str:
        """The same in one line."""
        return self.reason().line

    def _answer(self) -> str:
        found = self.effect
        if found is None:
            return f"not known: {self.why}"
        if self.depends:
            return self.each()
        return f"not certain: {found.unsure[0]}" if found.unsure else described(found)

    def each(self) -> str:
        certain = (entry for entry in self.effects if not entry.unsure)
        return "; ".join(f"by {entry.view.controller} {described(entry)}" for entry in certain)


def _is_certain(found: Effect) -> bool:
    """Whether the effect is known: without doubt, or because a malformed file sets nothing."""
    return not found.unsure or bool(found.broken)


def _searched(found: Effect) -> tuple[str, ...]:
    return () if found.broken else search_order(found.state).in_force


def described(found: Effect) -> str:
    """What is in force, and by which policy."""
    order = search_order(found.state)
    setter = found.state.list.setter or found.state.use.setter
    by = f" by {setter.summary()}" if setter else ""
    if order.on:
        return f"'{order.text or ''}'{by}"
    if found.state.use.data is None and order.text is None:
        idle = "; ".join(f"{linked.summary()} sets it, but {linked.why_not}" for linked in found.idle)
        return f"not set{f': {idle}' if idle else ''}"
    return f"UseForestSearch is {'absent' if found.state.use.data is None else found.state.use.data}{by}"


class GroupPolicies(View):
    """What each controller holds of group policy, and what comes of it for an account; each computed once."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self._controllers: dict[str, list[ControllerPolicies]] = {}
        self._effects: dict[tuple[object, ...], Effect] = {}

    def controllers(self, domain: str) -> list[ControllerPolicies]:
        if domain not in self._controllers:
            self._controllers[domain] = policies_of(self.policies, domain)
        return self._controllers[domain]

    def search_order(
        self, side: Side, name: str, accounts: Sequence[tuple[ControllerPolicies, Observation[Accounts] | None]]
    ) -> SearchOrderPolicy:
        """The effect at each controller for an account, as the controller's directory returned it."""
        effects: list[Effect] = []
        silent: list[str] = []
        why, gaps = "no controller's group policy was read", tuple[Unobserved, ...]()
        for held, seen in reversed(accounts):
            account = first_account(seen)
            if held.why or account is None:
                silent.insert(0, held.controller)
            if held.why:
                why, gaps = held.why, held.gaps
            elif isinstance(seen, Unobserved):
                why, gaps = reason(seen), (seen,)
            elif account is None:
                why, gaps = f"{held.controller} has no account {name}", ()
            else:
                effects.insert(0, self._effect(held, account, side))
        if effects:
            missing = why if len(effects) < len(accounts) else ""
            gaps = gaps if missing else ()
            return SearchOrderPolicy(side, name, tuple(effects), missing=missing, gaps=gaps, silent=tuple(silent))
        return SearchOrderPolicy(side, name, why=why, gaps=gaps, silent=tuple(silent))

    def _effect(self, held: ControllerPolicies, account: Account, side: Side) -> Effect:
        """Accounts of one OU that no DACL distinguishes have the same policy."""
        above = tuple(upward(account.dn.lower()))
        key = (side, held.controller, above, frozenset(tokens(account) & held.sids), account.groups is None)
        if key not in self._effects:
            self._effects[key] = effect(held, account, side)
        return self._effects[key]


class HostSearchOrders(View):
    """The client's search order for any host's account: any controller may be the one that it reads its policy from."""

    def __init__(self, policies: GroupPolicies, directories: Directories) -> None:
        self._policies = policies
        self._accounts = AccountsByName(directories)
        self._known: dict[str, SearchOrderPolicy] = {}

    def of(self, principal: str) -> SearchOrderPolicy:
        if principal not in self._known:
            self._known[principal] = self._of(principal)
        return self._known[principal]

    def _of(self, principal: str) -> SearchOrderPolicy:
        held = self._policies.controllers(realm_of(principal).lower())
        accounts = [(policies, self._accounts.at(principal, policies.controller)) for policies in held]
        some = next((account for _, seen in accounts if (account := first_account(seen))), None)
        if some is not None and "computer" not in some.classes:
            return SearchOrderPolicy(CLIENT, principal, why="it is not a computer account", is_host=False)
        return self._policies.search_order(CLIENT, principal, accounts)


class KdcSearchOrders(View):
    """The KDC's search order for any controller's own account; its own SYSVOL decides, and comes first."""

    def __init__(self, policies: GroupPolicies) -> None:
        self._policies = policies
        self._known: dict[tuple[str, str], SearchOrderPolicy] = {}

    def of(self, domain: str, host: str) -> SearchOrderPolicy:
        if (domain, host) not in self._known:
            self._known[domain, host] = self._of(domain, host)
        return self._known[domain, host]

    def _of(self, domain: str, host: str) -> SearchOrderPolicy:
        held = sorted(self._policies.controllers(domain), key=lambda policies: policies.controller != host)
        if not held or held[0].controller != host:
            return SearchOrderPolicy(KDC, host, why=f"the group policy of {host} was not read", silent=(host,))
        if held[0].why:
            return SearchOrderPolicy(KDC, host, why=held[0].why, gaps=held[0].gaps, silent=(host,))
        own = [(policies, controller_account(self._policies.policies, host, policies.controller)) for policies in held]
        policy = self._policies.search_order(KDC, host, own)
        if policy.effects and policy.effects[0].view.controller == host:
            return replace(policy, missing="", gaps=(), silent=())
        return policy


def seen_of(policy: SearchOrderPolicy) -> list[Observation[object]]:
    """Returns the evidence at each controller."""
    return [seen for entry in policy.effects for seen in entry.seen]
