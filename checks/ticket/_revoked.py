"""The steps for an account that may not log on, by what the KDC's NTSTATUS or the directory names as the reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from krbcheck.facts.directory import Account
from krbcheck.windows.common_steps import (
    AD_MODULE,
    ROOT,
    SAM,
    clear_expiration,
    controller,
    enable_account,
    show_account,
    unlock_account,
)
from krbcheck.windows.remedy import Remedy, changes, variants

LOOK = show_account(
    "{account}",
    "{domain}",
    "userAccountControl lockoutTime accountExpires logonHours",
    "Find out which of the next steps applies",
)
ENABLE = enable_account("{account}", "{domain}")
UNLOCK = unlock_account("{account}", "{domain}")
EXPIRATION = clear_expiration("{account}", "{domain}")
HOURS_LOST = "first find out why the account is restricted; write down the old hours"
LOGON_HOURS = (
    *show_account("{account}", "{domain}", "logonHours", "Write down the old value"),
    *variants(
        "{domain}",
        windows=[
            changes(
                "Get-ADObject -Filter \"sAMAccountName -eq '{account}'\" -Server {domain} | "
                "Set-ADObject -Clear logonHours",
                says="Without the attribute the account may log on at any hour",
                on=controller("{domain}"),
                needs=AD_MODULE,
                undo_says="Set-ADObject -Replace with the old value",
                caution=HOURS_LOST,
            )
        ],
        samba=[
            changes(
                "printf 'dn: %s\\nchangetype: modify\\ndelete: logonHours\\n' '{dn}' | ldbmodify -H " + SAM,
                says="Without the attribute the account may log on at any hour",
                on=controller("{domain}"),
                needs=ROOT,
                undo_says="ldbmodify with the old value",
                caution=HOURS_LOST,
            )
        ],
    ),
)
ANY = (*LOOK, *ENABLE, *UNLOCK, *EXPIRATION)
REVOKED = (ENABLE, (*LOOK, *UNLOCK), EXPIRATION, LOGON_HOURS, ANY)
BY_NTSTATUS: Mapping[int, Remedy] = {
    0xC000006F: LOGON_HOURS,
    0xC0000072: ENABLE,
    0xC0000193: EXPIRATION,
    0xC0000234: (*LOOK, *UNLOCK),
}
"""STATUS_INVALID_LOGON_HOURS, STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_EXPIRED, STATUS_ACCOUNT_LOCKED_OUT."""


def revoked(ntstatus: int | None, account: Account | None, at: datetime | None) -> Remedy:
    """What the directory contains about the account, queried `at` that time, counts more than the NTSTATUS, which names
    the first reason only. An account that is neither disabled nor expired is locked.
    """
    if account is None or at is None:
        return BY_NTSTATUS.get(ntstatus or 0, ANY)
    expired = account.expires is not None and account.expires < at
    if account.disabled or expired:
        return (*(ENABLE if account.disabled else ()), *(EXPIRATION if expired else ()))
    return BY_NTSTATUS.get(ntstatus or 0, (*LOOK, *UNLOCK))
