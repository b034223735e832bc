"""Checks that the access list of each share grants what the site file states, and nothing to others.

krbcheck computes the effective access of every account in the site file. The reader of the storage's domain reads the
share's descriptor over RPC; a principal with access reads the root folder's. Groups are resolved through any depth and
across the trust: the groups of the principal's own domain, the domain local groups of the storage's domain that contain
them as foreign security principals, the storage's local groups, and the well-known groups. Then share and root folder
are evaluated together as Windows does (MS-DTYP 2.5.3.2), for every principal and every administrator of a tenant, with
or without a secret. Access that depends on a conditional entry (claims) is not determined. Where a session showed
something else (isolation.own, isolation.others), the finding reports both.

If the site file states the REST API of a VMstore, its ACL of the share is compared with the descriptor, and is judged
where RPC returns no descriptor. The reference of the API has no entries that deny, so they are not compared.

Evidence: the descriptors of the share and of its root folder, and of everyone the site names the identity and the
memberships of the domains, tokenGroups, and the storage's own groups. Principals without a secret have no session;
where a session was sent and not answered, it can contradict the lists, so the share is not fine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from krbcheck.facts.share_access import GROUP, ShareAccess
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Site, Tenant
from krbcheck.views.access_lists import AccessLists, ShareLists
from krbcheck.views.rest_acls import RestAcls
from krbcheck.views.share_grants.foreign import foreign
from krbcheck.views.share_grants.missing import missing
from krbcheck.views.share_grants.unused import unused
from krbcheck.views.storage_people import PeopleAtStorage, StoragePeople
from krbcheck.views.tried_access import TriedAccess
from krbcheck.windows.access_masks import FULL, access_word, access_words
from krbcheck.windows.descriptor import Ace, sddl
from krbcheck.windows.remedy import Remedy, fill, looks

from ._grants import LEVELS, MASKS, TEMPLATES, granted, listed, path_of
from ._share_entries import FOLDER_TOO, GRANT_FIRST, REVOKE, SAMBA, STATE
from ._sources import SOURCES_DIFFER, compared
from ._wording import accounts_of, shortened

NOT_ENFORCED = (explains("isolation.others/breach", same="storage share"),)
OPEN_TO_ALL = Problem(
    "open-to-all",
    Severity.ERROR,
    says="{share} on {storage} grants access to {who}: {found}",
    alternatives=((*GRANT_FIRST, *REVOKE, *SAMBA),),
    remedy=(),
    means="Every account of every trusted domain can open the share and the virtual machines in it.",
    explains=[
        *NOT_ENFORCED,
        explains("isolation.own/less-than-stated", same="storage share", when={"folder": "without-list"}),
        explains("smb.session/anonymous", same="storage share"),
    ],
)
NOT_THE_GROUP = (
    looks(
        says="If these accounts must not be in the group of the entry, remove them from the group instead, and stop: "
        "{reason}"
    ),
)
FOREIGN_GRANT = Problem(
    "foreign-grant",
    Severity.ERROR,
    says="{share} on {storage} grants access to {people} of {other}: {found}",
    alternatives=((*NOT_THE_GROUP, *REVOKE, *SAMBA),),
    remedy=FOLDER_TOO,
    means="Hosts or administrators of another tenant can open these virtual machines, even if no test session did.",
    explains=[explains("isolation.others/breach", same="storage share principal")],
)
UNUSED_GRANT = Problem(
    "unused-grant",
    Severity.WARNING,
    says="{share} on {storage} has an unused entry for {who}: {found}",
    alternatives=((*STATE, *REVOKE, *SAMBA),),
    remedy=(),
    means="The entry grants access to accounts that were forgotten in the group, or are added to it later.",
)
MISSING_GRANT = Problem(
    "missing-grant",
    Severity.ERROR,
    says="{share} on {storage} grants {people} {found}, not {expected}",
    alternatives=TEMPLATES,
    remedy=(),
    means="The host lacks access that it needs: virtual machines do not start there, and failover to it fails.",
    explains=[
        explains("isolation.own/*", "backup.access/less-than-full", same="storage share principal"),
        explains("isolation.acl/unused-grant", same="tenant storage share", where={"group": "empty"}),
        explains("smb.encryption", "isolation.acl", same="storage share principal"),
    ],
)


@check(
    id="isolation.acl",
    title="Access lists grant what the site file states, and nothing to others",
    tells="Which account has access to which share, through which entry and groups, tested or not.",
    problems=[OPEN_TO_ALL, FOREIGN_GRANT, UNUSED_GRANT, MISSING_GRANT, SOURCES_DIFFER],
    refs=["MS-DTYP 2.5.3.2", "MS-SRVS 2.2.4.26", "MS-SMB2 2.2.37"],
    part_is_enough=[ShareAccess, SmbSessions],
)
def isolation_acl(
    site: Site, access_lists: AccessLists, storage_people: StoragePeople, tried: TriedAccess, rest: RestAcls
) -> Iterator[Verdict]:
    for storage in site.storages:
        people = storage_people.at(storage.name)
        for access_list in access_lists.of(storage):
            owners = [tenant for tenant in site.tenants if _states(tenant, access_list)]
            yield from compared(access_list, rest.of(storage.name, access_list.share.name), owners[0])
            if access_list.lists.share is None:
                about = _about(access_list, people)
                yield unknown(
                    access_list.subject,
                    access_list.ground,
                    tenant=owners[0].name,
                    says=access_list.why_not,
                    about=about,
                )
                continue
            yield from _judged(access_list, owners, people, tried)


def _judged(
    lists: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, tried: TriedAccess
) -> Iterator[Verdict]:
    seen = tried.granted(lists.storage.name, lists.share.name)
    doubt = people.doubt or people.groups.unread_sids(lists.lists.named)
    found = [
        *_open(lists, owners, people),
        *_foreign(lists, owners, people, seen),
        *_missing(lists, owners, people, seen),
        *([] if doubt else _unused(lists, owners, people)),
    ]
    yield from found
    if doubt := doubt or _doubt_of_lists(lists, people) or ("" if found else _untested(lists, people, tried)):
        about = _about(lists, people)
        missing = people.groups.silences or ([] if found else tried.silences(lists.storage.name))
        yield unknown(lists.subject, lists.ground, tenant=owners[0].name, says=doubt, about=about, missing=missing)
    elif not found:
        yield fine(lists.subject, lists.ground, tenant=owners[0].name)


def _untested(lists: ShareLists, people: PeopleAtStorage, tried: TriedAccess) -> str:
    """Why a session that can contradict the lists was not seen; empty where there is none."""
    principals = [principal.name for tenant in people.tenants for principal in tenant.principals]
    return tried.unanswered(lists.storage.name, principals, [lists.share.name])


def _about(lists: ShareLists, people: PeopleAtStorage) -> dict[str, Sequence[str]]:
    return {"share": [lists.share.name], "storage": [lists.storage.name], "absent": people.absent}


def _doubt_of_lists(lists: ShareLists, people: PeopleAtStorage) -> str:
    """Why it is not known what the lists grant to somebody; empty where it is."""
    sets = people.sets_for(lists.lists.named)
    condition = next((why for sids in sets if (why := lists.doubt(sids, people.administrators))), "")
    return condition or (
        "" if lists.lists.folder is not None else f"the access list of {lists.share.name}'s root folder was not read"
    )


def _states(tenant: Tenant, lists: ShareLists) -> bool:
    return lists.share.name.lower() in {share.name.lower() for share in tenant.shares_of(lists.storage.name)}


def _revoked(
    template: Remedy, lists: ShareLists, names: Sequence[str], gone: Collection[str], stay: Sequence[Ace] = ()
) -> Remedy:
    """The steps that remove the entries of `gone`, which are SIDs; on Samba the new list has the entries of `stay`."""
    storage, share = lists.storage.name, lists.share.name
    before = (lists.lists.share.dacl or ()) if lists.lists.share else ()
    removed = [ace for ace in before if ace.sid in gone]
    word = access_word(max((ace.mask for ace in removed), default=FULL))
    tintri, windows, _ = LEVELS.get(word, LEVELS["full"])
    values = {"share": share, "storage": storage, "accounts": listed(names), "old": windows, "old_tintri": tintri}
    kept = [*(ace for ace in before if ace.sid not in gone), *stay]
    whole = lists.lists.share is not None and lists.lists.share.dacl is not None and removed
    lists_in_sddl = {"new": sddl(kept), "was": sddl(before)}
    return fill(template, values) + (fill(SAMBA, values | lists_in_sddl) if whole else ())


def _needed(lists: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, gone: Collection[str]) -> list[Ace]:
    """Entries for the hosts of the owners that no other entry lets in."""
    left = {ace.sid for ace in lists.allowed} - set(gone)
    mask = MASKS[str(lists.share.access)]
    hosts = {principal.name for tenant in owners for principal in tenant.principals}
    return [
        Ace(True, mask, person.own)
        for tenant in owners
        for person in people.all_of(tenant)
        if person.name in hosts and person.own and left.isdisjoint(person.sids)
    ]


def _open(lists: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage) -> Iterator[Verdict]:
    wide, groups = lists.open_to(), people.groups
    if wide:
        names = [groups.name(sid, lists.storage.name) for sid in wide]
        steps = _revoked(REVOKE, lists, names, wide, _needed(lists, owners, people, wide))
        absent = lists.lists.share is not None and lists.lists.share.dacl is None
        finding = OPEN_TO_ALL.with_steps(fill(GRANT_FIRST, {"owner": owners[0].name}) + steps)(
            lists.subject,
            lists.ground,
            tenant=owners[0].name,
            expected=f"access for {owners[0].name} only",
            found="the share has no access list" if absent else access_words(lists.access(wide)),
            share=lists.share.name,
            storage=lists.storage.name,
            owner=owners[0].name,
            who=names,
            accounts=listed(names),
        )
        without = lists.lists.folder is not None and lists.lists.folder.dacl is None
        labels = {"share": lists.share.name, "storage": lists.storage.name}
        yield labelled(finding, **labels, folder="without-list" if without else "")


def _foreign(
    lists: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, seen: Mapping[str, int]
) -> Iterator[Verdict]:
    for let_in in foreign(lists, owners, people, seen):
        needed = _needed(lists, owners, people, [let_in.sid])
        entry = people.groups.known.get(let_in.sid)
        first = fill(NOT_THE_GROUP, {"reason": let_in.why}) if entry is not None and entry.kind == GROUP else ()
        steps = first + _revoked(REVOKE, lists, [let_in.entry], [let_in.sid], needed)
        finding = FOREIGN_GRANT.with_steps(steps)(
            lists.subject,
            lists.ground,
            let_in.why,
            tenant=owners[0].name,
            expected=f"no access for {let_in.tenant}",
            found=let_in.found,
            share=lists.share.name,
            storage=lists.storage.name,
            other=let_in.tenant,
            people=shortened(let_in.people),
            who=let_in.entry,
            accounts=listed([let_in.entry]),
            path=path_of(lists, owners[0]),
            reason=let_in.why,
        )
        yield labelled(finding, share=lists.share.name, storage=lists.storage.name, principal=let_in.people)


def _unused(lists: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage) -> Iterator[Verdict]:
    for name, why, empty in unused(lists, people):
        gone = [ace.sid for ace in lists.allowed if people.groups.name(ace.sid, lists.storage.name) == name]
        steps = fill(STATE, {}) + _revoked(REVOKE, lists, [name], gone)
        finding = UNUSED_GRANT.with_steps(steps)(
            lists.subject,
            lists.ground,
            tenant=owners[0].name,
            expected="entries for accounts of the site file only",
            found=why,
            share=lists.share.name,
            storage=lists.storage.name,
            who=name,
            accounts=listed([name]),
        )
        labels = {"share": lists.share.name, "storage": lists.storage.name}
        yield labelled(finding, **labels, group="empty" if empty else "")


def _missing(
    lists: ShareLists, owners: Sequence[Tenant], people: PeopleAtStorage, seen: Mapping[str, int]
) -> Iterator[Verdict]:
    for tenant in owners:
        share = next(
            each for each in tenant.shares_of(lists.storage.name) if each.name.lower() == lists.share.name.lower()
        )
        for lack in missing(lists, tenant, share, people, seen):
            steps = granted(lists, share, tenant, lack, people)
            finding = MISSING_GRANT.with_steps(steps)(
                lists.subject,
                lists.ground,
                lack.why,
                tenant=tenant.name,
                expected=str(share.access),
                found=lack.found,
                share=share.name,
                storage=lists.storage.name,
                people=shortened([each.name for each in lack.principals]),
                who=accounts_of(tenant, lack.principals),
                reason=lack.why,
            )
            those = [each.name for each in lack.principals]
            yield labelled(finding, share=share.name, storage=lists.storage.name, principal=those)
