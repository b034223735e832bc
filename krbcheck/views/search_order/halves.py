"""One half of the search order for one account, from what every controller tells: known, unknown, or it depends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from krbcheck.facts.directory import Account, Accounts, Directories
from krbcheck.facts.observation import Observation, Unobserved, reason
from krbcheck.facts.policy import Policies, upward
from krbcheck.facts.reasons import Reason, ReasonKind
from krbcheck.site.stated import realm_of
from krbcheck.views.search_order.application import tokens
from krbcheck.views.search_order.controller_views import AccountsByName, View, controller_account, told_account, views
from krbcheck.views.search_order.effect import CLIENT, KDC, Effect, Side, differ, effect
from krbcheck.views.search_order.lists import search_order


@dataclass(frozen=True)
class Half:
    """`effects` are those of the controllers that told enough; the first decides. `why` says why there is none, and
    `gaps` are the unanswered questions behind it.

    `is_host` is False where the account is no computer's: whose policy then counts is not known.
    """

    side: Side
    account: str
    effects: tuple[Effect, ...] = ()
    why: str = ""
    gaps: tuple[Unobserved, ...] = ()
    is_host: bool = True

    @property
    def depends(self) -> bool:
        """Whether it depends on the controller from which the policy is read."""
        return differ(one for one in self.effects if not one.unsure)

    @property
    def effect(self) -> Effect | None:
        """The effect that counts: a certain one if there is any."""
        certain = [one for one in self.effects if not one.unsure]
        return next(iter(certain or self.effects), None)

    @property
    def own(self) -> tuple[str, ...] | None:
        """The forests that a controller searches by its own SYSVOL, whatever others have; None where not known."""
        found = next(iter(self.effects), None)
        if found is None or found.view.controller != self.account or (found.unsure and not found.broken):
            return None
        return _searched(found)

    @property
    def forests(self) -> tuple[str, ...] | None:
        """The forests that are searched, none if it is off; None where that is not known."""
        found = self.effect
        if found is None or self.depends or (found.unsure and not found.broken):
            return None
        return _searched(found)

    def with_and_without(self, forest: str) -> tuple[list[str], list[str]]:
        """The controllers by which the forest is searched, and those by which it is not."""
        certain = [one for one in self.effects if not one.unsure]
        found = {one.view.controller: forest in _searched(one) for one in certain}
        return [host for host, is_there in found.items() if is_there], [host for host in found if not found[host]]

    def reason(self) -> Reason:
        """As evidence: the setting that applies to the account, with the policy that decides."""
        return Reason(asked=f"{self.side.name} half for {self.account}", answer=self._told(), kind=ReasonKind.POLICY)

    def told(self) -> str:
        """The same in one line."""
        return self.reason().line

    def _told(self) -> str:
        found = self.effect
        if found is None:
            return f"not known: {self.why}"
        if self.depends:
            return self.each()
        return f"not certain: {found.unsure[0]}" if found.unsure else told(found)

    def each(self) -> str:
        certain = (one for one in self.effects if not one.unsure)
        return "; ".join(f"by {one.view.controller} {told(one)}" for one in certain)


def _searched(found: Effect) -> tuple[str, ...]:
    return () if found.broken else search_order(found.state).in_force


def told(found: Effect) -> str:
    """What is in force, and by which policy."""
    order = search_order(found.state)
    setter = found.state.list.setter or found.state.use.setter
    by = f" by {setter.told()}" if setter else ""
    if order.on:
        return f"'{order.text or ''}'{by}"
    if found.state.use.data is None and order.text is None:
        idle = "; ".join(f"{one.told()} sets it, but {one.why_not}" for one in found.idle)
        return f"not set{f': {idle}' if idle else ''}"
    return f"UseForestSearch is {'absent' if found.state.use.data is None else found.state.use.data}{by}"


class Halves:
    """Both halves for any account; what the controllers tell is taken apart once."""

    def __init__(self, policies: Policies, directories: Directories | None = None) -> None:
        self._policies = policies
        self._accounts = AccountsByName(directories or Directories())
        self._views: dict[str, list[View]] = {}
        self._known: dict[tuple[str, str], Half] = {}
        self._effects: dict[tuple[object, ...], Effect] = {}

    def views(self, domain: str) -> list[View]:
        if domain not in self._views:
            self._views[domain] = views(self._policies, domain)
        return self._views[domain]

    def client(self, principal: str) -> Half:
        """For a host's account: any controller may be the one that it reads its policy from."""
        key = ("client", principal)
        if key not in self._known:
            self._known[key] = self._of_host(principal)
        return self._known[key]

    def kdc(self, domain: str, host: str) -> Half:
        """For a controller's own account; its own SYSVOL decides, and comes first."""
        key = (domain, host)
        if key not in self._known:
            self._known[key] = self._of_controller(domain, host)
        return self._known[key]

    def _of_host(self, principal: str) -> Half:
        known = self.views(realm_of(principal).lower())
        accounts = [(view, self._accounts.at(principal, view.controller)) for view in known]
        some = next((one for _, seen in accounts if (one := told_account(seen))), None)
        if some is not None and "computer" not in some.classes:
            return Half(CLIENT, principal, why="it is not a computer account", is_host=False)
        return self._half(CLIENT, principal, accounts)

    def _of_controller(self, domain: str, host: str) -> Half:
        known = sorted(self.views(domain), key=lambda view: view.controller != host)
        if not known or known[0].controller != host:
            return Half(KDC, host, why=f"the group policy of {host} was not read")
        if known[0].why:
            return Half(KDC, host, why=known[0].why, gaps=known[0].gaps)
        return self._half(KDC, host, [(one, controller_account(self._policies, host, one.controller)) for one in known])

    def _half(self, side: Side, name: str, accounts: Sequence[tuple[View, Observation[Accounts] | None]]) -> Half:
        effects: list[Effect] = []
        why, gaps = "no controller's group policy was read", tuple[Unobserved, ...]()
        for view, seen in reversed(accounts):
            account = told_account(seen)
            if view.why:
                why, gaps = view.why, view.gaps
            elif isinstance(seen, Unobserved):
                why, gaps = reason(seen), (seen,)
            elif account is None:
                why, gaps = f"{view.controller} has no account {name}", ()
            else:
                effects.insert(0, self._effect(view, account, side))
        return Half(side, name, tuple(effects)) if effects else Half(side, name, why=why, gaps=gaps)

    def _effect(self, view: View, account: Account, side: Side) -> Effect:
        """Accounts of one OU that no DACL tells apart have the same policy."""
        above = tuple(upward(account.dn.lower()))
        key = (side, view.controller, above, frozenset(tokens(account) & view.sids), account.groups is None)
        if key not in self._effects:
            self._effects[key] = effect(view, account, side)
        return self._effects[key]


def seen_of(half: Half) -> list[Observation[object]]:
    """What a judgement of it rests on, at each controller."""
    return [seen for one in half.effects for seen in one.seen]
