"""The accounts that hold an SPN, over all controllers and global catalogs that responded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from krbcheck.facts.directory import Account, Accounts, Directories, SpnAnswer, domain_of
from krbcheck.facts.observation import Observation, Observed, Unobserved
from krbcheck.site.stated import DataPath, Site
from krbcheck.views.view import View


@dataclass
class SpnAccounts:
    """The accounts of one form of an SPN, by SID, each with its domain; what was seen; who was silent.

    `copies` are these accounts as each controller and global catalog returns them, the newest answer of each.
    """

    form: str
    accounts: dict[str, tuple[str, Account]] = field(default_factory=dict)
    copies: dict[tuple[str, str], tuple[str, Account]] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    seen: list[Observation[Accounts]] = field(default_factory=list)
    silent: list[Unobserved] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [f"{account.sam}@{domain.upper()}" for domain, account in self.accounts.values()]


class SpnOwners(View):
    """The answers of every controller and global catalog about SPNs, by the SPN and the queried form."""

    def __init__(self, directories: Directories) -> None:
        self._answers: dict[tuple[str, str], list[SpnAnswer]] = {}
        self._readable: set[str] = set()
        for spn in directories.spns:
            self._answers.setdefault((spn.spn, spn.form), []).append(spn)
            if isinstance(spn.seen, Observed):
                self._readable.add(spn.domain)
        identities = [identity for identity in directories.identities if isinstance(identity.seen, Observed)]
        self._forests = {
            identity.domain: identity.seen.value for identity in identities if isinstance(identity.seen, Observed)
        }

    def readable(self, domain: str) -> bool:
        """Returns whether any controller of the domain answered a query for SPNs."""
        return domain in self._readable

    def not_searched(self, spn: str, domain: str) -> str:
        """Why accounts of the domain's forest can own the SPN that no answer shows; empty where there are none.

        One global catalog has the accounts of the whole forest. A forest without one that was queried is whole if each
        of its domains returned its own.
        """
        identity = self._forests.get(domain)
        forest = identity.forest if identity and identity.forest else domain
        same = {name for name, entry in self._forests.items() if entry.forest == forest} | {domain}
        catalogs = [
            answer for answer in self._answers.get((spn, spn), ()) if answer.by_catalogue and answer.domain in same
        ]
        if any(isinstance(catalog.seen, Observed) for catalog in catalogs):
            return ""
        if catalogs:
            return f"no global catalog of the forest {forest} responded"
        if identity is None or not identity.domains:
            return f"the domains of the forest of {domain} are not known, and no global catalog of it was queried"
        unread = [name for name in identity.domains if name.lower() not in self._readable]
        return f"no global catalog of the forest {forest} was queried, nor {', '.join(unread)}" if unread else ""

    def owners(self, spn: str, form: str, domains: Iterable[str]) -> SpnAccounts:
        """Returns the owners at the controllers of `domains`; a global catalog returns those of its whole forest.

        A controller that was queried twice lacks the SPN only if neither answer contains it.
        """
        wanted, found = set(domains), SpnAccounts(form)
        asked = [answer for answer in self._answers.get((spn, form), ()) if answer.domain in wanted]
        answered = {answer.controller for answer in asked if isinstance(answer.seen, Observed)}
        holding: set[str] = set()
        newest: dict[tuple[str, str], datetime] = {}
        for answer in asked:
            if isinstance(answer.seen, Unobserved):
                if answer.controller not in answered and not answer.by_catalogue:
                    found.silent.append(answer.seen)
                continue
            found.seen.append(answer.seen)
            for account in answer.seen.value.found:
                holding.add(answer.controller)
                sid, held = account.sid or account.dn, (domain_of(account, answer.domain), account)
                found.accounts.setdefault(sid, held)
                copy = answer.controller, sid
                if copy not in newest or newest[copy] < answer.seen.at:
                    newest[copy], found.copies[copy] = answer.seen.at, held
        full = dict.fromkeys(answer.controller for answer in asked if not answer.by_catalogue)
        found.without = [name for name in full if name in answered - holding]
        return found

    def silent(self, spn: str, forms: Iterable[str], domains: Iterable[str]) -> Mapping[str, Unobserved]:
        """By controller of `domains` the first form of the SPN that it did not answer: it can have another owner."""
        first: dict[str, Unobserved] = {}
        wanted = tuple(domains)
        for form in forms:
            asked = self._answers.get((spn, form), ())
            answers = [answer for answer in asked if answer.domain in wanted and not answer.by_catalogue]
            answered = {answer.controller for answer in answers if isinstance(answer.seen, Observed)}
            for answer in answers:
                if isinstance(answer.seen, Unobserved) and answer.controller not in answered:
                    first.setdefault(answer.controller, answer.seen)
        return first


def host_form(spn: str) -> str:
    """The registration that stands for it by sPNMappings."""
    return f"HOST/{spn.partition('/')[2]}"


def is_storage_account(site: Site, path: DataPath, domain: str, account: Account) -> bool:
    storage = site.storage(path.storage)
    return domain == storage.domain and account.sam.lower() == storage.account.rpartition("@")[0].lower()
