"""TGTs: each principal queries each KDC of its realm, one KDC after another, so that a wrong key is sent once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from krbcheck.asking.ask import Ask, Asking, MaybeAsk, NotAsked, asked, call
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.collectors.kerberos.kdcs import KDC_SECONDS, kdc_server, proved
from krbcheck.credentials.wallet import Granted, Wallet
from krbcheck.facts.kerberos import AsReply, KrbError, TicketGrant, TicketGrants
from krbcheck.facts.lockouts import Lockouts
from krbcheck.facts.names import Controller, Controllers
from krbcheck.facts.observation import Gap, Observation, Observed
from krbcheck.probes.kerberos import exchanges
from krbcheck.site.stated import Site


@dataclass(frozen=True)
class Asker:
    """The client, and the source address of its requests; `tenant` is empty for the accounts that read directories."""

    tenant: str
    principal: str
    source: SourceAddress
    vantage: str


AsExchange = Callable[[Wallet, str, str, str, float], Granted[AsReply]]
"""`exchanges.tgt` or `exchanges.tgt_at_once`: wallet, principal, the KDC's address, source address, seconds."""


def tgt_ask(
    wallet: Wallet, asker: Asker, kdc: Controller | None, controllers: Controllers, probe: AsExchange = exchanges.tgt
) -> MaybeAsk[Granted[AsReply]]:
    """Returns the call of one AS exchange; without a KDC or a usable credential, the reason."""
    question = f"TGT of {asker.principal}"
    if kdc is None:
        why = controllers.why_none(asker.principal.rpartition("@")[2])
        return NotAsked(Gap.NAME_UNKNOWN, why, question, asker.vantage)
    if lack := wallet.lack(asker.principal):
        return NotAsked.because(lack, question, asker.vantage)
    return Ask(
        call(probe, wallet, asker.principal, kdc.address, asker.source.towards(kdc.address), KDC_SECONDS),
        question,
        kdc_server(kdc),
        asker.vantage,
        KDC_SECONDS,
        authenticates=proved,
    )


def kept(wallet: Wallet, asker: Asker, kdc: Controller | None, answer: Observation[Granted[AsReply]]) -> TicketGrant:
    """Returns the fact; the ticket is kept in the wallet, and so is a rejection of the credential.

    A KeyMismatch is none: nothing was sent, and a server without any key can cause it.
    """
    host, address = (kdc.host, kdc.address) if kdc else ("", "")
    seen = wallet.keep(answer, asker.principal, host)
    error = seen.value if isinstance(seen, Observed) and isinstance(seen.value, KrbError) else None
    if error is not None and error.code in exchanges.REJECTS_CREDENTIAL:
        wallet.refuse(asker.principal, f"{error.summary()} by {host}")
    return TicketGrant(asker.tenant, asker.principal, host, address, seen)


def all_tgts(wallet: Wallet, askers: Sequence[Asker], controllers: Controllers) -> Asking[list[TicketGrant]]:
    """Returns the grants. In each round, every principal queries its next KDC."""
    grants: list[TicketGrant] = []
    rows: list[list[tuple[Asker, Controller | None]]] = []
    for asker in askers:
        kdcs: list[Controller | None] = [*controllers.of(asker.principal.rpartition("@")[2])]
        rows.append([(asker, kdc) for kdc in kdcs or [None]])
    for batch in zip_longest(*rows):
        turns = [turn for turn in batch if turn is not None]
        answers = yield from asked([tgt_ask(wallet, asker, kdc, controllers) for asker, kdc in turns])
        grants += [
            kept(wallet, asker, kdc, observation) for (asker, kdc), observation in zip(turns, answers, strict=True)
        ]
    return grants


def hold_back(wallet: Wallet, lockouts: Lockouts) -> None:
    """Keeps the wallet from sending the credential of an account that one more wrong password could lock."""
    for account, why in () if wallet.retry else lockouts.near():
        wallet.hold_back(account, f"the credential is not sent: {why}; --retry sends it")


def ticket_grants(
    site: Site, this_host: ThisHost, wallet: Wallet, controllers: Controllers, lockouts: Lockouts
) -> Asking[TicketGrants]:
    """Returns the grants of every principal of the tenants that can be queried from this host."""
    hold_back(wallet, lockouts)
    askers = [
        Asker(tenant.name, principal.name, this_host.sources[tenant.name], tenant.name)
        for tenant in this_host.tenants(site)
        for principal in tenant.principals
    ]
    grants = yield from all_tgts(wallet, askers, controllers)
    return TicketGrants(tuple(grants))
