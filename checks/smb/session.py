"""Every principal gets a session with its Kerberos ticket, and nobody gets one without an account.

Each principal whose secret is at hand presents its own service ticket to each data path of its tenant, and offers
nothing else: no NTLM, no password. The storage decrypts the ticket with its own key and makes a logon of it. It refuses
when its key is another one than the controllers', when the SPN lies on another account, when the clocks differ, or when
a restriction holds; the NTSTATUS, the KRB-ERROR in the answer, the storage's clock and the realm of the ticket tell
which, and the key version of the ticket beside those of the accounts tells whose key it is. A session as guest means
that the storage took the ticket and could not make the principal out of it: all who are guests are one. Two sessions
that ought to fail are tried as well: an anonymous one, which is only harmless as long as no share opens to it, and one
of a user who does not exist (name and response are random, no account can be locked), which only a storage that makes
guests of strangers accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from krbcheck.facts.directory import Directories, first_seen
from krbcheck.facts.kerberos import ServiceTickets
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SESSION_FLAG_GUEST, SESSION_FLAG_NULL, SessionKind, SmbSessions, SmbSetUp, SmbSpeeches
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Principal, Site, Tenant
from krbcheck.views.observed_access import NO_ROOM, REFUSED
from krbcheck.views.ticket_keys import TicketKeys, ticket_keys
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name

from ._asked import in_the_dark, seen_or_why
from ._causes import Refusal, Server, clock_ahead, leads_elsewhere, server_guids

EXPECTED, NOBODY = "a session as the ticket's account", "a user who does not exist"

REJECTED = Problem(
    "rejected",
    Severity.ERROR,
    says="{path} refuses the Kerberos session of {principal} with {found}: {cause}",
    remedy="{mend}",
    means="The host has a ticket and cannot use it: no share opens, whatever its ACL says.",
)
GUEST = Problem(
    "guest",
    Severity.ERROR,
    says="{path} takes {who} for a guest",
    remedy="On {storage}: 'map to guest = never' in smb.conf (Samba), or Disable-LocalUser -Name Guest (Windows); and "
    "see that the storage reaches a controller of {domain} and translates accounts ('wbinfo -i' on Samba)",
    means="A guest is nobody in particular: the storage cannot tell tenants apart, signs nothing, and what a share "
    "grants to guests it grants to whoever reaches the port.",
)
ANONYMOUS = Problem(
    "anonymous",
    Severity.ERROR,
    says="{path} opens {shares} to an anonymous session",
    remedy="Take Everyone, Guests and ANONYMOUS LOGON out of the ACL of {shares}, and on {storage}: 'guest ok = no' "
    "and 'restrict anonymous = 2' in smb.conf (Samba), or the security option 'Network access: Restrict anonymous "
    "access to Named Pipes and Shares' = Enabled (Windows)",
    means="Who reaches the port reaches the tenant's virtual machines, without any account.",
)


@check(
    id="smb.session",
    title="Every principal's Kerberos session is accepted, as itself, and no session without an account",
    tells="Whether the storage takes each principal's ticket, and why not.",
    problems=[REJECTED, GUEST, ANONYMOUS],
    refs=["MS-SMB2 2.2.6", "MS-SMB2 3.3.5.5.3", "RFC 4121 section 4.1", "MS-ERREF 2.3.1"],
    part_is_enough=[ServiceTickets],
)
def smb_session(
    site: Site,
    sessions: SmbSessions,
    speeches: SmbSpeeches,
    directories: Directories,
    tickets: ServiceTickets,
    vantages: Vantages,
) -> Iterator[Verdict]:
    def keys(path: DataPath, principal: Principal) -> TicketKeys:
        return ticket_keys(path.spn, site.storage(path.storage).account, directories, tickets, (), principal.name)

    guids = server_guids(site, speeches)
    for tenant, path in site.paths():
        server = Server(
            clock_ahead(speeches.newer(tenant.name, path.name)), leads_elsewhere(tenant, path, speeches, guids)
        )
        for principal in tenant.principals:
            if not path.is_address:
                yield _of_principal(site, tenant, principal, path, sessions, vantages, server, keys)
        yield from _uninvited(site, tenant, path, sessions, vantages)


def _of_principal(
    site: Site,
    tenant: Tenant,
    principal: Principal,
    path: DataPath,
    sessions: SmbSessions,
    vantages: Vantages,
    server: Server,
    keys: Callable[[DataPath, Principal], TicketKeys],
) -> Verdict:
    subject = f"{principal.name} at {path.name}"
    answers = sessions.kerberos(tenant.name, path.name, principal.name)
    seen = first_seen(one.seen for one in answers)
    if seen is None:
        says = f"the site names no secret for {principal.name}" if principal.secret is None else ""
        return in_the_dark(subject, says or vantages.why_not(tenant.name), tenant.name)
    if not isinstance(seen, Observed):
        return in_the_dark(subject, seen, tenant.name)
    said = seen.value
    if says := _no_answer(said):
        return unknown(subject, seen, tenant=tenant.name, says=says)
    if said.status != STATUS_SUCCESS:
        realm = next(one.realm for one in answers if one.seen is seen)
        refusal = Refusal(said, path, site.storage(path.storage), realm, server, keys(path, principal))
        return _rejected(refusal, subject, seen, tenant, principal)
    if said.flags & (SESSION_FLAG_GUEST | SESSION_FLAG_NULL):
        return _guest(site, subject, seen, tenant, path, principal.name, EXPECTED)
    return fine(subject, seen, tenant=tenant.name)


def _no_answer(said: SmbSetUp) -> str:
    """Why an answer is none about who may have a session; empty where it is one."""
    if said.status != STATUS_SUCCESS and not said.dialect:
        return f"NEGOTIATE is refused with {ntstatus_name(said.status)} (see smb.dialect)"
    if said.status in NO_ROOM:
        return f"the storage takes no session now: {said.told()}; look again when it has room"
    return ""


def _unsettled(said: SmbSetUp) -> str:
    """Why it is not known what opens to a session that was taken in; empty where all shares were tried."""
    odd = [one for one in said.trees if one.redirected or one.status not in (STATUS_SUCCESS, *REFUSED)]
    if odd:
        return f"TREE_CONNECT of {odd[0].share} ends with {ntstatus_name(odd[0].status)}"
    return said.cut if said.accepted else ""


def _rejected(
    refusal: Refusal, subject: str, seen: Observed[SmbSetUp], tenant: Tenant, principal: Principal
) -> Finding:
    return REJECTED(
        subject,
        seen,
        *refusal.keys.told(),
        tenant=tenant.name,
        expected=EXPECTED,
        found=refusal.found,
        cause=refusal.cause,
        mend=refusal.mend(principal),
        principal=principal.name,
        path=refusal.path.name,
    )


def _guest(
    site: Site, subject: str, seen: Observed[SmbSetUp], tenant: Tenant, path: DataPath, who: str, expected: str
) -> Finding:
    return GUEST(
        subject,
        seen,
        tenant=tenant.name,
        expected=expected,
        found=seen.value.told(),
        who=who,
        path=path.name,
        storage=path.storage,
        domain=site.storage(path.storage).domain,
    )


def _uninvited(
    site: Site, tenant: Tenant, path: DataPath, sessions: SmbSessions, vantages: Vantages
) -> Iterator[Verdict]:
    """One verdict for the data path, or one for each thing that is wrong with it."""
    verdicts: list[Verdict] = []
    grounds = []
    for kind in (SessionKind.ANONYMOUS, SessionKind.MADE_UP):
        answers = (one.seen for one in sessions.uninvited(kind, tenant.name, path.name))
        seen = seen_or_why(answers, vantages, tenant.name)
        grounds.append(seen)
        if not isinstance(seen, Observed):
            silence = in_the_dark(path.name, seen, tenant.name)
            verdicts += [silence] if silence not in verdicts else []
        elif kind is SessionKind.MADE_UP and seen.value.accepted:
            verdicts.append(_guest(site, path.name, seen, tenant, path, NOBODY, "no session"))
        elif opened := [one.share for one in seen.value.trees if one.status == STATUS_SUCCESS]:
            verdicts.append(
                ANONYMOUS(
                    path.name,
                    seen,
                    tenant=tenant.name,
                    expected="no share opens to an anonymous session",
                    found=", ".join(opened),
                    shares=opened,
                    path=path.name,
                    storage=path.storage,
                )
            )
        elif says := _no_answer(seen.value) or _unsettled(seen.value):
            verdicts.append(unknown(path.name, seen, tenant=tenant.name, says=says))
    yield from verdicts or [fine(path.name, *grounds, tenant=tenant.name)]
