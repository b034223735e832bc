"""The steps that grant a tenant's principals the stated access to their share, in its list or in its root folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from krbcheck.facts.share_access import GROUP
from krbcheck.site.stated import Principal, Share, Tenant
from krbcheck.views.access_lists import ShareLists
from krbcheck.views.share_grants.missing import Lack
from krbcheck.views.storage_people import PeopleAtStorage
from krbcheck.windows.access_masks import CHANGE, FULL, READ
from krbcheck.windows.common_steps import (
    ELEVATED,
    STORAGE_ADMINISTRATOR,
    TOOLKIT,
    hosts_of,
    purge_tickets,
)
from krbcheck.windows.descriptor import INHERITED, Ace, Descriptor, sddl
from krbcheck.windows.group_steps import add_member
from krbcheck.windows.quoting import Filled, filled
from krbcheck.windows.remedy import Remedy, changes, fill, looks, variants

from ._raised_entries import FOLDER_ENTRY, IF_INTENDED, SHARE_ENTRY, Raised, raised, samba_folder_list, samba_share_list
from ._wording import MOST_IN_REMEDY, accounts_of

LEVELS = {"read": ("Read", "Read", "RX"), "change": ("Change", "Change", "M"), "full": ("FullControl", "Full", "F")}
"""The access as Tintri's toolkit, SmbShare and icacls name it."""
MASKS = {"read": READ, "change": CHANGE, "full": FULL}
FOR_ALL_BELOW = 0x3
"""OBJECT_INHERIT_ACE and CONTAINER_INHERIT_ACE (MS-DTYP 2.4.4.1)."""
GROUP_FIRST = (
    looks(
        says="If a host is missing in a group of the list, add it to the group; if an entry denies, remove that entry"
    ),
)
NEW_LIST = "The list with entries for {names} and without entries that deny them; undo has the list as it was read"
SHARE_LIST = variants(
    "{storage}",
    windows=[
        changes(
            "Grant-SmbShareAccess -Name '{share}' -AccountName {accounts} -AccessRight {level} -Force",
            says="Better: grant access to a group of the hosts instead of to each host",
            on="{storage}",
            needs=ELEVATED,
            undo="Revoke-SmbShareAccess -Name '{share}' -AccountName {accounts} -Force",
            verify="Get-SmbShareAccess -Name '{share}'",
        ),
    ],
    samba=[samba_share_list(NEW_LIST + ". Better: an entry for a group of the hosts")],
    vmstore=[
        changes(
            "{accounts} | ForEach-Object {{ Grant-TintriSmbShareAccess -Name '{share}' -User $_ -Access {tintri} }}",
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
            undo_says="Revoke-TintriSmbShareAccess for the new entries",
            verify="Get-TintriSmbShareAccess -Name '{share}'",
        )
    ],
)
FOLDER_LIST = variants(
    "{storage}",
    windows=[
        changes(
            "icacls PATH {icacls}",
            says="PATH is the folder of {share}",
            on="{storage}",
            needs=ELEVATED,
            undo="icacls PATH /remove:g {accounts}",
            verify="icacls PATH",
        ),
    ],
    samba=[samba_folder_list(NEW_LIST)],
    vmstore=[
        changes(
            "icacls '\\\\{path}\\{share}' {icacls}",
            on="a Windows host, as " + STORAGE_ADMINISTRATOR,
            needs=STORAGE_ADMINISTRATOR,
            undo="icacls '\\\\{path}\\{share}' /remove:g {accounts}",
            verify="icacls '\\\\{path}\\{share}'",
        )
    ],
)
MEMBERS = add_member("{group}", "{account}", "{domain}")
INTENDED = (
    looks(
        says="{entry} is in the access list and has no members: find out who removed them, and why. If the hosts must "
        "not have this access, correct the site file, and stop"
    ),
)
NEW_GROUPS = (purge_tickets(hosts_of("{tenant}")),)
TEMPLATES = (
    (*IF_INTENDED, *SHARE_ENTRY),
    FOLDER_ENTRY,
    (*GROUP_FIRST, *SHARE_LIST),
    FOLDER_LIST,
    (*INTENDED, *MEMBERS, *NEW_GROUPS),
)


def listed(names: Sequence[str]) -> Filled:
    """Returns the names as a list of PowerShell: each in single quotes."""
    return Filled(", ".join(filled("'{name}'", {"name": each}) for each in names))


def granted(lists: ShareLists, share: Share, tenant: Tenant, lack: Lack, people: PeopleAtStorage) -> Remedy:
    """The entries that the principals lack, in the lists that lack them; the members instead, if the share has an entry
    for a group without members.
    """
    own = {person.name: person.own for person in people.all_of(tenant)}
    sids = [own[principal.name] for principal in lack.principals if own.get(principal.name)]
    held = {sid for person in people.all_of(tenant) if person.own in sids for sid in person.sids}
    mask, values = MASKS[str(share.access)], _values(lists, share, tenant, lack.principals)
    emptied = _emptied(lists, lack, people, mask, sids, held)
    if emptied:
        return _members(people.groups.name(emptied, lists.storage.name), tenant, lack.principals)
    share_of, folder_of = (raised(each, mask, sids, tenant, people) for each in (lists.lists.share, lists.lists.folder))
    steps: Remedy = ()
    if lack.in_share and share_of:
        steps += fill((*IF_INTENDED, *SHARE_ENTRY), values | _of_entry(share_of, lists, share, people))
    elif lack.in_share:
        steps += fill((*GROUP_FIRST, *SHARE_LIST), values | _with(lists.lists.share, mask, sids, held))
    if lack.in_folder and folder_of:
        first = () if lack.in_share else IF_INTENDED
        steps += fill((*first, *FOLDER_ENTRY), values | _of_entry(folder_of, lists, share, people))
    elif lack.in_folder:
        first = () if lack.in_share else GROUP_FIRST
        steps += fill((*first, *FOLDER_LIST), values | _with(lists.lists.folder, mask, sids, held, FOR_ALL_BELOW))
    return steps


def _of_entry(entry: Raised, lists: ShareLists, share: Share, people: PeopleAtStorage) -> dict[str, str]:
    """The values of the steps that raise the entry of a group."""
    name = people.groups.name(entry.sid, lists.storage.name)
    (_, _, letters), (old_tintri, old_level, old_letters) = LEVELS[str(share.access)], LEVELS[entry.word]
    return {
        "names": name,
        "accounts": listed([name]),
        "word": str(share.access),
        "old_word": entry.word,
        "old_level": old_level,
        "old_tintri": old_tintri,
        "icacls": filled("/grant '{name}:(OI)(CI)" + letters + "'", {"name": name}),
        "old_icacls": filled("/grant:r '{name}:(OI)(CI)" + old_letters + "'", {"name": name}),
        "was": entry.was,
        "new": entry.new,
    }


def _emptied(
    lists: ShareLists, lack: Lack, people: PeopleAtStorage, mask: int, sids: Sequence[str], held: Collection[str]
) -> str:
    """The SID of a group without members whose entries grant the stated access to its members; empty if none does.

    The group and the principals are in one domain, and no entry denies them access.
    """
    lacking = [
        before.dacl or ()
        for before, lacks in ((lists.lists.share, lack.in_share), (lists.lists.folder, lack.in_folder))
        if before is not None and lacks
    ]
    few = 0 < len(lack.principals) == len(sids) <= MOST_IN_REMEDY
    for ace in lacking[0] if lacking and few else ():
        group = people.groups.known.get(ace.sid)
        near = {sid.rpartition("-")[0] for sid in (*sids, ace.sid)}
        if group is None or group.kind != GROUP or not group.empty or len(near) > 1:
            continue
        if all(
            any(entry.allow and entry.sid == ace.sid and entry.mask & mask == mask for entry in entries)
            and not any(not entry.allow and entry.sid in (ace.sid, *held) for entry in entries)
            for entries in lacking
        ):
            return ace.sid
    return ""


def _members(entry: str, tenant: Tenant, principals: Sequence[Principal]) -> Remedy:
    """Adds the principals to the group of an entry; their hosts get tickets with the group."""
    group = entry.rpartition("\\")[2]
    members = [
        fill(MEMBERS, {"group": group, "account": principal.account, "domain": principal.realm.lower()})
        for principal in principals
    ]
    return (
        *fill(INTENDED, {"entry": entry}),
        *(step for steps in members for step in steps),
        *fill(NEW_GROUPS, {"tenant": tenant.name}),
    )


def _with(
    before: Descriptor | None, mask: int, sids: Sequence[str], held: Collection[str], flags: int = 0
) -> dict[str, str]:
    """The list as it is, and with an entry for each of `sids`, without those that deny access to one of `held`.

    Explicit entries come before inherited ones (MS-DTYP 2.4.5).
    """
    entries = (before.dacl or ()) if before else ()
    kept = [ace for ace in entries if not (ace.sid in sids or (not ace.allow and ace.sid in held))]
    explicit = [ace for ace in kept if not ace.flags & INHERITED]
    inherited = [ace for ace in kept if ace.flags & INHERITED]
    added = [Ace(True, mask, sid, flags=flags) for sid in sids]
    return {"new": sddl([*explicit, *added, *inherited]), "was": sddl(entries)}


def _values(lists: ShareLists, share: Share, tenant: Tenant, principals: Sequence[Principal]) -> dict[str, str]:
    tintri, level, letters = LEVELS[str(share.access)]
    accounts = accounts_of(tenant, principals)
    return {
        "storage": lists.storage.name,
        "share": share.name,
        "path": path_of(lists, tenant),
        "names": ", ".join(principal.name for principal in principals),
        "accounts": listed(accounts),
        "icacls": Filled(" ".join(f"/grant {listed([each])[:-1]}:(OI)(CI){letters}'" for each in accounts)),
        "tintri": tintri,
        "level": level,
    }


def path_of(lists: ShareLists, tenant: Tenant) -> str:
    """The name by which the tenant's hosts connect to the share."""
    return next((path.name for path in tenant.data_paths if path.storage == lists.storage.name), lists.storage.name)
