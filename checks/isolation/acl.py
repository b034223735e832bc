"""Each share's access list grants what the site states, and nothing to others; computed for everyone the site names.

The share's descriptor is read over RPC by the reader of the storage's domain, the root folder's by a principal that may
open it. Groups are resolved through any depth and over the trust: the principal's own domain's groups, the domain local
groups of the storage's domain in which they are foreign members, the storage's own groups, and the well-known ones. The
lists are then evaluated as Windows does (MS-DTYP 2.5.3.2), share and root folder together, for every principal and
every tenant's administrators, with or without a secret; where that hangs on a condition over claims it is unknown. What
sessions showed (isolation.own, isolation.others) is held against it: where both are known and differ, the finding says
both.

Evidence: the descriptors of the share and of its root folder, and of everyone the site names the identity and the
memberships of the domains, tokenGroups, and the storage's own groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import Site, Tenant
from krbcheck.views.access_lists import AccessLists, ShareLists
from krbcheck.views.memberships import GroupStanding
from krbcheck.views.share_grants.foreign import foreign
from krbcheck.views.share_grants.missing import missing
from krbcheck.views.share_grants.unused import unused
from krbcheck.views.storage_people import PeopleAtStorage, StoragePeople
from krbcheck.views.tried_access import TriedAccess
from krbcheck.windows.access_masks import access_words

from ._wording import accounts_of, shortened

REVOKE = (
    "Revoke-TintriSmbShareAccess -Name {share} -User '{who}' (VMstore), or Revoke-SmbShareAccess -Name {share} "
    "-AccountName '{who}' -Force (Windows), for each of {who}"
)
OPEN_TO_ALL = Problem(
    "open-to-all",
    Severity.ERROR,
    says="{share} on {storage} lets in {who}: {found}",
    remedy=REVOKE + "; then grant {share} to {owner}'s groups alone",
    means="Every account of every trusted domain reaches the share, and with it the virtual machines in it.",
)
FOREIGN_GRANT = Problem(
    "foreign-grant",
    Severity.ERROR,
    says="{share} on {storage} lets in {people} of {other}: {found}; {reason}",
    remedy=REVOKE
    + "; where the entry is the root folder's, icacls <folder of {share}> /remove:g '{who}' (Windows); or "
    "take {people} out of it, then klist -li 0x3e7 purge on the hosts",
    means="Another tenant's hosts or administrators reach these virtual machines, sessions that nobody tried too.",
)
UNUSED_GRANT = Problem(
    "unused-grant",
    Severity.WARNING,
    says="{share} on {storage} has an entry for {who}: {found}",
    remedy=REVOKE + "; or, if it is wanted, state it in the site file (principals:, administrators: or backup:)",
    means="An entry that nobody stated needs lets in whoever was forgotten in it, or is put into the group tomorrow.",
)
MISSING_GRANT = Problem(
    "missing-grant",
    Severity.ERROR,
    says="{share} on {storage} grants {people} {found}, not {expected}; {reason}",
    remedy="Grant-TintriSmbShareAccess -Name {share} -User '{who}' -Access {level} (VMstore), or Grant-SmbShareAccess "
    "-Name {share} -AccountName '{who}' -AccessRight {level} -Force (Windows), or take the entry away that denies; for "
    "the root folder icacls <folder> /grant '{who}:(OI)(CI){letters}'; a host that lacks a group is put into it",
    means="The access lists do not give a host what it needs: virtual machines do not start there, or "
    "fail over to it in vain.",
)
LEVELS = {"read": ("Read", "RX"), "change": ("Change", "M"), "full": ("Full", "F")}


@check(
    id="isolation.acl",
    title="Access lists grant what the site states, and nothing to others",
    tells="Who is let into which share by which entry and which groups, tried or not.",
    problems=[OPEN_TO_ALL, FOREIGN_GRANT, UNUSED_GRANT, MISSING_GRANT],
    refs=["MS-DTYP 2.5.3.2", "MS-SRVS 2.2.4.26", "MS-SMB2 2.2.37"],
    part_is_enough=[ShareAccess, SmbSessions],
)
def isolation_acl(
    site: Site, access_lists: AccessLists, storage_people: StoragePeople, tried: TriedAccess
) -> Iterator[Verdict]:
    for storage in site.storages:
        people = storage_people.at(storage.name)
        for one in access_lists.of(storage):
            owners = [tenant for tenant in site.tenants if _states(tenant, one)]
            if one.lists.share is None:
                says = {"says": one.why_not} if one.why_not else {}
                yield unknown(one.subject, one.ground, tenant=owners[0].name, **says)
                continue
            yield from _judged(one, owners, people, tried)


def _judged(
    one: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, tried: TriedAccess
) -> Iterator[Verdict]:
    seen = tried.granted(one.storage.name, one.share.name)
    doubt = people.doubt or people.groups.unread_sids(one.lists.named)
    found = [
        *_open(one, owners, people.groups),
        *_foreign(one, owners, people, seen),
        *_missing(one, owners, people, seen),
        *([] if doubt else _unused(one, owners, people)),
    ]
    yield from found
    if doubt := doubt or _doubt_of_lists(one, people):
        yield unknown(one.subject, one.ground, tenant=owners[0].name, says=doubt)
    elif not found:
        yield fine(one.subject, one.ground, tenant=owners[0].name)


def _doubt_of_lists(one: ShareLists, people: PeopleAtStorage) -> str:
    """Why it is not known what the lists grant to somebody; empty where it is."""
    sets = people.sets_for(one.lists.named)
    condition = next((why for sids in sets if (why := one.doubt(sids, people.administrators))), "")
    return condition or (
        "" if one.lists.folder is not None else f"the access list of {one.share.name}'s root folder was not read"
    )


def _states(tenant: Tenant, one: ShareLists) -> bool:
    return one.share.name.lower() in {share.name.lower() for share in tenant.shares_of(one.storage.name)}


def _open(one: ShareLists, owners: Sequence[Tenant], groups: GroupStanding) -> Iterator[Verdict]:
    wide = one.open_to()
    if wide:
        absent = one.lists.share is not None and one.lists.share.dacl is None
        yield OPEN_TO_ALL(
            one.subject,
            one.ground,
            tenant=owners[0].name,
            expected=f"grants to {owners[0].name} alone",
            found="it has no access list" if absent else access_words(one.access(wide)),
            share=one.share.name,
            storage=one.storage.name,
            owner=owners[0].name,
            who=[groups.name(sid, one.storage.name) for sid in wide],
        )


def _foreign(
    one: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, seen: Mapping[str, int]
) -> Iterator[Verdict]:
    for let_in in foreign(one, owners, people, seen):
        yield FOREIGN_GRANT(
            one.subject,
            one.ground,
            tenant=owners[0].name,
            expected=f"nothing for {let_in.tenant}",
            found=let_in.found,
            share=one.share.name,
            storage=one.storage.name,
            other=let_in.tenant,
            people=shortened(let_in.people),
            who=let_in.entry,
            reason=let_in.why,
        )


def _unused(one: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage) -> Iterator[Verdict]:
    for name, why in unused(one, people):
        yield UNUSED_GRANT(
            one.subject,
            one.ground,
            tenant=owners[0].name,
            expected="entries for those whom the site states",
            found=why,
            share=one.share.name,
            storage=one.storage.name,
            who=name,
        )


def _missing(
    one: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, seen: Mapping[str, int]
) -> Iterator[Verdict]:
    for tenant in owners:
        share = next(each for each in tenant.shares_of(one.storage.name) if each.name.lower() == one.share.name.lower())
        for lack in missing(one, tenant, share, people, seen):
            level, letters = LEVELS[str(share.access)]
            yield MISSING_GRANT(
                one.subject,
                one.ground,
                tenant=tenant.name,
                expected=str(share.access),
                found=lack.found,
                share=share.name,
                storage=one.storage.name,
                people=shortened([each.name for each in lack.principals]),
                who=accounts_of(tenant, lack.principals),
                level=level,
                letters=letters,
                reason=lack.why,
            )
