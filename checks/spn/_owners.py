"""Who holds an SPN, over all controllers and catalogues that answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from krbcheck.facts.directory import Account, Accounts, Directories
from krbcheck.model import Observation, Observed, Unobserved
from krbcheck.site import DataPath, Site


@dataclass
class Owners:
    """The accounts of one form of an SPN, by SID, each with its domain; what was seen; who was silent."""

    form: str
    accounts: dict[str, tuple[str, Account]] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    seen: list[Observation[Accounts]] = field(default_factory=list)
    silent: list[Unobserved] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [f"{account.sam}@{domain.upper()}" for domain, account in self.accounts.values()]


def owners(directories: Directories, spn: str, form: str, domains: Iterable[str]) -> Owners:
    """Over the controllers of `domains`; a global catalogue tells of its whole forest, and of other domains in it."""
    wanted, found = set(domains), Owners(form)
    answered: set[str] = set()
    for one in directories.spns:
        if one.spn != spn or one.form != form or one.domain not in wanted:
            continue
        if isinstance(one.seen, Observed):
            answered.add(one.controller)
            found.seen.append(one.seen)
            for account in one.seen.value.found:
                found.accounts.setdefault(account.sid, (domain_of(account, one.domain), account))
            if not one.seen.value.found and "catalogue" not in one.controller:
                found.without.append(one.controller)
    found.silent = [
        one.seen
        for one in directories.spns
        if one.spn == spn and one.form == form and one.domain in wanted and isinstance(one.seen, Unobserved)
        if one.controller not in answered and "catalogue" not in one.controller
    ]
    found.without = list(dict.fromkeys(found.without))
    return found


def domain_of(account: Account, asked: str) -> str:
    """The domain that a DN lies in; the one that was asked where the DN does not tell."""
    parts = [part.strip()[3:] for part in account.dn.split(",") if part.strip().lower().startswith("dc=")]
    return ".".join(parts).lower() or asked


def readable(directories: Directories, domain: str) -> bool:
    """Whether any controller of the domain told about SPNs."""
    return any(one.domain == domain and isinstance(one.seen, Observed) for one in directories.spns)


def host_form(spn: str) -> str:
    """The registration that stands for it by sPNMappings."""
    return f"HOST/{spn.partition('/')[2]}"


def is_storage_account(site: Site, path: DataPath, domain: str, account: Account) -> bool:
    storage = site.storage(path.storage)
    return domain == storage.domain and account.sam.lower() == storage.account.rpartition("@")[0].lower()
