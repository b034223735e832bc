"""The tickets that the hosts of principals have, as the site file states them: clients, services and times."""

from __future__ import annotations

from krbcheck.asking.ask import Ask, Asking, asked, call
from krbcheck.asking.this_host import ThisHost
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.groups import CacheContent, CredentialCache, CredentialCaches
from krbcheck.site.stated import Principal, SecretKind, Site


def cached(principal: Principal) -> bool:
    """Returns whether the site file states a credential cache as the secret of a principal."""
    return principal.secret is not None and principal.secret.kind is SecretKind.CCACHE


def credential_caches(site: Site, this_host: ThisHost, wallet: Wallet) -> Asking[CredentialCaches]:
    """Returns the caches of the tenants' principals, and those of backup accounts that are no tenant's (tenant "")."""
    wanted = [
        (tenant.name, entry.name)
        for tenant in this_host.tenants(site)
        for entry in tenant.principals
        if entry.has_cache
    ]
    owned = {principal.name for _, principal in site.principals()}
    backing = {entry.name for backup in site.backups for entry in backup.principals if cached(entry)}
    wanted += [("", name) for name in sorted(backing - owned) if wallet.has(name)]
    answers = yield from asked(
        [
            Ask(call(_content, wallet, principal), f"credential cache of {principal}", vantage=tenant or this_host.name)
            for tenant, principal in wanted
        ]
    )
    return CredentialCaches(
        tuple(CredentialCache(*entry, answer) for entry, answer in zip(wanted, answers, strict=True)),
    )


def _content(wallet: Wallet, principal: str) -> CacheContent:
    stated = wallet.caches.get(principal)
    return stated or CacheContent(tuple(ticket.facts() for ticket in wallet.credential(principal).tickets))
