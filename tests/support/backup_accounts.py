"""The account of a backup host and the group that the site states, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories, GroupAnswer, GroupMembers
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved

AT = datetime(2026, 1, 1, tzinfo=UTC)
NAME, GROUP = "alice-hv01$@VMLEVEL.COM", "VMLEVEL\\Backup Hosts"
SID, HOSTS, GROUP_SID = "S-1-5-21-1-1-1-1101", "S-1-5-21-1-1-1-515", "S-1-5-21-1-1-1-1200"
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "station")
ACCOUNT = Account("CN=alice-hv01", "alice-hv01$", SID, groups=(HOSTS,))


def directories(
    account: Account | Unobserved | None = ACCOUNT, group: GroupMembers | Unobserved | None = None
) -> Directories:
    """`account` None is one that no directory holds; `group` None was not asked for."""
    if isinstance(account, Unobserved):
        seen: Observation[Accounts] = account
    else:
        seen = Observed(Accounts((account,) if account else ()), "asked", AT, "station")
    accounts = (AccountAnswer("vmlevel.com", "vmdc1", NAME, seen),)
    if group is None:
        return Directories(accounts=accounts)
    said = group if isinstance(group, Unobserved) else Observed(group, "asked", AT, "station")
    return Directories(accounts=accounts, groups=(GroupAnswer("vmlevel.com", "vmdc1", GROUP, said),))


def with_storage(known: Directories, system: str) -> Directories:
    """With vmstore's account, whose operatingSystem is `system`."""
    account = Account("CN=VMSTORE", "VMSTORE$", "S-1-5-21-2-2-2-1500", system=system)
    seen = Observed(Accounts((account,)), "asked", AT, "station")
    answer = AccountAnswer("tintri.com", "tidc", "VMSTORE$@TINTRI.COM", seen)
    return Directories(accounts=(*known.accounts, answer), groups=known.groups)
