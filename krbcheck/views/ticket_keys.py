"""The account whose key encrypts a service ticket: the key version of the ticket and the key versions of the accounts
that may own the SPN.

A ticket contains no account, only the version of the key that encrypts it (RFC 4120 5.2.9); the directory counts the
same versions for each account (msDS-KeyVersionNumber, MS-ADTS 3.1.1.4.5.16).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from krbcheck.facts.directory import Directories, domain_of
from krbcheck.facts.grouping import grouped
from krbcheck.facts.kerberos import ServiceTickets, TicketFacts
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSession, SmbSetUp
from krbcheck.site.stated import realm_of
from krbcheck.views.view import View
from krbcheck.windows.kerberos_errors import error_name

ETYPES = {17: "AES128", 18: "AES256", 23: "RC4"}
VERSION = 0xFFFF
"""The upper 16 bits of a version are the number of a read-only controller's krbtgt (MS-KILE 3.1.5.8)."""


def etype_name(number: int) -> str:
    return ETYPES.get(number, f"encryption type {number}")


class AccountKey(msgspec.Struct, frozen=True):
    """An account, `sam@REALM`; `version` is its key version in the directory, None if it could not be read. `owns` the
    SPN, or HOST/ of its name; `storage` if it is the storage's account.
    """

    account: str
    version: int | None
    storage: bool = False
    owns: bool = True

    def summary(self) -> str:
        version = "key version not available" if self.version is None else f"key version {self.version}"
        is_ = "the storage's account" if self.storage else ""
        is_ = is_ if self.owns else f"{is_}, SPN not registered on it"
        return f"{self.account}{f' ({is_})' if is_ else ''}: {version}"


class MadeTicket(msgspec.Struct, frozen=True):
    """A service ticket that `kdc` issued. `owners` are the accounts whose key it can be, by its realm and version."""

    kdc: str
    realm: str
    etype: int
    version: int | None
    owners: tuple[str, ...] = ()

    def summary(self) -> str:
        version = "no key version" if self.version is None else f"key version {self.version}"
        whose = " or ".join(self.owners) or "none of these accounts"
        return f"ticket from {self.kdc or self.realm}: {etype_name(self.etype)}, {version}: key of {whose}"


class StorageAnswer(msgspec.Struct, frozen=True):
    """The storage's answer to a principal's ticket."""

    principal: str
    path: str
    said: str
    accepted: bool

    def summary(self) -> str:
        return f"{self.path} responds to {self.principal}: {self.said}"


class TicketKeys(msgspec.Struct, frozen=True):
    """Of one service: the accounts that own it and the storage's, the tickets for it, the storage's answers."""

    accounts: tuple[AccountKey, ...] = ()
    tickets: tuple[MadeTicket, ...] = ()
    answers: tuple[StorageAnswer, ...] = ()

    def summary(self) -> tuple[str, ...]:
        """Returns one line for each account, ticket and answer; the versions of accounts show which one is newer."""
        answers = [account.summary() for account in self.accounts] + [ticket.summary() for ticket in self.tickets]
        return (*answers, *(answer.summary() for answer in self.answers))

    @property
    def values(self) -> Mapping[str, Any]:
        """The same lines by kind, for a finding; a kind without lines is left out."""
        lines = {
            "key_versions": tuple(account.summary() for account in self.accounts),
            "tickets": tuple(ticket.summary() for ticket in self.tickets),
            "storage_answers": tuple(answer.summary() for answer in self.answers),
        }
        return {kind: of_kind for kind, of_kind in lines.items() if of_kind}

    @property
    def made_for(self) -> AccountKey | None:
        """The account whose key all tickets have; None if there is none, or the versions do not identify it."""
        whose = {ticket.owners for ticket in self.tickets}
        names = next(iter(whose)) if len(whose) == 1 else ()
        return next((account for account in self.accounts if names == (account.account,)), None)


class ServiceKeys(View):
    """The keys of any service: of the accounts that it is registered on, and of the tickets that KDCs issued for it."""

    def __init__(self, directories: Directories, tickets: ServiceTickets) -> None:
        self._directories = directories
        self._registrations = grouped(directories.spns, lambda answer: answer.spn.lower())
        self._paths = grouped((path for path in tickets.paths if path.ticket), lambda path: path.service.lower())

    def of(
        self, spn: str, storage_account: str, sessions: Iterable[SmbSession] = (), principal: str = ""
    ) -> TicketKeys:
        """`sessions` are those at the data path; with `principal` only what is its own counts."""
        accounts = tuple(self._accounts(spn, storage_account))
        made = {
            _made(path.hops[-1].host, path.ticket, accounts): None
            for path in self._paths.get(spn.lower(), ())
            if path.ticket and principal in ("", path.principal)
        }
        answers = {
            StorageAnswer(session.principal, session.path, _said(session.seen.value), session.seen.value.accepted): None
            for session in sessions
            if isinstance(session.seen, Observed) and principal in ("", session.principal)
        }
        return TicketKeys(accounts, tuple(made), tuple(answers))

    def _accounts(self, spn: str, storage_account: str) -> Iterable[AccountKey]:
        """The storage's account first, then who else owns the SPN, or HOST/ of its name; each once."""
        owners: dict[str, int | None] = {}
        forms = (spn.lower(), f"host/{spn.partition('/')[2].lower()}")
        for answer in self._registrations.get(forms[0], ()):
            if answer.form.lower() not in forms:
                continue
            for account in answer.seen.value.found if isinstance(answer.seen, Observed) else ():
                name = f"{account.sam}@{domain_of(account, answer.domain).upper()}"
                owners[name] = account.kvno if owners.get(name) is None else owners[name]
        own = self._directories.account(storage_account)
        for account in own.value.found if isinstance(own, Observed) else ():
            name = f"{account.sam}@{realm_of(storage_account)}"
            yield AccountKey(name, account.kvno, storage=True, owns=name in owners)
            owners.pop(name, None)
        yield from (AccountKey(name, version) for name, version in owners.items())


def _made(kdc: str, ticket: TicketFacts, accounts: tuple[AccountKey, ...]) -> MadeTicket:
    """An account that does not own the SPN now is only thought of where no owner has that key version."""
    version = None if ticket.kvno is None else ticket.kvno & VERSION
    fit = [
        account
        for account in accounts
        if version is not None and account.version == version and realm_of(account.account) == ticket.realm.upper()
    ]
    owners = [key.account for key in fit if key.owns] or [key.account for key in fit]
    return MadeTicket(kdc, ticket.realm, ticket.etype, version, tuple(owners))


def _said(answer: SmbSetUp) -> str:
    if answer.krb_error is None:
        return answer.summary()
    return f"{error_name(answer.krb_error)} ({answer.krb_error})"
