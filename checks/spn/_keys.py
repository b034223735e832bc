"""The evidence for an SPN on a wrong account: whose key encrypts the tickets, and the storage's answer to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import ServiceTickets
from krbcheck.facts.smb import SmbSessions
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.ticket_keys import ticket_keys


@dataclass(frozen=True)
class Shown:
    """`lines` are grounds of a finding, `values` go beside what it expected and found."""

    lines: tuple[str, ...]
    values: Mapping[str, Any]


class Keys:
    """The facts that show it; without tickets or sessions the key versions of the accounts are all there is."""

    def __init__(self, site: Site, directories: Directories, tickets: ServiceTickets, sessions: SmbSessions) -> None:
        self._site, self._directories, self._tickets, self._sessions = site, directories, tickets, sessions

    def of(self, tenant: Tenant, path: DataPath) -> Shown:
        account = self._site.storage(path.storage).account
        answers = self._sessions.kerberos(tenant.name, path.name)
        keys = ticket_keys(path.spn, account, self._directories, self._tickets, answers)
        values = {
            "key_versions": tuple(one.told() for one in keys.accounts),
            "tickets": tuple(one.told() for one in keys.tickets),
            "storage_answers": tuple(one.told() for one in keys.answers),
        }
        return Shown(keys.told(), {name: told for name, told in values.items() if told})
