"""The steps that remove an entry from a share's access list, or add one."""

from __future__ import annotations

from krbcheck.windows.common_steps import ELEVATED, ROOT, TOOLKIT
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
SAMBA_ADD = variants(
    "{storage}",
    samba=[
        changes(
            "sharesec '{share}' --add='{sid}:ALLOWED/0/{samba}'",
            says="For {name}; better: for a group of the hosts",
            on="{storage}",
            needs=ROOT,
            undo="sharesec '{share}' --remove='{sid}:ALLOWED/0/{samba}'",
            verify="sharesec '{share}' --view",
        )
    ],
)
GRANT_FIRST = (looks(says="Grant access to the groups of {owner} first, because its hosts may use this entry"),)
STATE = (
    looks(
        says="If the entry is intended, add it to the site file under principals, administrators or backup, and stop"
    ),
)
