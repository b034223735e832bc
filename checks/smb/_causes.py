"""The cause and the fix of a rejected session: from the KRB-ERROR that the storage sends, else from NTSTATUS, clock and
realm.
"""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.smb import SmbSetUp
from krbcheck.site.stated import DataPath, Principal, Storage
from krbcheck.views.storage_servers import Server
from krbcheck.views.ticket_keys import AccountKey, TicketKeys
from krbcheck.windows.common_steps import ELEVATED, register_spn, unregister_spn
from krbcheck.windows.kerberos_errors import KRB_CODES, error_name
from krbcheck.windows.ntstatus import (
    STATUS_LOGON_FAILURE,
    STATUS_TIME_DIFFERENCE_AT_DC,
    fix_for,
    ntstatus_means,
    ntstatus_name,
)
from krbcheck.windows.remedy import Remedy, fill, looks, variants

ELSEWHERE = (looks(says="Fix the finding smb.server first: {path} must not resolve to an address of {other}"),)
FOREIGN = (
    looks(
        "setspn -T {realm} -Q {spn}",
        says="Find the account that the SPN is registered on",
        on="a domain controller of {realm}",
    ),
    *unregister_spn("{spn}", "ACCOUNT", "{realm}"),
)
MISPLACED = (*unregister_spn("{spn}", "{wrong}", "{domain}"), *register_spn("{spn}", "{owner}", "{domain}"))
LOOK = (
    *variants(
        "{storage}",
        windows=[
            looks(
                "Get-WinEvent -LogName Security -MaxEvents 200 | Where-Object Id -in 4625,4768,4769,4771",
                says="Read the log of the storage for the time of the rejection",
                on="{storage}",
                needs=ELEVATED,
            )
        ],
        samba=[
            looks(
                "tail -n 200 /var/log/samba/log.smbd", says="Read the log for the time of the rejection", on="{storage}"
            )
        ],
    ),
)
ALTERNATIVES = (ELSEWHERE, FOREIGN, MISPLACED, LOOK)
WRONG_KEY = {31, 35, 41, 44, 45}
"""KRB_AP_ERR_BAD_INTEGRITY, NOT_US, MODIFIED, BADKEYVER, NOKEY: the storage cannot decrypt the ticket."""
MOST_SECONDS = 300
"""Maximum clock difference that Kerberos accepts by default, in seconds."""


@dataclass(frozen=True)
class Refusal:
    """A rejected session. `realm` issued the ticket; `keys` holds the account keys that the ticket can be encrypted
    with.
    """

    said: SmbSetUp
    path: DataPath
    storage: Storage
    realm: str
    server: Server
    keys: TicketKeys

    @property
    def found(self) -> str:
        """The error, by its name."""
        code = self.said.krb_error
        return ntstatus_name(self.said.status) if code is None else f"{error_name(code)} ({code})"

    @property
    def unopened(self) -> bool:
        """Whether the storage could not use the ticket and returned no more specific error."""
        if self.said.krb_error is None:
            return self.said.status == STATUS_LOGON_FAILURE
        return self.said.krb_error in WRONG_KEY

    @property
    def late(self) -> bool:
        """Whether the clock difference explains the error: Samba returns the same error for a wrong clock as for a
        wrong key.
        """
        return self.unopened and abs(self.server.ahead) > MOST_SECONDS

    @property
    def foreign(self) -> bool:
        return self.unopened and bool(self.realm) and self.realm.lower() != self.storage.domain

    @property
    def kind(self) -> str:
        """What the cause concerns: address, clock, realm, account, key, or status for any other."""
        if self.unopened and self.server.elsewhere:
            return "address"
        if self.late:
            return "clock"
        if self.foreign:
            return "realm"
        if self.misplaced:
            return "account"
        return "key" if self.unopened else "status"

    @property
    def cause(self) -> str:
        if self.unopened and self.server.elsewhere:
            return f"its address belongs to {self.server.elsewhere}, not to {self.storage.name} (see smb.server)"
        if self.late:
            side = "ahead of" if self.server.ahead > 0 else "behind"
            return (
                f"its clock is {round(abs(self.server.ahead) / 60)} min {side} the clock of this host (see time.skew)"
            )
        if self.foreign:
            return f"the ticket is for an account of {self.realm}, not for the account of the storage"
        if self.unopened and (owner := self.keys.made_for):
            return _of_key(owner)
        if self.unopened or self.said.krb_error is None:
            return ntstatus_means(STATUS_LOGON_FAILURE if self.unopened else self.said.status)
        known = KRB_CODES.get(self.said.krb_error)
        return known.means if known else "krbcheck has no description of this Kerberos error"

    @property
    def misplaced(self) -> AccountKey | None:
        """The account that the ticket is encrypted for, if it is an account of the storage's domain other than the
        storage's.
        """
        owner = self.keys.made_for if self.unopened and not self.late and not self.foreign else None
        return None if owner is None or owner.storage else owner

    def steps(self, principal: Principal) -> Remedy:
        """Returns the remedy with the names filled in."""
        owner = self.storage.account.rpartition("@")[0]
        values = {"spn": self.path.spn, "path": self.path.name, "owner": owner, "storage": self.storage.name}
        if self.unopened and self.server.elsewhere:
            return fill(ELSEWHERE, values | {"other": self.server.elsewhere})
        if self.foreign and not self.late:
            return fill(FOREIGN, values | {"realm": self.realm.lower()})
        if wrong := self.misplaced:
            return fill(MISPLACED, values | {"wrong": wrong.account.rpartition("@")[0], "domain": self.storage.domain})
        values |= {
            "principal": principal.name,
            "account": principal.account,
            "domain": principal.realm.lower(),
            "controller_domain": self.storage.domain,
        }
        known = None if self.unopened or self.said.krb_error is None else KRB_CODES.get(self.said.krb_error)
        if known and known.fix:
            return fill(known.fix, values)
        status = STATUS_LOGON_FAILURE if self.unopened else self.said.status
        return fix_for(STATUS_TIME_DIFFERENCE_AT_DC if self.late else status, **values) or fill(LOOK, values)


def _of_key(owner: AccountKey) -> str:
    """Describes the cause when the storage cannot decrypt the ticket and the owner of the key is known."""
    if owner.storage:
        return (
            f"the ticket uses key version {owner.version} of {owner.account}, which the storage probably does not have"
        )
    return f"the ticket uses key version {owner.version} of {owner.account}, not the key of the storage"
