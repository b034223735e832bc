"""The steps that remove an entry from a share's access list, or add one."""

from __future__ import annotations

from krbcheck.windows.common_steps import ELEVATED, ROOT, STORAGE_ADMINISTRATOR, TOOLKIT
from krbcheck.windows.remedy import changes, looks, variants

REVOKE = variants(
    "{storage}",
    windows=[
        looks("Get-SmbShareAccess -Name '{share}'", says="Write down the list", on="{storage}", needs=ELEVATED),
        changes(
            "Revoke-SmbShareAccess -Name '{share}' -AccountName {accounts} -Force",
            on="{storage}",
            needs=ELEVATED,
            undo="Grant-SmbShareAccess -Name '{share}' -AccountName {accounts} -AccessRight {old} -Force",
            caution="accounts that only this entry lets in lose access to the share",
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
            caution="accounts that only this entry lets in lose access to the share",
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
            caution="accounts that only this entry lets in lose access to the share",
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
