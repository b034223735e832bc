"""The effective search order of an account: the settings of its policies, applied one after another.

If an effect is not certain (a WMI filter, a hidden policy, a malformed file, a conflict between two links of one
container), both cases are computed. The result is known only if all cases have the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from krbcheck.facts.directory import Account
from krbcheck.facts.observation import Observation, Observed, reason
from krbcheck.facts.policy import PolicyFiles
from krbcheck.views.search_order.application import Linked, links, unread
from krbcheck.views.search_order.controller_policies import ControllerPolicies
from krbcheck.windows.policy_file import CLIENT_KEY, KDC_KEY, RegistryFile, Setting

USE, LIST = "useforestsearch", "forestsearchlist"
MOST_STATES = 64


@dataclass(frozen=True)
class Side:
    """The setting for hosts or for KDCs: its name, its registry key, its path in the policy editor."""

    name: str
    key: str
    setting: str


SETTING = "Computer Configuration > Policies > Administrative Templates > System"
CLIENT = Side("Kerberos client", CLIENT_KEY, f"{SETTING} > Kerberos > Use forest search order")
KDC = Side("KDC", KDC_KEY, f"{SETTING} > KDC > Use forest search order")


@dataclass(frozen=True)
class Value:
    """A registry value and the policy that set it. `unsure` is why the value is not known.

    `broken` if the reason is a malformed file, and no policy had set the value before.
    """

    data: str | int | None
    kind: int = 0
    setter: Linked | None = None
    unsure: str = ""
    broken: bool = False


ABSENT = Value(None)


@dataclass(frozen=True)
class State:
    """The two values of one key, as the policies so far leave them."""

    use: Value = ABSENT
    list: Value = ABSENT

    @property
    def plain(self) -> tuple[object, ...]:
        return (self.use.data, self.use.kind, self.use.unsure, self.list.data, self.list.kind, self.list.unsure)


@dataclass(frozen=True)
class Effect:
    """The effect of the policies at one controller. If `unsure` has reasons, `state` is one of several possible states.

    `broken` are the malformed files among the reasons, `idle` the policies with the setting that do not apply. `seen`
    are the files of all policies with the setting, or the answers of the directory if there is none.
    """

    view: ControllerPolicies
    account: Account
    state: State
    unsure: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    idle: tuple[Linked, ...] = ()
    seen: tuple[Observation[object], ...] = ()

    @property
    def plain(self) -> tuple[object, ...]:
        return self.state.plain


def effect(view: ControllerPolicies, account: Account, side: Side) -> Effect:
    """Both orders within a container are tried; where they differ, so do two policies of one container."""
    usual = links(view, account)
    ends = {state.plain: state for state in _ends(view, usual, side)}
    other = {state.plain: state for state in _ends(view, links(view, account, last_wins=False), side)}
    both = list((ends | other).values())
    values = [value for state in both for value in (state.use, state.list) if value.unsure]
    setting = [linked for linked in usual if _sets(view, linked, side)]
    reasons = [value.unsure for value in values]
    reasons += [f"{linked.summary()}: {linked.doubt}" for linked in setting if linked.doubt and len(ends) > 1]
    if ends.keys() != other.keys():
        reasons.append(_conflict(view, setting, side))
    reasons += unread(view, account)
    return Effect(
        view,
        account,
        both[0],
        tuple(dict.fromkeys(reasons)),
        tuple(dict.fromkeys(value.unsure for value in values if value.broken)),
        tuple(linked for linked in setting if linked.why_not),
        tuple(seen for linked in setting if (seen := view.file(linked.dn)) is not None) or view.seen,
    )


def _conflict(view: ControllerPolicies, setting: Sequence[Linked], side: Side) -> str:
    """The policies of one container that disagree, each with its link."""
    said = []
    for linked in setting:
        if not linked.why_not:
            state = _applied(State(), _settings(view, linked), side, linked)
            said.append(f"{linked.summary()} sets {_said(state)}")
    return "; ".join(said) + ": which of two links of one container wins is not certain"


def _said(state: State) -> str:
    return f"'{state.list.data}'" if state.list.data is not None else f"UseForestSearch={state.use.data}"


def _ends(view: ControllerPolicies, met: Iterable[Linked], side: Side) -> list[State]:
    """The states that the policies can lead to; more than one where something is not certain."""
    states = [State()]
    for linked in met:
        if linked.why_not:
            continue
        after = [_after(view, state, linked, side) for state in states]
        if linked.doubt and linked.policy is not None:
            after += states
        states = list({state.plain: state for state in after}.values())[:MOST_STATES]
    return states


def _after(view: ControllerPolicies, state: State, linked: Linked, side: Side) -> State:
    """The state once a policy is applied."""
    seen = view.file(linked.dn)
    if linked.policy is None:
        return _anything(f"{linked.summary()}: {linked.doubt}")
    if not isinstance(seen, Observed):
        return _anything(f"{linked.summary()}: {_unread(seen)}")
    registry = seen.value.registry
    if registry is None:
        return state
    state = _applied(state, registry.settings, side, linked)
    if registry.malformed:
        nothing = state.use.data is None and not state.use.unsure
        return _anything(f"{linked.summary()}: its Registry.pol is {registry.summary()}", broken=nothing)
    return state


def _unread(seen: Observation[PolicyFiles] | None) -> str:
    return "its files were not read" if seen is None else reason(seen)


def _anything(why: str, *, broken: bool = False) -> State:
    value = Value(None, unsure=why, broken=broken)
    return State(value, value)


def _applied(state: State, settings: Iterable[Setting], side: Side, linked: Linked) -> State:
    for setting in settings:
        state = _with(state, setting, side, linked)
    return state


def _with(state: State, setting: Setting, side: Side, setter: Linked) -> State:
    """One entry; special names delete (MS-GPREG 3.2.5.1; names and keys in any letter case)."""
    key, name = setting.key.lower(), setting.name.lower()
    if key == side.key:
        if name in (USE, LIST):
            data = setting.text if setting.number is None else setting.number
            value = Value(data, setting.kind, setter)
            return replace(state, use=value) if name == USE else replace(state, list=value)
        if name.startswith("**delvals"):
            return State()
        gone = {name.removeprefix("**del.")} if name.startswith("**del.") else set()
        if name.startswith("**deletevalues"):
            gone = {text.strip() for text in setting.text.lower().split(";")}
        return State(ABSENT if USE in gone else state.use, ABSENT if LIST in gone else state.list)
    if name.startswith("**deletekeys") and (not key or side.key.startswith(f"{key}\\")):
        below = side.key.removeprefix(f"{key}\\") + "\\"
        if any(text.strip() and below.startswith(f"{text.strip()}\\") for text in setting.text.lower().split(";")):
            return State()
    return state


def _settings(view: ControllerPolicies, linked: Linked) -> tuple[Setting, ...]:
    registry = _registry(view.file(linked.dn))
    return registry.settings if registry else ()


def _registry(seen: Observation[PolicyFiles] | None) -> RegistryFile | None:
    return seen.value.registry if isinstance(seen, Observed) else None


def _sets(view: ControllerPolicies, linked: Linked, side: Side) -> bool:
    """Returns whether a policy has the setting of this side."""
    return any(setting.key.lower() == side.key for setting in _settings(view, linked))


def differ(effects: Iterable[Effect]) -> bool:
    """Returns whether the effects at several controllers differ."""
    return len({entry.plain for entry in effects}) > 1
