"""Reads the lockout threshold of each domain and the wrong passwords of the accounts whose credentials will be sent.

The account that reads a directory has sent its own credential by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from krbcheck.asking.ask import Asking, asked
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.ldap.directories import plain
from krbcheck.collectors.ldap.reader import DirectoryReader, Found
from krbcheck.collectors.ldap.records import moment
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.kerberos import ReaderTickets
from krbcheck.facts.lockouts import LockoutAnswer, LockoutPolicy, Lockouts, WrongPasswords
from krbcheck.facts.names import Controllers
from krbcheck.facts.observation import derived
from krbcheck.probes.ldap import queries
from krbcheck.probes.ldap.queries import Search
from krbcheck.probes.ldap.values import Raw, number, text
from krbcheck.site.stated import Domain, Site, realm_of

MOST_TERMS = 100
"""The names in one filter."""
POLICY = ("lockoutThreshold", "lockOutObservationWindow")
COUNTS = ("sAMAccountName", "badPwdCount", "badPasswordTime", "lockoutTime", "msDS-ResultantPSO")


def lockouts(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, readers: ReaderTickets
) -> Asking[Lockouts]:
    """Returns the counts of each controller for which the reader of its domain has a ticket."""
    reader = DirectoryReader(this_host, wallet, readers)
    turns = [
        (domain, controller, accounts)
        for domain in site.domains
        if (accounts := sent_accounts(site, domain, wallet))
        for controller in {each.host: each for each in controllers.of(domain.name)}.values()
        if reader.ticket(domain, f"ldap/{controller.host}")
    ]
    answers = yield from asked(
        [
            reader.search(domain, controller, f"wrong passwords in {domain.name}", searches(accounts))
            for domain, controller, accounts in turns
        ]
    )
    return Lockouts(
        tuple(
            LockoutAnswer(domain.name, controller.host, derived(answer, partial(_policy, accounts)))
            for (domain, controller, accounts), answer in zip(turns, answers, strict=True)
        )
    )


def sent_accounts(site: Site, domain: Domain, wallet: Wallet) -> tuple[str, ...]:
    """Returns the accounts of a domain whose passwords or keys a run sends, without its reader."""
    stated = [principal.name for _, principal in site.principals()]
    stated += [principal.name for backup in site.backups for principal in backup.principals]
    own = [name for name in stated if realm_of(name) == domain.realm and name.casefold() != domain.account.casefold()]
    return tuple(name for name in dict.fromkeys(own) if _is_sent(wallet, name))


def _is_sent(wallet: Wallet, name: str) -> bool:
    return wallet.lack(name) is None and not wallet.credentials[name].tickets


def searches(accounts: Sequence[str]) -> list[Search]:
    """Returns the search for the policy of the domain, and those for the accounts."""
    terms = [f"(sAMAccountName={queries.escaped(plain(name))})" for name in accounts]
    filters = (f"(|{''.join(terms[at : at + MOST_TERMS])})" for at in range(0, len(terms), MOST_TERMS))
    return [
        Search("%domain", "(objectClass=*)", POLICY, "base"),
        *(Search("%domain", term, COUNTS) for term in filters),
    ]


def _policy(accounts: Sequence[str], found: Found) -> LockoutPolicy:
    root = found[0][0][1] if found[0] else {}
    window = timedelta(microseconds=abs(number(root, "lockOutObservationWindow") or 0) // 10)
    names = {plain(name).casefold(): name for name in accounts}
    counted = tuple(_counts(names, (raw for entries in found[1:] for _, raw in entries)))
    return LockoutPolicy(number(root, "lockoutThreshold"), window.total_seconds(), counted)


def _counts(names: dict[str, str], entries: Iterator[Raw]) -> Iterator[WrongPasswords]:
    for raw in entries:
        name = names.get(text(raw, "sAMAccountName").casefold())
        if name is not None:
            yield WrongPasswords(
                name,
                number(raw, "badPwdCount") or 0,
                moment(number(raw, "badPasswordTime")),
                locked=bool(number(raw, "lockoutTime")),
                own_policy=bool(text(raw, "msDS-ResultantPSO")),
            )
