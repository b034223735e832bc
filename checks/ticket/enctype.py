"""No ticket and no session key rests on RC4.

The KDC seals a service ticket with a key of the storage's account, a TGT with one of krbtgt, and gives both a session
key that host and storage share. RC4 keys are unsalted MD4 hashes of the password: whoever holds a ticket can guess the
password offline. CVE-2026-20833 takes RC4 out of the defaults: since 13 January 2026 controllers log what rests on it,
since 14 April 2026 an account that states no encryption types is no longer given it, since 14 July 2026 the way back is
gone, and only accounts that state RC4 themselves get it. The referral tickets of trusts are told by trust.enctypes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from krbcheck.facts.kerberos import ServiceTickets, TicketFacts, TicketGrants, Way
from krbcheck.facts.observation import Observed
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Principal, Site, Tenant
from krbcheck.windows.quoting import filled

from ._grants import grants_of, no_tgt, why_no_tgt

RC4: Mapping[int, str] = {1: "DES", 2: "DES", 3: "DES", 23: "RC4", 24: "RC4 with 56 bits"}
"""DES is older still, and is mended in the same way."""
WEAK = Problem(
    "rc4",
    Severity.WARNING,
    says="Tickets of {subject} rest on RC4: {found}",
    remedy="{mend}",
    means="CVE-2026-20833: RC4 left the defaults on 14 April 2026 and the way back ended on 14 July 2026. Storage that "
    "has no AES keys is then answered with KDC_ERR_ETYPE_NOSUPP (14), or cannot open its tickets (41).",
)
SERVICE = (
    "Set-ADComputer -Identity '{account}' -Server {domain} -KerberosEncryptionType AES128,AES256; join the storage "
    "again (or reset its machine password), which makes the AES keys; then klist -li 0x3e7 purge on the hosts"
)
LOGON = (
    "Set-ADComputer -Identity '{account}' -Server {domain} -KerberosEncryptionType AES128,AES256; reset its password, "
    "which makes the AES keys, and make its keytab anew with AES256-SHA1; where krbtgt itself has none, reset its "
    "password twice"
)


def _weak(ticket: TicketFacts) -> str:
    """Which of the two keys is RC4; empty where none is."""
    parts = (("ticket", ticket.etype), ("session key", ticket.session_etype))
    return " and ".join(f"{part} {RC4[etype]} ({etype})" for part, etype in parts if etype in RC4)


def _logon(grants: TicketGrants, vantages: Vantages, tenant: Tenant, one: Principal) -> Verdict:
    asked = [(each.host, each.seen) for each in grants_of(grants, tenant.name, one.name)]
    tickets = [(host, seen, seen.value) for host, seen in asked if isinstance(seen, Observed)]
    granted = [(host, seen, value) for host, seen, value in tickets if isinstance(value, TicketFacts)]
    weak = [(host, seen, _weak(value)) for host, seen, value in granted if _weak(value)]
    if weak:
        said = "; ".join(f"TGT of {host}: {told}" for host, _, told in weak)
        mend = filled(LOGON, {"account": one.account, "domain": one.realm.lower()})
        seen = (each for _, each, _ in weak)
        return WEAK(one.name, *seen, tenant=tenant.name, expected="AES", found=said, mend=mend)
    if granted:
        return fine(one.name, *(seen for _, seen, _ in granted), tenant=tenant.name)
    why = why_no_tgt(grants, vantages, tenant, one.name)
    return unknown(one.name, *no_tgt(grants, tenant.name, one.name), tenant=tenant.name, says=why)


def _service(site: Site, tenant: Tenant, path: DataPath, ways: list[Way], why: str) -> Verdict:
    """One verdict for a data path, whoever asks: its tickets are sealed with one account's keys."""
    tickets = [(way, way.ticket) for way in ways if way.ticket is not None]
    weak = {_weak(ticket): way for way, ticket in reversed(tickets) if _weak(ticket)}
    if weak:
        storage = site.storage(path.storage)
        mend = filled(SERVICE, {"account": storage.account.rpartition("@")[0], "domain": storage.domain})
        said = "; ".join(f"{told} (as {way.principal} at {way.kdc})" for told, way in weak.items())
        seen = (way.hops[-1].seen for way in weak.values())
        return WEAK(path.spn, *seen, tenant=tenant.name, expected="AES", found=said, mend=mend)
    if tickets:
        return fine(path.spn, *(way.hops[-1].seen for way, _ in tickets), tenant=tenant.name)
    return unknown(path.spn, tenant=tenant.name, says=why)


@check(
    id="ticket.enctype",
    title="No ticket rests on RC4",
    tells="Whose tickets break, or can be guessed at, with RC4 (CVE-2026-20833).",
    problems=[WEAK],
    refs=["RFC 8429 (RC4 deprecated)", "MS-KILE 2.2.7", "CVE-2026-20833 (KB5073381)"],
)
def ticket_enctype(site: Site, grants: TicketGrants, tickets: ServiceTickets, vantages: Vantages) -> Iterator[Verdict]:
    for tenant in site.tenants:
        for principal in tenant.principals:
            yield _logon(grants, vantages, tenant, principal)
        reasons = (why_no_tgt(grants, vantages, tenant, one.name) for one in tenant.principals)
        why = next((one for one in reasons if one), "no KDC gave a ticket for it")
        for path in tenant.data_paths:
            if not path.is_address:
                ways = [one for one in tickets.ways if (one.tenant, one.service) == (tenant.name, path.spn)]
                yield _service(site, tenant, path, ways, why)
