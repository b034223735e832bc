"""The accounts and hosts that the site file excludes: nothing is sent to them, and no server is queried about them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from ipaddress import ip_address

import msgspec

BY_SITE_FILE = "left out by exclude in the site file"


class Exclusions(msgspec.Struct, frozen=True, dict=True):
    r"""`accounts` are `account@REALM`, `DOMAIN\name` or SIDs; `hosts` are DNS names in lower case, or addresses."""

    accounts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def host(self, name: str) -> str:
        """Returns why a host is left out, by its name or address; empty if it is not excluded."""
        return BY_SITE_FILE if name and name.lower().rstrip(".") in self._hosts else ""

    def sid(self, sid: str) -> str:
        """Returns why an account is left out, by its SID; empty if it is not excluded."""
        return BY_SITE_FILE if sid in self._sids else ""

    def without(self, sids: Iterable[str]) -> tuple[str, ...]:
        """Returns the SIDs that are not excluded, in their order."""
        return tuple(sid for sid in sids if sid not in self._sids)

    @cached_property
    def names_and_sids(self) -> frozenset[str]:
        """The accounts without their domains, in lower case, and the SIDs as they are."""
        return frozenset(name if name in self._sids else _plain(name) for name in self.accounts)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        """The hosts, and the names of the PTR records of those that are addresses."""
        return frozenset((*self.hosts, *(name for host in self.hosts if (name := _reverse(host)))))

    @cached_property
    def _sids(self) -> frozenset[str]:
        return frozenset(name for name in self.accounts if name.startswith("S-1-"))


def _plain(name: str) -> str:
    account = name.rpartition("\\")[2]
    return (account.rpartition("@")[0] or account).lower()


def _reverse(host: str) -> str:
    try:
        return ip_address(host).reverse_pointer
    except ValueError:
        return ""


NOTHING = Exclusions()
