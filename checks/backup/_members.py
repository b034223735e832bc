"""Which SIDs a backup account carries, as the directories tell."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.directory import Directories, GroupMembers
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.reasons import Ground
from krbcheck.site.stated import Site

CARRIED_BY_ALL = frozenset({"S-1-1-0", "S-1-5-2", "S-1-5-11"})
"""Everyone, Network, Authenticated Users (MS-DTYP 2.4.2.4)."""


@dataclass(frozen=True)
class Carried:
    """`sids` are the account's own and those of its groups. Without `sid` the first of `why` says why none is known.

    `missing` if the directory holds no such account; not `complete` if it does not tell the account's groups.
    """

    sid: str
    sids: frozenset[str]
    why: tuple[Ground, ...]
    missing: bool = False
    complete: bool = True


def carried(directories: Directories, account: str) -> Carried:
    """The account's SIDs: its own, its token's groups, and every group whose members include one of them."""
    seen = directories.account(account)
    if not isinstance(seen, Observed):
        return Carried("", frozenset(), (_why(seen, account),))
    if not seen.value.found:
        return Carried("", frozenset(), (f"no directory holds {account}", seen), missing=True)
    found = seen.value.found[0]
    sids = {found.sid, *(found.groups or ())}
    for one in directories.groups:
        if isinstance(one.seen, Observed) and one.seen.value.sid and sids.intersection(one.seen.value.members):
            sids.add(one.seen.value.sid)
    return Carried(found.sid, frozenset(sids), (seen,), complete=found.groups is not None)


def group_of(directories: Directories, name: str) -> Observation[GroupMembers] | str:
    """The answer that knows the group, if there is one; else the first; else why there is none."""
    answers = [one.seen for one in directories.groups if one.group.lower() == name.lower()]
    for seen in answers:
        if isinstance(seen, Observed) and seen.value.sid:
            return seen
    silent = [seen for seen in answers if isinstance(seen, Unobserved)]
    return next(iter(silent or answers), f"no directory was asked for the group {name}")


def _why(seen: Unobserved | None, account: str) -> Ground:
    return f"no directory was asked for {account}" if seen is None else seen


def tenant_of(site: Site, account: str) -> str:
    """The tenant whose principal the account is, or an empty string."""
    return next((tenant.name for tenant, one in site.principals() if one.name.lower() == account.lower()), "")


def plain(name: str) -> str:
    r"""The group's own name of `DOMAIN\group`."""
    return name.rpartition("\\")[2]
