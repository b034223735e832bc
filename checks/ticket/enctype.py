"""Checks that no ticket and no session key uses RC4 or DES.

The KDC encrypts a service ticket with a key of the storage's account and a TGT with a key of krbtgt, and adds a session
key for the client and the server to both. An RC4 key is an unsalted MD4 hash of the password, so an attacker who has a
ticket can guess the password offline. The updates for CVE-2026-20833 remove RC4 from the defaults: since 13 January
2026 domain controllers log its use; since 14 April 2026 they do not use it for an account without stated encryption
types; since 14 July 2026 the change cannot be reverted, and only accounts that state RC4 get it. trust.enctypes reports
the referral tickets of trusts.

Evidence: the TGT of every KDC and the service ticket of every KDC of each principal; if a KDC did not respond, its
tickets are not determined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from krbcheck.facts.directory import Directories
from krbcheck.facts.kerberos import TicketFacts, TicketPath
from krbcheck.facts.observation import Observed, Unobserved
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Principal, Site, Tenant
from krbcheck.views.tgt_grants import TgtGrants
from krbcheck.views.ticket_searches import TicketSearches
from krbcheck.windows.common_steps import controller, purge_tickets
from krbcheck.windows.key_steps import encryption_types, types_of
from krbcheck.windows.remedy import fill, looks

DES_TYPES = {1, 2, 3}
RC4: Mapping[int, str] = {1: "DES", 2: "DES", 3: "DES", 23: "RC4", 24: "RC4 with 56 bits"}
AES_FIRST = (
    looks(
        says="Make sure that {account} supports AES and has AES keys, that is, its password was set after the "
        "domain got "
        "AES (Windows Server 2008); otherwise it gets tickets that it cannot decrypt"
    ),
)
SERVICE = (
    *AES_FIRST,
    *encryption_types("{account}", "{domain}", "{was}", "{now}"),
    purge_tickets("the hosts that use the storage"),
)
LOGON = (
    *AES_FIRST,
    *encryption_types("{account}", "{domain}", "{was}", "{now}"),
    looks(
        "Get-ADUser -Identity krbtgt -Server {domain} -Properties PasswordLastSet",
        says="If the TGT of a host with AES keys still uses RC4, krbtgt has no AES keys: reset its password twice in a "
        "maintenance window, at least 10 hours apart, because each reset invalidates older TGTs",
        on=controller("{domain}"),
        needs="Domain Admins",
    ),
)
WEAK = Problem(
    "rc4",
    Severity.WARNING,
    says="The tickets of {subject} use RC4: {found}",
    alternatives=(SERVICE, LOGON),
    remedy=(),
    means="CVE-2026-20833: RC4 is not a default since 14 April 2026, and this cannot be reverted since 14 July 2026. "
    "For storage without AES keys the KDC returns KDC_ERR_ETYPE_NOSUPP (14), or the storage cannot decrypt its "
    "tickets (41).",
)
DES = Problem(
    "des",
    Severity.ERROR,
    says="The tickets of {subject} use DES: {found}",
    alternatives=(SERVICE, LOGON),
    remedy=(),
    means="RFC 6649: a DES key is found by trying all of them within hours. Windows disables DES since Windows 7 and "
    "Server 2008 R2, and Windows Server 2025 has removed it, so its hosts get no ticket.",
)


def _weak(ticket: TicketFacts) -> str:
    """Returns which of the two keys uses RC4; empty where none does."""
    parts = (("ticket", ticket.etype), ("session key", ticket.session_etype))
    return " and ".join(f"{part} {RC4[etype]} ({etype})" for part, etype in parts if etype in RC4)


def _problem(tickets: Iterable[TicketFacts]) -> Problem:
    """Returns the problem of the weakest of the tickets."""
    etypes = {etype for ticket in tickets for etype in (ticket.etype, ticket.session_etype)}
    return DES if etypes & DES_TYPES else WEAK


def _logon(directories: Directories, tgts: TgtGrants, tenant: Tenant, principal: Principal) -> Verdict:
    asked = [(each.host, each.seen) for each in tgts.of(tenant.name, principal.name)]
    tickets = [(host, seen, seen.value) for host, seen in asked if isinstance(seen, Observed)]
    granted = [(host, seen, value) for host, seen, value in tickets if isinstance(value, TicketFacts)]
    weak = [(host, seen, _weak(value)) for host, seen, value in granted if _weak(value)]
    if weak:
        said = "; ".join(f"TGT of {host}: {description}" for host, _, description in weak)
        values = _account(directories, principal.name)
        seen = (each for _, each, _ in weak)
        problem = _problem(value for _, _, value in granted)
        steps = fill(LOGON, values)
        return problem.with_steps(steps)(principal.name, *seen, tenant=tenant.name, expected="AES", found=said)
    silent = [seen for _, seen in asked if isinstance(seen, Unobserved)]
    if granted and silent:
        return unknown(principal.name, *silent, tenant=tenant.name)
    if granted:
        return fine(principal.name, *(seen for _, seen, _ in granted), tenant=tenant.name)
    why = tgts.why_none(tenant.name, principal.name)
    return unknown(principal.name, *tgts.failures(tenant.name, principal.name), tenant=tenant.name, says=why)


def _account(directories: Directories, name: str) -> dict[str, str]:
    """Returns the account of a principal with its encryption types, as far as the directory returned them."""
    sam, _, realm = name.rpartition("@")
    seen = directories.account(name)
    found = seen.value.found if isinstance(seen, Observed) else ()
    etypes = found[0].etypes if found else None

    return {"account": sam, "domain": realm.lower()} | types_of(etypes)


def _service(
    site: Site, directories: Directories, tenant: Tenant, path: DataPath, paths: Sequence[TicketPath], why: str
) -> Verdict:
    """Returns one verdict for a data path: all its tickets are encrypted with the keys of one account."""
    tickets = [(chain, chain.ticket) for chain in paths if chain.ticket is not None]
    weak = {_weak(ticket): chain for chain, ticket in reversed(tickets) if _weak(ticket)}
    if weak:
        storage = site.storage(path.storage)
        steps = fill(SERVICE, _account(directories, storage.account))
        said = "; ".join(f"{description} (as {chain.principal} at {chain.kdc})" for description, chain in weak.items())
        seen = (chain.hops[-1].seen for chain in weak.values())
        problem = _problem(ticket for _, ticket in tickets)
        return problem.with_steps(steps)(path.spn, *seen, tenant=tenant.name, expected="AES", found=said)
    silent = [chain.hops[-1].seen for chain in paths if chain.hops and isinstance(chain.hops[-1].seen, Unobserved)]
    if tickets and silent:
        return unknown(path.spn, *silent, tenant=tenant.name)
    if tickets:
        return fine(path.spn, *(chain.hops[-1].seen for chain, _ in tickets), tenant=tenant.name)
    return unknown(path.spn, tenant=tenant.name, says=why)


@check(
    id="ticket.enctype",
    title="No ticket uses RC4 or DES",
    tells="Which tickets use RC4 or DES, and stop working or can be decrypted offline (CVE-2026-20833).",
    problems=[WEAK, DES],
    part_is_enough=[Directories],
    refs=["RFC 8429 (RC4 deprecated)", "MS-KILE 2.2.7", "CVE-2026-20833 (KB5073381)"],
)
def ticket_enctype(
    site: Site, tgts: TgtGrants, searches: TicketSearches, directories: Directories
) -> Iterator[Verdict]:
    for tenant in site.tenants:
        for principal in tenant.principals:
            yield _logon(directories, tgts, tenant, principal)
        reasons = (tgts.why_none(tenant.name, entry.name) for entry in tenant.principals)
        why = next((reason for reason in reasons if reason), "no KDC issued a ticket for it")
        for path in tenant.data_paths:
            if not path.is_address:
                yield _service(site, directories, tenant, path, searches.paths(tenant.name, path.spn), why)
