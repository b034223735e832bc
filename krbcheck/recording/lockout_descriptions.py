"""The descriptions of lockout thresholds and wrong passwords in the JSON Schema of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OF_LOCKOUTS: Mapping[str, str] = MappingProxyType(
    {
        "Lockouts.answers": "The lockout threshold and the wrong passwords, as each domain controller has them.",
        "LockoutPolicy.threshold": "How many wrong passwords lock an account; 0 if none does, null if not readable.",
        "LockoutPolicy.window_seconds": "After how many seconds the count begins again.",
        "LockoutPolicy.counted": "The accounts whose credentials are sent.",
        "WrongPasswords.account": "The account, `name@REALM`.",
        "WrongPasswords.count": "How many wrong passwords the domain controller has counted.",
        "WrongPasswords.last": "When the last of them was sent; null for never.",
        "WrongPasswords.locked": "Whether the account has a lockout time.",
        "WrongPasswords.own_policy": "Whether a password settings object applies to the account.",
    }
)
