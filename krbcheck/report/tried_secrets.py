"""What the first queries with each secret returned: whether a KDC accepted it, and what the account can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import KeyMismatch, KrbError, ReaderTickets, TicketFacts, TicketGrant, TicketGrants
from krbcheck.facts.observation import Facts, Observation, Observed, Unobserved, why
from krbcheck.facts.policy import Policies
from krbcheck.facts.share_access import ShareAccess
from krbcheck.facts.smb import AccountRights
from krbcheck.site.stated import Domain, Site
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name

T = TypeVar("T")
FAMILIES: tuple[type[Facts], ...] = (TicketGrants, ReaderTickets, Directories, Policies, ShareAccess, AccountRights)


class Trial(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNTRIED = "not tested"


@dataclass(frozen=True)
class Tried:
    """The result of the one attempt with the secret of an account."""

    trial: Trial
    detail: str


def tried(facts: Mapping[type[Facts], Facts], account: str) -> Tried:
    """Returns what the KDCs replied to the account, at most one of which received a wrong secret."""
    replies = [grant for grant in _grants(facts) if grant.principal.casefold() == account.casefold()]
    answers = [(grant, grant.seen.value) for grant in replies if isinstance(grant.seen, Observed)]
    for grant, reply in answers:
        if isinstance(reply, TicketFacts):
            return Tried(Trial.ACCEPTED, f"{grant.host} issued a ticket-granting ticket")
    for grant, reply in answers:
        if isinstance(reply, KrbError | KeyMismatch):
            return Tried(Trial.REJECTED, f"{grant.host}: {reply.summary()}")
    for grant in replies:
        if isinstance(grant.seen, Unobserved):
            return Tried(Trial.UNTRIED, why(grant.seen))
    return Tried(Trial.UNTRIED, "this host sends no query for the tenant of the account")


def _grants(facts: Mapping[type[Facts], Facts]) -> Iterator[TicketGrant]:
    hosts, readers = facts.get(TicketGrants), facts.get(ReaderTickets)
    yield from hosts.grants if isinstance(hosts, TicketGrants) else ()
    yield from readers.grants if isinstance(readers, ReaderTickets) else ()


def rights(site: Site, facts: Mapping[type[Facts], Facts], domain: Domain) -> Iterator[str]:
    """Yields what the reader of a domain can read, and what it cannot, one line each."""
    directories, policies = facts.get(Directories), facts.get(Policies)
    if isinstance(directories, Directories):
        identities = [answer.seen for answer in directories.identities if answer.domain == domain.name]
        yield _counted("the directory", "of %d of %d domain controllers", identities)
    if isinstance(policies, Policies):
        files = [answer.seen for answer in policies.files if answer.domain == domain.name]
        if files:
            yield _counted("group policy", "in %d of %d files of SYSVOL", files)
    for storage in site.storages:
        if storage.domain == domain.name:
            yield from _at_storage(facts, storage.name)


def _counted(what: str, count: str, answers: Sequence[Observation[object]]) -> str:
    read = [answer for answer in answers if isinstance(answer, Observed)]
    if len(read) == len(answers) and answers:
        return f"can read {what} {count % (len(read), len(answers))}"
    silent = next((answer for answer in answers if isinstance(answer, Unobserved)), None)
    reason = why(silent) if silent is not None else "no domain controller was found"
    verb = "can read" if read else "could not read"
    return f"{verb} {what} {count % (len(read), len(answers))}: {reason}"


def _at_storage(facts: Mapping[type[Facts], Facts], storage: str) -> Iterator[str]:
    access, held = facts.get(ShareAccess), facts.get(AccountRights)
    if isinstance(access, ShareAccess):
        lists = [answer.seen for answer in access.storages if answer.storage == storage]
        denied = [
            (reply.refused and f"{reply.refused}: {ntstatus_name(reply.status)}")
            or next((f"{s.share}: {ntstatus_name(s.status)}" for s in reply.shares if s.status != STATUS_SUCCESS), "")
            for reply in _values(lists)
        ]
        yield _read(f"the share permissions of {storage}", lists, denied)
    if isinstance(held, AccountRights):
        rights_seen = [answer.seen for answer in held.storages if answer.storage == storage]
        refused = [r.refused and f"{r.refused}: {ntstatus_name(r.status)}" for r in _values(rights_seen)]
        yield _read(f"the holders of backup rights on {storage}", rights_seen, refused)


def _values(answers: Iterable[Observation[T]]) -> Iterator[T]:
    return (answer.value for answer in answers if isinstance(answer, Observed))


def _read(what: str, answers: Sequence[Observation[object]], denied: Sequence[str]) -> str:
    """`denied` has an entry for each answer: empty, or what the storage denied."""
    if any(not entry for entry in denied):
        return f"can read {what}"
    if denied:
        return f"cannot read {what}: {denied[0]}"
    silent = next((answer for answer in answers if isinstance(answer, Unobserved)), None)
    return f"could not read {what}: {why(silent) if silent is not None else 'no data path was queried'}"
