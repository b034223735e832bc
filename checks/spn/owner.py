"""The SPN must be on the storage's own account, and that account must be able to serve.

The KDC encrypts the ticket with the key of whoever owns the SPN. If that is another account the storage cannot open
it (KRB_AP_ERR_MODIFIED). Windows' KDCs issue no tickets to a disabled or expired account; Samba's do, so the directory
is asked and not the ticket. Where the owner is another account the finding shows what comes of it: the key versions of
both accounts, the one that the tickets are made with, and what the storage answered to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from krbcheck.facts.directory import Account, Directories
from krbcheck.facts.kerberos import ServiceTickets
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant

from ._keys import Keys
from ._owners import Owners, Registrations, host_form, is_storage_account

WRONG_ACCOUNT = Problem(
    "wrong-account",
    Severity.ERROR,
    says="{form} is registered on {found}, not on {expected}: tickets are encrypted with a key the storage lacks",
    remedy="setspn -D {form} {wrong}; then setspn -S {subject} {account}",
    means="The storage answers with STATUS_LOGON_FAILURE or KRB_AP_ERR_MODIFIED (41) to every host.",
)
DISABLED = Problem(
    "disabled",
    Severity.ERROR,
    says="{found}, which owns {subject}, is disabled",
    remedy="Enable-ADAccount -Identity '{account}' -Server {domain}",
    means="A Windows KDC issues no ticket for a disabled account's SPN.",
)
EXPIRED = Problem(
    "expired",
    Severity.ERROR,
    says="{account}, which owns {subject}, has expired: {found}",
    remedy="Clear-ADAccountExpiration -Identity '{account}' -Server {domain}",
    means="A Windows KDC issues no ticket for an expired account's SPN.",
)


def _account(tenant: Tenant, spn: str, domain: str, account: Account, found: Owners, at: datetime) -> Verdict:
    names = {"account": account.sam, "domain": domain}
    if account.disabled:
        return DISABLED(
            spn, *found.seen, tenant=tenant.name, expected="an enabled account", found=account.sam, **names
        )  # fmt: skip
    if account.expires is not None and account.expires <= at:
        return EXPIRED(
            spn, *found.seen, tenant=tenant.name, expected="an account that does not expire",
            found=f"{account.expires:%Y-%m-%d %H:%M} UTC", **names,
        )  # fmt: skip
    return fine(spn, *found.seen[:2], tenant=tenant.name)


def _judged(site: Site, held: Registrations, keys: Keys, tenant: Tenant, path: DataPath) -> Verdict:
    domains = [one.name for one in site.domains]
    found = held.owners(path.spn, path.spn, domains)
    if not found.accounts:
        found = held.owners(path.spn, host_form(path.spn), [site.storage(path.storage).domain])
    if not found.accounts:
        says = "" if found.silent else f"no account owns {path.spn}"
        return unknown(path.spn, *found.silent, tenant=tenant.name, says=says)
    for domain, account in found.accounts.values():
        if is_storage_account(site, path, domain, account):
            return _account(tenant, path.spn, domain, account, found, max(one.at for one in found.seen))
    storage, shown = site.storage(path.storage), keys.of(tenant, path)
    return WRONG_ACCOUNT(
        path.spn, *shown.lines, *found.seen, tenant=tenant.name, expected=storage.account, found=", ".join(found.names),
        form=found.form, wrong=next(iter(found.accounts.values()))[1].sam, account=storage.account.rpartition("@")[0],
        **shown.values,
    )  # fmt: skip


@check(
    id="spn.owner",
    title="Every SPN is on the storage's account, which can serve",
    tells="Whether the SPN's owner is the storage's account, enabled and not expired.",
    problems=[WRONG_ACCOUNT, DISABLED, EXPIRED],
    refs=["MS-KILE 3.3.5.7", "MS-ADTS 2.2.16 (userAccountControl)"],
    part_is_enough=[ServiceTickets, SmbSessions],
)
def spn_owner(
    site: Site, directories: Directories, tickets: ServiceTickets, sessions: SmbSessions
) -> Iterator[Verdict]:
    held, keys = Registrations(directories), Keys(site, directories, tickets, sessions)
    for tenant, path in site.named_paths():
        yield _judged(site, held, keys, tenant, path)
