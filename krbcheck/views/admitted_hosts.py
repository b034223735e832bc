"""Whether a host may authenticate to a storage's account over a trust with selective authentication (MS-KILE
3.3.5.7.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from krbcheck.facts.admissions import AccountDacl, AccountDaclAnswer, Admissions, about_authenticating
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.views.view import View
from krbcheck.windows.descriptor import Ace

ALWAYS = frozenset({"S-1-1-0", "S-1-5-2", "S-1-5-11", "S-1-5-1000"})
"""Everyone, Network, Authenticated Users, and Other Organization, which comes with selective authentication."""


class Admission(NamedTuple):
    """The result at one controller. `granted` is None if it is not known; `why` is then the reason."""

    seen: Observation[AccountDacl]
    controller: str
    granted: bool | None
    why: str = ""


class AdmittedHosts(View):
    """The right "Allowed to authenticate" on each storage's account, computed from its DACL at each controller."""

    def __init__(self, admissions: Admissions) -> None:
        self._admissions = admissions

    def at(self, account: str, sids: frozenset[str]) -> Iterator[Admission]:
        """Yields the result of each controller for a host with `sids`, its own SID and those of its groups."""
        for answer in self._admissions.accounts:
            if answer.account.lower() == account.lower():
                granted, why = self._granted(answer, sids)
                yield Admission(answer.seen, answer.controller, granted, why)

    def _granted(self, answer: AccountDaclAnswer, sids: frozenset[str]) -> tuple[bool | None, str]:
        if not isinstance(answer.seen, Observed):
            return None, ""
        if not answer.seen.value.dn:
            return None, f"{answer.controller} has no account {answer.account}"
        if answer.seen.value.aces is None:
            return None, f"the DACL of {answer.account} could not be read at {answer.controller}"
        every = sids | ALWAYS | self._local_groups(answer.domain, answer.controller, sids)
        granted = _first_entry(answer.seen.value.aces, every)
        if granted is None:
            return None, f"the DACL of {answer.account} contains a conditional entry, which krbcheck does not evaluate"
        if not granted and self._has_gap(answer.domain, answer.controller):
            members = f"the members of the groups in the DACL of {answer.account}"
            return None, f"{members} could not be read at {answer.controller}"
        return granted, ""

    def _local_groups(self, domain: str, controller: str, sids: frozenset[str]) -> frozenset[str]:
        """Returns the groups of the storage's domain with one of these SIDs as a member, at one controller."""
        return frozenset(
            group.sid
            for group in self._admissions.groups
            if (group.domain, group.controller) == (domain, controller)
            and isinstance(group.seen, Observed)
            and sids & set(group.seen.value.members)
        )

    def _has_gap(self, domain: str, controller: str) -> bool:
        """Returns whether the members of a group could not be read at this controller."""
        return any(
            isinstance(group.seen, Unobserved)
            for group in self._admissions.groups
            if (group.domain, group.controller) == (domain, controller)
        )


def _first_entry(aces: tuple[Ace, ...], sids: frozenset[str]) -> bool | None:
    """Returns the result of the first entry that applies (MS-DTYP 2.5.3.2); None if it has a condition."""
    for ace in aces:
        if about_authenticating(ace) and ace.sid in sids:
            return None if ace.conditional else ace.allow
    return False
