"""The SPN is registered on the storage's own account, and that account is enabled and has not expired.

The KDC encrypts a ticket with the key of the account that owns the SPN. If this is another account, the storage
cannot decrypt the ticket (KRB_AP_ERR_MODIFIED). Windows KDCs issue no tickets for a disabled or expired account;
Samba KDCs do, so krbcheck reads the directory instead of relying on the ticket. For a wrong owner the finding shows
the evidence: the key versions of both accounts, the version in the tickets, and the answer of the storage to them.
The SPNs of the domain controllers themselves are tested with the tickets for them: a KDC that has no
account for the SPN of a controller is a note.

Evidence: the owners of the SPN at every controller of the domains of the site, and their accounts as each controller
returns them. A controller of the storage's domain that did not answer can have another owner, so without it the SPN is
not fine.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Account
from krbcheck.facts.kerberos import ReaderTickets, ServiceTickets, is_unknown_service
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.spn_owners import SpnAccounts, SpnOwners, host_form, is_storage_account
from krbcheck.views.ticket_keys import ServiceKeys
from krbcheck.windows.common_steps import (
    clear_expiration,
    enable_account,
    hosts_of,
    purge_tickets,
    register_spn,
    replicate,
    unregister_spn,
)

WRONG_ACCOUNT = Problem(
    "wrong-account",
    Severity.ERROR,
    says="{form} is registered on {found}, not on {expected}, so the storage cannot decrypt the tickets",
    remedy=(
        *unregister_spn("{form}", "{wrong}", "{wrong_domain}"),
        *register_spn("{subject}", "{account}", "{domain}"),
        purge_tickets(hosts_of("{tenant}")),
    ),
    means="The storage rejects every host with STATUS_LOGON_FAILURE or KRB_AP_ERR_MODIFIED (41).",
    explains=[
        explains("smb.session/rejected", same="service", where={"reason": "key account"}),
        explains("ticket.service/no-common-enctype", same="service", where={"result": "refused", "error": "14"}),
        explains("ticket.enctype/rc4", "ticket.enctype/des", same="service"),
    ],
)
DISABLED = Problem(
    "disabled",
    Severity.ERROR,
    says="{found}, which owns {subject}, is disabled",
    remedy=enable_account("{account}", "{domain}"),
    means="A Windows KDC issues no ticket for an SPN of a disabled account.",
    explains=[
        explains("ticket.service/*", same="service storage_domain=answered_by", where={"result": "refused"}),
    ],
)
EXPIRED = Problem(
    "expired",
    Severity.ERROR,
    says="{account}, which owns {subject}, has expired: {found}",
    remedy=clear_expiration("{account}", "{domain}"),
    means="A Windows KDC issues no ticket for an SPN of an expired account.",
    explains=[
        explains("ticket.service/*", same="service storage_domain=answered_by", where={"result": "refused"}),
    ],
)


CONTROLLER_SPN_MISSING = Problem(
    "controller-spn-missing",
    Severity.NOTE,
    says="{kdc} issues no ticket for {subject}: the SPN of this domain controller is missing there",
    remedy=replicate("{kdc}"),
    means="A new controller registers its SPNs in its own directory; another controller issues tickets for them once "
    "they have replicated. krbcheck reads this controller with a ticket from its own KDC.",
)


def _account(tenant: Tenant, spn: str, domain: str, account: Account, found: SpnAccounts) -> Verdict | None:
    """A finding about one controller's copy of the storage's account; None if there is none."""
    names = {"account": account.sam, "domain": domain}
    if account.disabled:
        return DISABLED(
            spn, *found.seen, tenant=tenant.name, expected="an enabled account", found=account.sam, **names
        )  # fmt: skip
    if account.expires is not None and account.expires <= max(observation.at for observation in found.seen):
        return EXPIRED(
            spn, *found.seen, tenant=tenant.name, expected="an account that does not expire",
            found=f"{account.expires:%Y-%m-%d %H:%M} UTC", **names,
        )  # fmt: skip
    return None


def _judged(
    site: Site, held: SpnOwners, keys: ServiceKeys, sessions: SmbSessions, tenant: Tenant, path: DataPath
) -> Verdict:
    domains = [entry.name for entry in site.domains]
    found = held.owners(path.spn, path.spn, domains)
    if not found.accounts:
        found = held.owners(path.spn, host_form(path.spn), [site.storage(path.storage).domain])
    if not found.accounts:
        says = "" if found.silent else f"no account owns {path.spn}"
        return unknown(path.spn, *found.silent, tenant=tenant.name, says=says)
    storage = site.storage(path.storage)
    own = [copy for copy in found.copies.values() if is_storage_account(site, path, *copy)]
    if own:
        findings = (_account(tenant, path.spn, *copy, found) for copy in own)
        silent = held.silent(path.spn, (path.spn, found.form), [storage.domain])
        return next((finding for finding in findings if finding), None) or (
            unknown(
                path.spn,
                *silent.values(),
                *found.seen[:2],
                tenant=tenant.name,
                about={"path": [path.name], "controller": silent},
            )
            if silent
            else fine(path.spn, *found.seen[:2], tenant=tenant.name)
        )
    shown = keys.of(path.spn, storage.account, sessions.kerberos(tenant.name, path.name))
    elsewhere, wrong = next(iter(found.accounts.values()))
    return WRONG_ACCOUNT(
        path.spn, *shown.summary(), *found.seen, tenant=tenant.name, expected=storage.account,
        found=", ".join(found.names), form=found.form, wrong=wrong.sam, wrong_domain=elsewhere, domain=storage.domain,
        account=storage.account.rpartition("@")[0], **shown.values,
    )  # fmt: skip


@check(
    id="spn.owner",
    title="Every SPN is on the storage's account, which is enabled and not expired",
    tells="Whether the owner of the SPN is the storage's account, enabled and not expired.",
    problems=[WRONG_ACCOUNT, DISABLED, EXPIRED, CONTROLLER_SPN_MISSING],
    refs=["MS-KILE 3.3.5.7", "MS-ADTS 2.2.16 (userAccountControl)"],
    part_is_enough=[ReaderTickets, ServiceTickets, SmbSessions],
)
def spn_owner(
    site: Site, owners: SpnOwners, keys: ServiceKeys, sessions: SmbSessions, readers: ReaderTickets
) -> Iterator[Verdict]:
    for tenant, path in site.named_paths():
        yield _judged(site, owners, keys, sessions, tenant, path)
    yield from _controllers(readers)


def _controllers(readers: ReaderTickets) -> Iterator[Verdict]:
    """A note for each controller for whose SPN a KDC of its domain has no account."""
    hosts = {controller.service for controller in readers.services if controller.service.startswith("ldap/")}
    for ticket in readers.services:
        if is_unknown_service(ticket) and f"ldap/{ticket.service.partition('/')[2]}" in hosts:
            yield CONTROLLER_SPN_MISSING(
                ticket.service,
                *(other.seen for other in readers.services if other.service == ticket.service),
                expected="a ticket from every KDC of the domain",
                found=f"KDC_ERR_S_PRINCIPAL_UNKNOWN (7) from {ticket.kdc}",
                kdc=ticket.kdc,
            )
