"""How many wrong passwords each account has, and how many lock it: read before a credential is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from krbcheck.facts.observation import Facts, Observation, Observed


class WrongPasswords(msgspec.Struct, frozen=True):
    """The wrong passwords that one controller has counted for an account (`name@REALM`).

    `count` is badPwdCount, which each controller counts for itself, `last` badPasswordTime (UTC). `locked` if
    lockoutTime is set. `own_policy` if a password settings object applies, which ordinary accounts cannot read
    (MS-ADTS 3.1.1.4.5.36).
    """

    account: str
    count: int
    last: datetime | None = None
    locked: bool = False
    own_policy: bool = False


class LockoutPolicy(msgspec.Struct, frozen=True):
    """lockoutThreshold of the domain (0: accounts are never locked; None: not readable), and lockOutObservationWindow
    in seconds, after which the count begins again.
    """

    threshold: int | None
    window_seconds: float = 0.0
    counted: tuple[WrongPasswords, ...] = ()

    def summary(self) -> str:
        if self.threshold is None:
            return "the lockout threshold is not readable"
        return f"{self.threshold} wrong passwords lock an account" if self.threshold else "no account is ever locked"


class LockoutAnswer(msgspec.Struct, frozen=True):
    domain: str
    controller: str
    seen: Observation[LockoutPolicy]


class Lockouts(Facts, frozen=True):
    answers: tuple[LockoutAnswer, ...] = ()

    def near(self) -> Iterator[tuple[str, str]]:
        """Yields each account that one more wrong password would or could lock, and why, at any controller.

        An account without a wrong password is none of them, and neither is a locked one, which no request locks again.
        """
        for answer in self.answers:
            if isinstance(answer.seen, Observed):
                policy = answer.seen.value
                for entry in policy.counted:
                    if not entry.locked and (why := _why(policy, entry, answer.seen.at)):
                        yield entry.account, f"{why}, by {answer.controller}"


def _why(policy: LockoutPolicy, entry: WrongPasswords, now: datetime) -> str:
    over = entry.last is not None and entry.last + timedelta(seconds=policy.window_seconds) < now
    if entry.count < 1 or (over and not entry.own_policy) or (policy.threshold == 0 and not entry.own_policy):
        return ""
    counted = f"{entry.account} has {entry.count} wrong password{'s' if entry.count > 1 else ''}"
    if entry.own_policy or policy.threshold is None:
        return f"{counted}, and how many lock it could not be read"
    return f"{counted}, and {policy.threshold} lock it" if entry.count + 1 >= policy.threshold else ""
