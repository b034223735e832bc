"""The steps that remove a share that the site file does not state; its folder and the files in it remain."""

from __future__ import annotations

from krbcheck.windows.common_steps import ELEVATED, TOOLKIT
from krbcheck.windows.remedy import changes, looks, variants
from krbcheck.windows.server_steps import samba_setting

LOSE = "accounts that still use the share lose it"
WRITE_DOWN = "Write down the list, which goes with the share"
STATE = looks(says="If {unstated} belongs to a tenant, state it in the site file, then run krbcheck again")
REMOVE = (
    STATE,
    *variants(
        "{storage}",
        windows=[
            looks("Get-SmbShareAccess -Name '{unstated}'", says=WRITE_DOWN, on="{storage}", needs=ELEVATED),
            changes(
                "Remove-SmbShare -Name '{unstated}' -Force",
                says="If no account needs it; the folder and its files remain",
                on="{storage}",
                needs=ELEVATED,
                undo="New-SmbShare -Name '{unstated}' -Path '{folder}' -FullAccess Administrators",
                undo_says="then Grant-SmbShareAccess with each entry of the list",
                verify="Get-SmbShare",
                shows="no share {unstated}",
                caution=LOSE,
            ),
        ],
        samba=list(samba_setting("{storage}", "{unstated}", "available = no", caution=LOSE)),
        vmstore=[
            looks(
                "Get-TintriSmbShareAccess -Name '{unstated}'",
                says=WRITE_DOWN,
                on="a computer with the Tintri Automation Toolkit",
                needs=TOOLKIT,
            ),
            changes(
                "Remove-TintriSmbShare -Name '{unstated}' -Force",
                says="If no account needs it",
                on="a computer with the Tintri Automation Toolkit",
                needs=TOOLKIT,
                undo="New-TintriSmbShare -Name '{unstated}'",
                undo_says="then Grant-TintriSmbShareAccess with each entry of the list",
                verify="Get-TintriSmbShare",
                caution=LOSE,
            ),
        ],
    ),
)
