"""Checks that every principal gets a session with its Kerberos ticket, and that no session opens without an account.

Each principal whose secret is available presents its service ticket to each data path of its tenant, without NTLM and
without a password. The storage decrypts the ticket with its own key and creates a logon session. It rejects the ticket
if its key differs from the key in the directory, if the SPN is registered on another account, if the clocks differ, or
if an account restriction applies. The NTSTATUS, the KRB-ERROR in the response, the clock of the storage and the realm
of the ticket show which; the key version of the ticket shows whose key it is encrypted with. A guest session means that
the storage accepted the ticket but could not map it to the principal.

The storage proves that it holds the key of its SPN by an AP-REP and by a signature in every reply. A server without the
key can send neither, and krbcheck uses no reply of it. Below SMB 3.1.1 nothing protects the NEGOTIATE, so the storage
has to confirm in a signed reply (FSCTL_VALIDATE_NEGOTIATE_INFO) what it negotiated.

krbcheck also tests two sessions that must fail: an anonymous session, which is harmless only if no share grants it
access, and a session of a user who does not exist (name and response are random, so no account is locked). Only a
storage that logs unknown users on as Guest accepts the second.
"""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import first_seen
from krbcheck.facts.kerberos import ServiceTickets
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SessionKind, SmbSessions, SmbSetUp, Unproved, dialect_name
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.explains import explains
from krbcheck.judging.verdict import Finding, Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import DataPath, Principal, Site, Tenant
from krbcheck.views.observed_access import NO_ROOM, REFUSED
from krbcheck.views.query_gaps import seen_or_why
from krbcheck.views.storage_servers import Server, StorageServers
from krbcheck.views.ticket_keys import ServiceKeys
from krbcheck.windows.common_steps import ELEVATED, ROOT, STORAGE_ADMINISTRATOR
from krbcheck.windows.ntstatus import STATUS_SUCCESS, ntstatus_name
from krbcheck.windows.remedy import changes, looks, variants
from krbcheck.windows.server_steps import samba_setting, server_setting

from ._causes import ALTERNATIVES, Refusal
from ._wording import in_the_dark

EXPECTED, NOBODY = "a session as the account of the ticket", "a user who does not exist"
UNSIGNED = "clients that cannot sign can no longer connect"
NO_SESSION = (
    explains(
        "smb.share", "smb.encryption", "smb.multichannel", "isolation.own", "isolation.others", "isolation.listing",
        "isolation.acl", same="principal path",
    ),
    explains("isolation.acl", "isolation.administrators", "isolation.backup", "backup.rights", same="storage"),
    explains("isolation.unstated", same="principal storage"),
    explains(
        "isolation.unstated", "isolation.overlap", "backup.effective", same="storage", when={"reason": "key account"},
    ),
    explains("backup.vss", same="path", when={"reason": "key account"}),
)  # fmt: skip
REJECTED = Problem(
    "rejected",
    Severity.ERROR,
    says="{path} rejects {principal} with {found}: {cause}",
    alternatives=ALTERNATIVES,
    remedy=(),
    means="The host has a ticket but cannot use it: every share denies access, whatever its ACL contains.",
    explains=NO_SESSION,
)
GUEST = Problem(
    "guest",
    Severity.ERROR,
    says="{path} logs {who} on as Guest",
    remedy=(
        *variants(
            "{storage}",
            windows=[
                changes(
                    "Disable-LocalUser -Name Guest",
                    on="{storage}",
                    needs=ELEVATED,
                    undo="Enable-LocalUser -Name Guest",
                    caution="clients that work as Guest lose their access",
                ),
            ],
            samba=(
                looks(
                    "wbinfo --ping-dc",
                    says="{storage} must reach a domain controller of {domain}, or it cannot map users",
                    on="{storage}",
                    needs=ROOT,
                    shows="succeeded",
                ),
                changes(
                    "sed -i -E '/winbind/!s/^(passwd|group):.*/& winbind/' /etc/nsswitch.conf",
                    says="{storage} must find the accounts of its domains as users: adds winbind where it is missing",
                    on="{storage}",
                    needs=ROOT,
                    undo="sed -i -E 's/^(passwd|group):(.*) winbind$/\\1:\\2/' /etc/nsswitch.conf",
                    verify="grep -E '^(passwd|group):' /etc/nsswitch.conf",
                    shows="winbind in both lines",
                ),
                *samba_setting(
                    "{storage}",
                    "global",
                    "map to guest = never",
                    caution="clients that work as Guest lose their access",
                ),
            ),
            vmstore=[
                looks(says="Disable guest access in the SMB settings", on="the VMstore user interface of {storage}")
            ],
        ),
    ),
    means="Guest sessions do not identify the user and are not signed. The storage cannot separate tenants, and a "
    "grant to Guest applies to all clients that can connect to the port.",
    explains=NO_SESSION,
)
NOT_AUTHENTICATED = Problem(
    "not-authenticated",
    Severity.ERROR,
    says="{path} did not prove that it holds the key of {spn}: {found}",
    remedy=(
        looks(
            "arp -a {address}",
            says="Find the port of that MAC address at the switch: another host may use the address",
            on="a host of {tenant}",
        ),
        *variants(
            "{storage}",
            windows=server_setting(
                "{storage}", "RequireSecuritySignature $true", "RequireSecuritySignature $false", caution=UNSIGNED
            ),
            samba=samba_setting("{storage}", "global", "server signing = mandatory", caution=UNSIGNED),
            vmstore=[
                looks(says="Require SMB signing in the SMB settings", on="the VMstore user interface of {storage}")
            ],
        ),
    ),
    means="Any host on the path can send such replies, so krbcheck uses none of this session. Windows hosts that "
    "require signing close the connection.",
    explains=[
        *NO_SESSION,
        explains("smb.session", "smb.dialect/too-old", same="path"),
        explains("smb.server/differs", same="storage address", where={"count": "2"}),
    ],
)
DOWNGRADED = Problem(
    "downgraded",
    Severity.ERROR,
    says="{path} negotiated SMB {dialect}, and FSCTL_VALIDATE_NEGOTIATE_INFO contradicts that: {found}",
    remedy=(
        looks(
            "netsh trace start capture=yes",
            says="Compare the NEGOTIATE with a capture of port 445 on {storage}, and find the device between them that "
            "changes it; end with netsh trace stop",
            on="a host of {tenant}",
            needs=ELEVATED,
        ),
        *variants(
            "{storage}",
            windows=server_setting(
                "{storage}",
                "Smb2DialectMin SMB311",
                "Smb2DialectMin None",
                caution="Windows Server 2025 only; clients below SMB 3.1.1 can no longer connect",
            ),
            samba=samba_setting(
                "{storage}",
                "global",
                "server min protocol = SMB3_11",
                caution="clients below SMB 3.1.1 can no longer connect",
            ),
        ),
    ),
    means="A device on the path changes the NEGOTIATE, which can remove encryption or SMB 3.1.1. Windows hosts close "
    "the connection, and krbcheck reads nothing else over it.",
    explains=[
        *NO_SESSION,
        explains("backup.effective", "backup.vss", same="storage"),
        explains("isolation.listing", "smb.multichannel", same="path"),
    ],
)
ANONYMOUS = Problem(
    "anonymous",
    Severity.ERROR,
    says="{path} grants an anonymous session access to {shares}",
    remedy=(
        changes(
            says="Remove Everyone, Guests and ANONYMOUS LOGON from the access lists of {shares}",
            on="{storage}",
            needs=STORAGE_ADMINISTRATOR,
            undo_says="restore the old entries, which the list shows before",
            caution="first grant access to the groups of the tenant: its hosts may use these entries",
        ),
        *variants(
            "{storage}",
            windows=[
                changes(
                    says="Local Security Policy > Local Policies > Security Options > Network access: Restrict "
                    "anonymous "
                    "access to Named Pipes and Shares: Enabled",
                    on="{storage}",
                    needs=ELEVATED,
                    undo_says="set the old value again",
                )
            ],
            samba=(
                *samba_setting("{storage}", "global", "restrict anonymous = 2"),
                looks("testparm -s", says="No share may have guest ok = yes", on="{storage}"),
            ),
        ),
    ),
    means="All clients that can connect to the port get access to the virtual machines of the tenant without an "
    "account.",
)


@check(
    id="smb.session",
    title="Every principal's Kerberos session is accepted as that principal, and no session opens without an account",
    tells="Whether the storage accepts the ticket of each principal, and why not.",
    problems=[REJECTED, NOT_AUTHENTICATED, DOWNGRADED, GUEST, ANONYMOUS],
    refs=["MS-SMB2 2.2.6", "MS-SMB2 3.3.5.5.3", "RFC 4121 section 4.1", "MS-ERREF 2.3.1"],
    part_is_enough=[ServiceTickets],
)
def smb_session(
    site: Site,
    sessions: SmbSessions,
    servers: StorageServers,
    keys: ServiceKeys,
    vantages: Vantages,
) -> Iterator[Verdict]:
    for tenant, path in site.paths():
        server = servers.at(tenant, path)
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
    keys: ServiceKeys,
) -> Verdict:
    subject = f"{principal.name} at {path.name}"
    about = {"principal": principal.name, "path": path.name}
    answers = sessions.kerberos(tenant.name, path.name, principal.name)
    seen = first_seen(answer.seen for answer in answers)
    if seen is None:
        says = f"the site file contains no secret for {principal.name}" if principal.secret is None else ""
        return in_the_dark(subject, says or vantages.why_not(tenant.name), tenant.name, about)
    if not isinstance(seen, Observed):
        return in_the_dark(subject, seen, tenant.name, about)
    said = seen.value
    if says := _no_answer(said):
        return unknown(subject, seen, tenant=tenant.name, says=says, about=about)
    if said.status != STATUS_SUCCESS:
        realm = next(answer.realm for answer in answers if answer.seen is seen)
        storage = site.storage(path.storage)
        made = keys.of(path.spn, storage.account, (), principal.name)
        refusal = Refusal(said, path, storage, realm, server, made)
        return _rejected(refusal, subject, seen, tenant, principal)
    address = next(answer.address for answer in answers if answer.seen is seen)
    if said.unproved in (Unproved.NO_AP_REP, Unproved.WRONG_AP_REP):
        return labelled(_not_authenticated(said.unproved, subject, seen, tenant, path, address), **about)
    if said.impersonal:
        return labelled(_guest(site, subject, seen, tenant, path, principal.name, EXPECTED), **about)
    if said.unproved is not None:
        return labelled(_not_authenticated(said.unproved, subject, seen, tenant, path, address), **about)
    return _validated(subject, seen, tenant, path, principal)


def _not_authenticated(
    unproved: Unproved, subject: str, seen: Observed[SmbSetUp], tenant: Tenant, path: DataPath, address: str
) -> Finding:
    return NOT_AUTHENTICATED(
        subject,
        seen,
        tenant=tenant.name,
        expected="an AP-REP, and a signature in every reply",
        found=unproved.summary(),
        path=path.name,
        spn=path.spn,
        address=address,
        storage=path.storage,
    )


def _validated(subject: str, seen: Observed[SmbSetUp], tenant: Tenant, path: DataPath, principal: Principal) -> Verdict:
    said = seen.value
    if not said.contradictions:
        if says := said.unconfirmed:
            return unknown(subject, seen, tenant=tenant.name, says=says)
        return fine(subject, seen, tenant=tenant.name)
    finding = DOWNGRADED(
        subject,
        seen,
        tenant=tenant.name,
        expected="the same dialect, capabilities, security mode and server GUID",
        found="; ".join(said.contradictions),
        path=path.name,
        dialect=dialect_name(said.dialect),
        storage=path.storage,
    )
    return labelled(finding, path=path.name, principal=principal.name)


def _no_answer(said: SmbSetUp) -> str:
    """Returns why a response does not show whether a session is allowed; empty where it does."""
    if said.status != STATUS_SUCCESS and not said.dialect:
        return f"the storage rejects NEGOTIATE with {ntstatus_name(said.status)} (see smb.dialect)"
    if said.status in NO_ROOM:
        return f"the storage has no resources for another session: {said.summary()}; run krbcheck again later"
    return ""


def _unsettled(said: SmbSetUp) -> str:
    """Returns why the access of an accepted session is not determined; empty where all shares were tested."""
    odd = [tree for tree in said.trees if tree.redirected or tree.status not in (STATUS_SUCCESS, *REFUSED)]
    if odd:
        return f"TREE_CONNECT to {odd[0].share} returns {ntstatus_name(odd[0].status)}"
    return said.cut if said.accepted else ""


def _rejected(
    refusal: Refusal, subject: str, seen: Observed[SmbSetUp], tenant: Tenant, principal: Principal
) -> Finding:
    finding = REJECTED.with_steps(refusal.steps(principal))(
        subject,
        seen,
        *refusal.keys.summary(),
        tenant=tenant.name,
        expected=EXPECTED,
        found=refusal.found,
        cause=refusal.cause,
        principal=principal.name,
        path=refusal.path.name,
    )
    return labelled(finding, principal=principal.name, path=refusal.path.name, reason=refusal.kind)


def _guest(
    site: Site, subject: str, seen: Observed[SmbSetUp], tenant: Tenant, path: DataPath, who: str, expected: str
) -> Finding:
    return GUEST(
        subject,
        seen,
        tenant=tenant.name,
        expected=expected,
        found=seen.value.summary(),
        who=who,
        path=path.name,
        storage=path.storage,
        domain=site.storage(path.storage).domain,
    )


def _uninvited(
    site: Site, tenant: Tenant, path: DataPath, sessions: SmbSessions, vantages: Vantages
) -> Iterator[Verdict]:
    """Yields one verdict for the data path, or one for each problem with it."""
    verdicts: list[Verdict] = []
    grounds = []
    for kind in (SessionKind.ANONYMOUS, SessionKind.MADE_UP):
        answers = (session.seen for session in sessions.uninvited(kind, tenant.name, path.name))
        seen = seen_or_why(answers, vantages, tenant.name)
        grounds.append(seen)
        if not isinstance(seen, Observed):
            silence = in_the_dark(path.name, seen, tenant.name)
            verdicts += [silence] if silence not in verdicts else []
        elif kind is SessionKind.MADE_UP and seen.value.accepted:
            verdicts.append(_guest(site, path.name, seen, tenant, path, NOBODY, "no session"))
        elif opened := [tree.share for tree in seen.value.trees if tree.status == STATUS_SUCCESS]:
            finding = ANONYMOUS(
                path.name,
                seen,
                tenant=tenant.name,
                expected="no access for an anonymous session",
                found=", ".join(opened),
                shares=opened,
                path=path.name,
                storage=path.storage,
            )
            verdicts.append(labelled(finding, path=path.name, share=opened))
        elif says := _no_answer(seen.value) or _unsettled(seen.value):
            verdicts.append(unknown(path.name, seen, tenant=tenant.name, says=says))
    yield from verdicts or [fine(path.name, *grounds, tenant=tenant.name)]
