"""The accounts that may authenticate to a storage over a trust with selective authentication, as
its directory states.
"""

from __future__ import annotations

import msgspec

from krbcheck.facts.directory import GroupMembers
from krbcheck.facts.observation import Facts, Observation
from krbcheck.windows.descriptor import Ace

ALLOWED_TO_AUTHENTICATE = "68b1d179-0d15-4d4f-ab71-46152e79a7bc"
CONTROL_ACCESS = 0x100
"""ACTRL_DS_CONTROL_ACCESS: an extended right, named by a GUID; without one, all of them (MS-ADTS 5.1.3.2)."""


class AccountDacl(msgspec.Struct, frozen=True):
    """The DACL of a storage's account. `dn` is empty if there is no such account, `aces` is None if the reader cannot
    see it.
    """

    dn: str
    aces: tuple[Ace, ...] | None = None

    def summary(self) -> str:
        if not self.dn:
            return "no such account"
        return f"{self.dn}: " + ("DACL not returned" if self.aces is None else f"DACL of {len(self.aces)} entries")


class AccountDaclAnswer(msgspec.Struct, frozen=True):
    """The DACL of `account`, a storage's account as the site file states it."""

    domain: str
    controller: str
    account: str
    seen: Observation[AccountDacl]


class GrantedGroupAnswer(msgspec.Struct, frozen=True):
    """A group of the storage's domain that such a DACL contains as `sid`, and its members, foreign ones too."""

    domain: str
    controller: str
    sid: str
    seen: Observation[GroupMembers]


class Admissions(Facts, frozen=True):
    """The DACLs and their groups; queried only in domains that have a trust with selective authentication."""

    accounts: tuple[AccountDaclAnswer, ...] = ()
    groups: tuple[GrantedGroupAnswer, ...] = ()


def about_authenticating(ace: Ace) -> bool:
    """Returns whether an entry grants or denies "Allowed to authenticate"."""
    return bool(ace.mask & CONTROL_ACCESS) and ace.right in ("", ALLOWED_TO_AUTHENTICATE)
