"""The ACLs of shares as the REST API of a VMstore returns them, as security descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.facts.vmstore import CHANGE, FULL_CONTROL, READ, Acl, AclEntry, FileShares, RestRefusal, VmstoreAnswers
from krbcheck.site.stated import Site
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.view import View
from krbcheck.windows import access_masks
from krbcheck.windows.descriptor import Ace, Descriptor

MASKS: Mapping[str, int] = {
    FULL_CONTROL: access_masks.FULL,
    CHANGE: access_masks.CHANGE,
    READ: access_masks.READ,
}


@dataclass(frozen=True)
class RestAcl:
    """The ACL of one share. `descriptor` is None if it is not known, which `why_not` explains; all entries allow."""

    ground: Observation[object] | None
    descriptor: Descriptor | None = None
    why_not: str = ""


class RestAcls(View):
    """By storage and share, letter case ignored; only of storages whose REST API the site states."""

    def __init__(self, site: Site, answers: VmstoreAnswers, groups: GroupStanding) -> None:
        self._stated = {storage.name for storage in site.storages if storage.vmstore_api is not None}
        self._answers, self._groups = answers, groups

    def of(self, storage: str, share: str) -> RestAcl | None:
        """Returns the ACL of a share; None if the site states no REST API of the storage."""
        if storage not in self._stated:
            return None
        found = [self._read(storage, seen) for seen in self._seen(storage, share)]
        known = next((acl for acl in found if acl.descriptor is not None), None)
        return known or next(iter(found), None) or self._absent(storage, share)

    def _seen(self, storage: str, share: str) -> list[Observation[Acl | RestRefusal]]:
        answers = self._answers.of(storage)
        return [acl.seen for answer in answers for acl in answer.acls if acl.share.lower() == share.lower()]

    def _absent(self, storage: str, share: str) -> RestAcl:
        """Why the share's ACL was not queried: there is no list of shares, or the share is not in it."""
        for answer in self._answers.of(storage):
            match answer.shares:
                case Unobserved(detail=detail):
                    return RestAcl(answer.shares, why_not=detail)
                case Observed(value=RestRefusal() as refusal):
                    return RestAcl(answer.shares, why_not=refusal.reason(storage))
                case Observed(value=FileShares(whole=whole)):
                    says = f"{share} is not in the REST API's list of shares" + ("" if whole else ", which was cut")
                    return RestAcl(answer.shares, why_not=says)
        return RestAcl(None, why_not=f"the REST API of {storage} was not queried")

    def _read(self, storage: str, seen: Observation[Acl | RestRefusal]) -> RestAcl:
        match seen:
            case Unobserved(detail=detail):
                return RestAcl(seen, why_not=detail)
            case Observed(value=RestRefusal() as refusal):
                return RestAcl(seen, why_not=refusal.reason(storage))
            case Observed(value=Acl(entries=entries)):
                read = [self._entry(entry) for entry in entries]
                unread = [entry.user or entry.sid for entry, ace in zip(entries, read, strict=True) if ace is None]
                if unread:
                    return RestAcl(seen, why_not=f"the account or the access of its entry {unread[0]} is not known")
                return RestAcl(seen, Descriptor(dacl=tuple(ace for ace in read if ace is not None)))
        raise AssertionError(seen)

    def _entry(self, entry: AclEntry) -> Ace | None:
        """Returns the entry with its SID and mask; None if one of them is not known."""
        named = self._groups.sids_named(entry.user) if entry.user and not entry.sid else []
        sid = entry.sid or (named[0] if len(named) == 1 else "")
        mask = entry.mask if entry.mask is not None else MASKS.get(entry.access)
        return Ace(allow=True, mask=mask & 0xFFFFFFFF, sid=sid) if sid and mask is not None else None
