"""The content of the directories: accounts, owners of SPNs, groups, trusts. Read from every domain controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from typing import TypeVar

import msgspec

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Facts, Observation, Observed

T = TypeVar("T")
ACCOUNT_DISABLED = 0x2
"""userAccountControl (MS-ADTS 2.2.16)."""
QUARANTINED, CROSS_ORGANIZATION = 0x4, 0x10
"""trustAttributes (MS-ADTS 6.1.6.7.9): the trusting domain uses selective authentication."""
CATALOGUE = " (global catalogue)"


class Account(msgspec.Struct, frozen=True):
    """A user, computer or group. Times are UTC; `expires` is None for never. `groups` are the SIDs of tokenGroups.

    `etypes` is msDS-SupportedEncryptionTypes, None if the attribute is absent. `uac` is userAccountControl. `kvno` is
    msDS-KeyVersionNumber, None if the directory does not return it (a global catalog of another domain). `system` and
    `system_version` are operatingSystem and operatingSystemVersion, empty if the attribute is absent.
    """

    dn: str
    sam: str
    sid: str
    classes: tuple[str, ...] = ()
    uac: int = 0
    expires: datetime | None = None
    password_set: datetime | None = None
    etypes: int | None = None
    spns: tuple[str, ...] = ()
    dns_name: str = ""
    groups: tuple[str, ...] | None = None
    kvno: int | None = None
    system: str = ""
    system_version: str = ""

    @property
    def disabled(self) -> bool:
        return bool(self.uac & ACCOUNT_DISABLED)

    def summary(self) -> str:
        return self.dn


def domain_of(account: Account, asked: str) -> str:
    """Returns the domain that contains a DN; `asked` if the DN does not state it."""
    parts = [part.strip().lower() for part in account.dn.split(",")]
    found = list(takewhile(lambda part: part.startswith("dc="), reversed(parts)))
    return ".".join(part[3:] for part in reversed(found)) or asked


class Accounts(msgspec.Struct, frozen=True):
    """All accounts that a search returns; empty is an answer."""

    found: tuple[Account, ...] = ()

    def summary(self) -> str:
        return "; ".join(account.dn for account in self.found) or "no such object"


class AccountAnswer(msgspec.Struct, frozen=True):
    r"""The result of a search for `name`: `account` of `account@REALM`, or a group as `DOMAIN\name` or a plain name."""

    domain: str
    controller: str
    name: str
    seen: Observation[Accounts]


class SpnAnswer(msgspec.Struct, frozen=True):
    """The owners of an SPN: every account with `spn` or with one that is equivalent (port, HOST/ alias, short name).

    `form` is the SPN that was searched for; `spn` the one of the data path. `controller` ends with `CATALOGUE` if the
    query was for the global catalog of the forest.
    """

    domain: str
    controller: str
    spn: str
    form: str
    seen: Observation[Accounts]

    @property
    def by_catalogue(self) -> bool:
        """Whether the query was for the global catalog of the forest."""
        return self.controller.endswith(CATALOGUE)


class Trust(msgspec.Struct, frozen=True):
    """A trustedDomain object (MS-ADTS 6.1.6.7). `direction` 1 inbound, 2 outbound, 3 both; `attributes` 6.1.6.7.9."""

    partner: str
    flat_name: str
    sid: str
    direction: int
    kind: int
    attributes: int
    etypes: int | None = None


class Trusts(msgspec.Struct, frozen=True):
    found: tuple[Trust, ...] = ()

    def summary(self) -> str:
        return ", ".join(f"{trust.partner} (direction {trust.direction})" for trust in self.found) or "no trusts"


class TrustAnswer(msgspec.Struct, frozen=True):
    domain: str
    controller: str
    seen: Observation[Trusts]


class DomainIdentity(msgspec.Struct, frozen=True):
    """The identity of a domain: its NetBIOS name and SID, sPNMappings, the root domain of its forest.

    `domains` are the DNS names of all domains of the forest, from the crossRef objects of CN=Partitions. `vendor` is
    vendorName of the rootDSE, empty if it is absent, None if it was not read.
    """

    netbios: str
    sid: str
    forest: str
    spn_mappings: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    vendor: str | None = None

    def summary(self) -> str:
        return f"{self.netbios} {self.sid}"


class IdentityAnswer(msgspec.Struct, frozen=True):
    domain: str
    controller: str
    seen: Observation[DomainIdentity]


class GroupMembers(msgspec.Struct, frozen=True):
    """The SIDs of all members of a group, nested ones and foreign ones too; `sid` is the group's own.

    `sid` is empty if there is no such group.
    """

    sid: str
    members: tuple[str, ...] = ()

    def summary(self) -> str:
        return f"{len(self.members)} members" if self.sid else "no such group"


class GroupAnswer(msgspec.Struct, frozen=True):
    """The members of `group`, as the site file names it."""

    domain: str
    controller: str
    group: str
    seen: Observation[GroupMembers]


class SharedSpn(msgspec.Struct, frozen=True):
    """An SPN, in lower case, and the DNs of the several accounts on which it is registered."""

    spn: str
    owners: tuple[str, ...]


class SpnCensus(msgspec.Struct, frozen=True):
    """The result of one pass over a directory. `heuristics` is dSHeuristics (MS-ADTS 6.1.1.2.4.1.2), None if the reader
    cannot see it.

    `cut` accounts have more SPNs than the directory returns at once; the rest was not read. `forest` is the forest's
    root domain; `whole` if the pass was over a global catalog, which contains all its domains.
    """

    accounts: int
    spns: int
    shared: tuple[SharedSpn, ...] = ()
    heuristics: str | None = None
    cut: int = 0
    forest: str = ""
    whole: bool = False

    def summary(self) -> str:
        return f"{self.spns} SPNs of {self.accounts} accounts, {len(self.shared)} with several owners"


class SpnCensusAnswer(msgspec.Struct, frozen=True):
    domain: str
    controller: str
    seen: Observation[SpnCensus]


class SharedSpns(msgspec.Struct, frozen=True):
    shared: tuple[SharedSpn, ...] = ()

    def summary(self) -> str:
        return f"{len(self.shared)} SPNs with full names in both"


class SpnsOfBoth(msgspec.Struct, frozen=True):
    """The SPNs with fully qualified host names that two forests contain; a domain of each, from
    which it was counted.
    """

    domain: str
    other: str
    seen: Observation[SharedSpns]


class SpnCensuses(Facts, frozen=True):
    """All SPNs of each domain's forest, counted at one global catalog, and those that two forests contain."""

    answers: tuple[SpnCensusAnswer, ...] = ()
    both: tuple[SpnsOfBoth, ...] = ()


def first_seen(answers: Iterable[Observation[T]]) -> Observation[T] | None:
    """Returns the first answer; if there is none, the first Unobserved; None if there was no query."""
    silence: Observation[T] | None = None
    for answer in answers:
        if isinstance(answer, Observed):
            return answer
        silence = silence or answer
    return silence


class Directories(Facts, frozen=True, dict=True):
    """The answers of every controller of every domain of the site."""

    identities: tuple[IdentityAnswer, ...] = ()
    accounts: tuple[AccountAnswer, ...] = ()
    spns: tuple[SpnAnswer, ...] = ()
    trusts: tuple[TrustAnswer, ...] = ()
    groups: tuple[GroupAnswer, ...] = ()

    def account(self, name: str) -> Observation[Accounts] | None:
        """Returns the first answer about `account@REALM`; if there is none, an Unobserved; None if
        there was no query.
        """
        return first_seen(answer.seen for answer in self.answers_about(name))

    def answers_about(self, name: str) -> Sequence[AccountAnswer]:
        """Returns the answer of every controller about `account@REALM` or a group."""
        return self._accounts.get(name.lower(), ())

    def group(self, name: str) -> Observation[GroupMembers] | None:
        return first_seen(answer.seen for answer in self.answers_of_group(name))

    def answers_of_group(self, name: str) -> Sequence[GroupAnswer]:
        """Returns the answer of every controller about the members of a group."""
        return self._groups.get(name.lower(), ())

    @cached_property
    def _accounts(self) -> Mapping[str, Sequence[AccountAnswer]]:
        return grouped(self.accounts, lambda answer: answer.name.lower())

    @cached_property
    def _groups(self) -> Mapping[str, Sequence[GroupAnswer]]:
        return grouped(self.groups, lambda answer: answer.group.lower())
