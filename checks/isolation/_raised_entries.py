"""The steps that raise the entry of a group: the hosts are its members already, and it grants them less than stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from krbcheck.facts.share_access import GROUP
from krbcheck.site.stated import Tenant
from krbcheck.views.storage_people import PeopleAtStorage
from krbcheck.windows.access_masks import access_word
from krbcheck.windows.common_steps import ELEVATED, ROOT, STORAGE_ADMINISTRATOR, TOOLKIT
from krbcheck.windows.descriptor import INHERITED, Descriptor, sddl
from krbcheck.windows.remedy import RemedyStep, changes, looks, variants

RAISED = "{names} has {old_word} access and contains these hosts: its entry becomes {word}, for each of its members"
IF_INTENDED = (
    looks(
        says="If {old_word} access is enough for these hosts, state access: {old_word} for {share} in the site file, "
        "and stop"
    ),
)
ACL_OF = "smbcacls '//{path}/{share}' /"


def samba_share_list(says: str) -> RemedyStep:
    """Replaces the whole list of a share; undo has the list as it was read."""
    return changes(
        "sharesec '{share}' --setsddl='{new}'",
        says=says,
        on="{storage}",
        needs=ROOT,
        undo="sharesec '{share}' --setsddl='{was}'",
        verify="sharesec '{share}' --view",
    )


def samba_folder_list(says: str) -> RemedyStep:
    """Replaces the whole list of a share's root folder; undo has the list as it was read."""
    return changes(
        ACL_OF + " --sddl --set '{new}' -U Administrator",
        says=says,
        on="{storage}",
        needs="the password of " + STORAGE_ADMINISTRATOR,
        undo=ACL_OF + " --sddl --set '{was}' -U Administrator",
        verify=ACL_OF + " -U Administrator",
    )


SHARE_ENTRY = variants(
    "{storage}",
    windows=[
        changes(
            "Grant-SmbShareAccess -Name '{share}' -AccountName {accounts} -AccessRight {level} -Force",
            says=RAISED,
            on="{storage}",
            needs=ELEVATED,
            undo="Revoke-SmbShareAccess -Name '{share}' -AccountName {accounts} -Force; "
            "Grant-SmbShareAccess -Name '{share}' -AccountName {accounts} -AccessRight {old_level} -Force",
            verify="Get-SmbShareAccess -Name '{share}'",
            shows="{names} with {level}",
        ),
    ],
    samba=[samba_share_list(RAISED + "; undo has the list as it was read")],
    vmstore=[
        changes(
            "Grant-TintriSmbShareAccess -Name '{share}' -User {accounts} -Access {tintri}",
            says=RAISED,
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
            undo_says="Revoke-TintriSmbShareAccess for the new entry; grant {old_tintri} again if that is gone",
            verify="Get-TintriSmbShareAccess -Name '{share}'",
            shows="{names} with {tintri}",
        )
    ],
)
FOLDER_ENTRY = variants(
    "{storage}",
    windows=[
        changes(
            "icacls PATH {icacls}",
            says=RAISED + ". PATH is the folder of {share}",
            on="{storage}",
            needs=ELEVATED,
            undo="icacls PATH {old_icacls}",
            verify="icacls PATH",
        ),
    ],
    samba=[samba_folder_list(RAISED + "; undo has the list as it was read")],
    vmstore=[
        changes(
            "icacls '\\\\{path}\\{share}' {icacls}",
            says=RAISED,
            on="a Windows host, as " + STORAGE_ADMINISTRATOR,
            needs=STORAGE_ADMINISTRATOR,
            undo="icacls '\\\\{path}\\{share}' {old_icacls}",
            verify="icacls '\\\\{path}\\{share}'",
        )
    ],
)


class Raised(NamedTuple):
    """The entry of a group, its access as a word, and the list before and after it is raised (SDDL)."""

    sid: str
    word: str
    was: str
    new: str


def raised(
    before: Descriptor | None, mask: int, own: Sequence[str], tenant: Tenant, people: PeopleAtStorage
) -> Raised | None:
    """Returns the entry to raise to `mask`; None if there is none.

    It is that of a group of these principals (`own` are their SIDs), which contains no account of another tenant, and
    the list has no entry that denies.
    """
    entries = (before.dacl or ()) if before else ()
    mine = [person for person in people.all_of(tenant) if person.own in own]
    if not mine or len(mine) < len(own) or any(not ace.allow for ace in entries):
        return None
    for ace in entries:
        group, word = people.groups.known.get(ace.sid), access_word(ace.mask)
        usual = word in ("read", "change") and not (ace.conditional or ace.inherit_only or ace.flags & INHERITED)
        if not usual or group is None or group.kind != GROUP:
            continue
        own_only = all(person.tenant.name == tenant.name for person in people.carrying([ace.sid]))
        if own_only and all(ace.sid in person.alone for person in mine):
            after = [msgspec.structs.replace(each, mask=each.mask | mask) if each is ace else each for each in entries]
            return Raised(ace.sid, word, sddl(entries), sddl(after))
    return None
