"""The steps that remove an entry from a share's access list, or add one."""

from __future__ import annotations

from krbcheck.windows.common_steps import ELEVATED, ROOT, STORAGE_ADMINISTRATOR, TOOLKIT
from krbcheck.windows.remedy import Remedy, changes, looks, variants

LOSE = "accounts that only this entry lets in lose access to the share"
REVOKE = variants(
    "{storage}",
    windows=[
        looks("Get-SmbShareAccess -Name '{share}'", says="Write down the list", on="{storage}", needs=ELEVATED),
        changes(
            "Revoke-SmbShareAccess -Name '{share}' -AccountName {accounts} -Force",
            on="{storage}",
            needs=ELEVATED,
            undo="Grant-SmbShareAccess -Name '{share}' -AccountName {accounts} -AccessRight {old} -Force",
            caution=LOSE,
        ),
    ],
    vmstore=[
        looks(
            "Get-TintriSmbShareAccess -Name '{share}'",
            says="Write down the list, and the position of the entry for {accounts} in it, from 0",
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
        ),
        changes(
            "Get-TintriSmbShareAccess -Name '{share}' | Select-Object -Index NUMBER | "
            "Revoke-TintriSmbShareAccess -Force",
            says="NUMBER is that position",
            on="a computer with the Tintri Automation Toolkit",
            needs=TOOLKIT,
            undo="Grant-TintriSmbShareAccess -Name '{share}' -User {accounts} -Access {old_tintri}",
            verify="Get-TintriSmbShareAccess -Name '{share}'",
            caution=LOSE,
        ),
    ],
)
SAMBA = variants(
    "{storage}",
    samba=[
        changes(
            "sharesec '{share}' --setsddl='{new}'",
            says="The list without the entry for {accounts}; undo has the list as it was read",
            on="{storage}",
            needs=ROOT,
            undo="sharesec '{share}' --setsddl='{was}'",
            verify="sharesec '{share}' --view",
            caution=LOSE,
        )
    ],
)
FOLDER_TOO = variants(
    "{storage}",
    windows=[
        changes(
            "icacls PATH /remove:g {accounts}",
            says="If the entry is in the root folder too: PATH is the folder of {share}",
            on="{storage}",
            needs=ELEVATED,
            undo_says="icacls PATH /grant with the old entry, which icacls PATH shows before",
            verify="icacls PATH",
        )
    ],
    samba=[
        looks(
            "smbcacls '//{path}/{share}' / -U Administrator",
            says="If the entry is in the root folder too, remove it with smbcacls --delete and the text of the entry",
            on="{storage}",
            needs="the password of " + STORAGE_ADMINISTRATOR,
        )
    ],
)
GRANT_FIRST = (looks(says="Grant access to the groups of {owner} first, because its hosts may use this entry"),)
STATE = (
    looks(
        says="If the entry is intended, add it to the site file under principals, administrators or backup, and stop"
    ),
)


def revoke_of(people: str) -> Remedy:
    """Returns the steps that remove the entries by which `people` have access; which entries these are is not known."""
    whose = f"Find the entries that {people} are in: the accounts, their groups, Everyone or Authenticated Users"
    return variants(
        "{storage}",
        windows=[
            looks("Get-SmbShareAccess -Name '{share}'", says=whose, on="{storage}", needs=ELEVATED),
            changes(
                "Revoke-SmbShareAccess -Name '{share}' -AccountName ACCOUNT -Force",
                says="ACCOUNT is the account of such an entry",
                on="{storage}",
                needs=ELEVATED,
                undo_says="Grant-SmbShareAccess with the entry of the list",
                verify="Get-SmbShareAccess -Name '{share}'",
                caution=LOSE,
            ),
        ],
        samba=[
            looks("sharesec '{share}' --view", says=whose, on="{storage}", needs=ROOT),
            changes(
                "sharesec '{share}' --remove='ENTRY'",
                says="ENTRY is the text of such an entry; a share without a list grants Everyone full control "
                "(S-1-1-0:ALLOWED/0x0/FULL)",
                on="{storage}",
                needs=ROOT,
                undo="sharesec '{share}' --add='ENTRY'",
                verify="sharesec '{share}' --view",
                caution=LOSE,
            ),
        ],
        vmstore=[
            looks(
                "Get-TintriSmbShareAccess -Name '{share}'",
                says=whose,
                on="a computer with the Tintri Automation Toolkit",
                needs=TOOLKIT,
            ),
            changes(
                "Get-TintriSmbShareAccess -Name '{share}' | Select-Object -Index NUMBER | "
                "Revoke-TintriSmbShareAccess -Force",
                says="NUMBER is the position of such an entry in the list, from 0",
                on="a computer with the Tintri Automation Toolkit",
                needs=TOOLKIT,
                undo_says="Grant-TintriSmbShareAccess with the entry of the list",
                verify="Get-TintriSmbShareAccess -Name '{share}'",
                caution=LOSE,
            ),
        ],
    )
