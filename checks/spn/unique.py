"""An SPN has one owner: in its domain, in the whole forest, and in the domains that trust it.

A KDC that finds two owners answers as if there were none (KDC_ERR_S_PRINCIPAL_UNKNOWN), so krbcheck reads the
directory to distinguish the two. Letter case does not count. The same service can also be registered with a port,
with the short name, or as HOST/ on another account, which covers cifs/ (sPNMappings). Two controllers that register
an SPN at the same time create a duplicate that one controller would reject. Where KDCs issue tickets nevertheless,
the finding shows by the key versions whose key encrypts them, and the answer of the storage.

Evidence: the owners of every form of the SPN at every controller of the storage's domain, of the SPN itself at every
controller of the other domains of the site, and in a global catalog of each forest, which has the accounts of its other
domains. A controller that did not answer can have a second owner that has not replicated. Without a catalog, the SPN is
not determined, unless the forest has no other domain and has no catalog that krbcheck could query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krbcheck.facts.directory import Accounts
from krbcheck.facts.kerberos import ServiceTickets
from krbcheck.facts.observation import Observation, Unobserved
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.spn_owners import SpnAccounts, SpnOwners, host_form, is_storage_account
from krbcheck.views.ticket_keys import ServiceKeys
from krbcheck.windows.common_steps import hosts_of, purge_tickets, unregister_spn
from krbcheck.windows.remedy import Remedy, fill

DELETE = unregister_spn("{form}", "{sam}", "{domain}")
PURGE = (purge_tickets(hosts_of("{tenant}")),)
NO_TICKET = (
    explains(
        "ticket.service/spn-unknown", "ticket.service/found-by-none",
        same="service storage_domain=answered_by", where={"result": "refused", "error": "7"},
    ),
)  # fmt: skip

WRONG_KEY = (explains("smb.session/rejected", same="service", where={"reason": "key account"}),)
DUPLICATE = Problem(
    "duplicate",
    Severity.ERROR,
    says="{subject} is registered more than once: {found}",
    alternatives=(DELETE,),
    remedy=PURGE,
    means="The KDC returns KDC_ERR_S_PRINCIPAL_UNKNOWN (7), or encrypts the ticket with the key of the wrong account.",
    explains=[*NO_TICKET, *WRONG_KEY],
)
ALIAS_COLLISION = Problem(
    "alias-collision",
    Severity.ERROR,
    says="{found} conflicts with {subject} on {account}",
    alternatives=(DELETE,),
    remedy=PURGE,
    means="HOST/ covers cifs/ (sPNMappings). It is undefined which of the two accounts the KDC uses.",
    explains=WRONG_KEY,
)
ACROSS_TRUST = Problem(
    "duplicate-across-trust",
    Severity.WARNING,
    says="{subject} is registered in more than one forest: {found}",
    remedy=(
        *unregister_spn("{subject}", "{wrong}", "{wrong_domain}"),
        *PURGE,
    ),
    means="The KDC of the host's own domain finds the SPN first and issues a ticket of its own realm, "
    "which the storage rejects.",
    explains=[explains("smb.session/rejected", same="service", where={"reason": "realm"})],
)


def _related(spn: str) -> list[str]:
    """Other registrations of the same service and name: with the port, by the short name."""
    kind, _, host = spn.partition("/")
    return [form for form in (f"{kind}/{host}:445", f"{kind}/{host.partition('.')[0]}") if form != spn]


def _aliases(spn: str) -> list[str]:
    host = spn.partition("/")[2]
    return list(dict.fromkeys([f"HOST/{host}", f"HOST/{host}:445", f"HOST/{host.partition('.')[0]}"]))


def _strangers(site: Site, path: DataPath, found: SpnAccounts) -> list[str]:
    """The owners that are not the storage's account."""
    return [
        f"{account.sam}@{domain.upper()}"
        for domain, account in found.accounts.values()
        if not is_storage_account(site, path, domain, account)
    ]


def _elsewhere(
    site: Site, held: SpnOwners, path: DataPath, forms: list[str]
) -> Iterator[tuple[list[str], str, list[Observation[Accounts]]]]:
    """The forms that an account has which is not the storage's; each account once."""
    domain = site.storage(path.storage).domain
    near = [held.owners(path.spn, form, [domain]) for form in forms]
    for stranger in dict.fromkeys(name for found in near for name in _strangers(site, path, found)):
        has = [found for found in near if stranger in found.names]
        yield [found.form for found in has], stranger, [observation for found in has for observation in found.seen]


def _as_registered(found: SpnAccounts, owner: str, spn: str) -> list[str]:
    """The SPN in the letter case in which the account has it: samba-tool does not remove another spelling."""
    held = (
        form
        for domain, account in found.accounts.values()
        if f"{account.sam}@{domain.upper()}" == owner
        for form in account.spns
        if form.lower() == spn.lower()
    )
    return list(dict.fromkeys(held)) or [spn]


def _steps(forms: list[str], owner: str) -> Remedy:
    sam, _, realm = owner.rpartition("@")
    values = {"sam": sam, "domain": realm.lower()}
    return tuple(step for form in forms for step in fill(DELETE, values | {"form": form}))


def _findings(
    site: Site, held: SpnOwners, keys: ServiceKeys, sessions: SmbSessions, tenant: Tenant, path: DataPath
) -> Iterator[Verdict]:
    storage = site.storage(path.storage)
    home = held.owners(path.spn, path.spn, [storage.domain])
    whole = held.owners(path.spn, path.spn, [domain.name for domain in site.domains])
    names = {"account": storage.account.rpartition("@")[0], "expected": "one owner", "tenant": tenant.name}
    if len(whole.accounts) > 1:
        shown = keys.of(path.spn, storage.account, sessions.kerberos(tenant.name, path.name))
    if len(home.accounts) > 1:
        wrong = (_strangers(site, path, home) or home.names)[0]
        yield DUPLICATE.with_steps(_steps(_as_registered(home, wrong, path.spn), wrong))(
            path.spn, *shown.summary(), *home.seen, found=", ".join(home.names), accounts=home.names, **names,
            **shown.values,
        )  # fmt: skip
    elif len(whole.accounts) > 1:
        wrong, _, realm = (_strangers(site, path, whole) or whole.names)[0].rpartition("@")
        yield ACROSS_TRUST(
            path.spn, *shown.summary(), *whole.seen, found=", ".join(whole.names), wrong=wrong,
            wrong_domain=realm.lower(), accounts=whole.names,
            **names, **shown.values,
        )  # fmt: skip
    for forms, stranger, seen in _elsewhere(site, held, path, _related(path.spn)):
        yield DUPLICATE.with_steps(_steps(forms, stranger))(
            path.spn, *seen, found=f"{' and '.join(forms)} on {stranger}", accounts=[stranger], **names,
        )  # fmt: skip
    if home.accounts:
        for forms, stranger, seen in _elsewhere(site, held, path, _aliases(path.spn)):
            yield ALIAS_COLLISION.with_steps(_steps(forms, stranger))(
                path.spn, *seen, found=f"{' and '.join(forms)} on {stranger}", **names,
            )  # fmt: skip


def _owned(site: Site, held: SpnOwners, path: DataPath) -> bool:
    """Whether any account has the SPN, or the HOST form that covers it in the storage's domain."""
    whole = held.owners(path.spn, path.spn, [domain.name for domain in site.domains])
    return bool(
        whole.accounts or held.owners(path.spn, host_form(path.spn), [site.storage(path.storage).domain]).accounts
    )


def _unanswered(site: Site, held: SpnOwners, path: DataPath) -> Mapping[str, Unobserved]:
    """By controller what it did not answer that could have shown a second owner."""
    home = site.storage(path.storage).domain
    others = [domain.name for domain in site.domains if domain.name != home]
    forms = (path.spn, *_related(path.spn), *_aliases(path.spn))
    return {**held.silent(path.spn, forms, [home]), **held.silent(path.spn, [path.spn], others)}


@check(
    id="spn.unique",
    title="Every SPN has one owner",
    tells="Whether the SPN of a data path, or a name that covers it, is registered elsewhere.",
    problems=[DUPLICATE, ALIAS_COLLISION, ACROSS_TRUST],
    refs=["MS-ADTS 3.1.1.5.1.3 (uniqueness)", "MS-ADTS 5.1.1.4 (sPNMappings)"],
    part_is_enough=[ServiceTickets, SmbSessions],
)
def spn_unique(site: Site, owners: SpnOwners, keys: ServiceKeys, sessions: SmbSessions) -> Iterator[Verdict]:
    unread = [entry.name for entry in site.domains if not owners.readable(entry.name)]
    for tenant, path in site.named_paths():
        findings = list(_findings(site, owners, keys, sessions, tenant, path))
        yield from findings
        silent = owners.owners(path.spn, path.spn, unread).silent
        if unread:
            says = f"the directory of {', '.join(unread)} was not read"
            about = {"path": [path.name], "directory": unread}
            yield unknown(path.spn, *silent, tenant=tenant.name, says=says, about=about)
            continue
        outside = (owners.not_searched(path.spn, domain.name) for domain in site.domains)
        if why := next((why for why in outside if why), ""):
            yield unknown(path.spn, tenant=tenant.name, says=why)
        elif unanswered := _unanswered(site, owners, path):
            about = {"path": [path.name], "controller": [*unanswered]}
            yield unknown(path.spn, *unanswered.values(), tenant=tenant.name, about=about)
        elif not findings and not _owned(site, owners, path):
            yield unknown(path.spn, tenant=tenant.name, says=f"no account owns {path.spn}")
        elif not findings:
            seen = owners.owners(path.spn, path.spn, [site.storage(path.storage).domain]).seen
            yield fine(path.spn, *seen[:2], tenant=tenant.name)
