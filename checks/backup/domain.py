"""Checks that the domains of the backup servers, of the hosts and of the storage trust each other as the product needs.

DPM protects hosts of its own domain, of a child domain and of a trusted domain; a host of another domain needs NTLM or
certificate authentication, a cluster certificates (Microsoft, "Back up Hyper-V virtual machines"). The agent on the
host and the DPM server authenticate to each other, so that the trust must be in both directions; that a trust in one
direction is not sufficient is inferred from this. krbcheck derives the domain of the DPM server from its name (`server`
under backup). An off-host proxy of Veeam must be in the domain of the SMB 3.0 server, or in one that trusts it, as
Veeam states it; access to the storage needs the other direction. So krbcheck expects both there too. Domains of one
forest trust each other.

Evidence: the trusts that the directories of both domains contain, from every controller of a domain that has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from krbcheck.facts.reasons import Ground
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, labelled, unknown
from krbcheck.site.stated import Backup, Site, realm_of
from krbcheck.views.backup_accounts import BackupAccounts
from krbcheck.views.trust_sides import DIRECTIONS, DomainPair, TrustSide, TrustSides, grounds_of
from krbcheck.windows.common_steps import controller
from krbcheck.windows.remedy import changes, looks

BOTH = 3
"""trustDirection of a trust in both directions (MS-ADTS 6.1.6.7.12)."""
LOOK = looks(
    "netdom trust {other} /domain:{home} /verify",
    on=controller("{other}"),
    needs="Domain Admins",
    shows="whether the trust works",
)
UNTRUSTED = Problem(
    "untrusted",
    Severity.ERROR,
    says="{product} cannot use {account}: {home} and {other} do not trust each other",
    remedy=(
        LOOK,
        looks(
            says="DPM protects a host without a trust too, with NTLM or certificates: Microsoft, Prepare machines in "
            "workgroups and untrusted domains for backup. If it does so here, waive this finding"
        ),
        changes(
            says="Create a trust in both directions between {home} and {other} (trust.exists has the commands), or use "
            "a backup server in {home}",
            on="Active Directory Domains and Trusts of both domains",
            undo_says="remove the trust in both domains",
            verify="netdom trust {other} /domain:{home} /verify",
            caution="accounts of each domain can then authenticate to the other, within its permissions",
        ),
    ),
    means="The agent and the backup server cannot authenticate to each other with Kerberos.",
)
ONE_WAY = Problem(
    "one-way",
    Severity.WARNING,
    says="{product} needs a trust in both directions between {home} and {other}: {found}",
    remedy=(
        LOOK,
        changes(
            says="Add the missing direction: properties of {home} > Trusts > {other}, in both domains",
            on="Active Directory Domains and Trusts",
            undo_says="remove the direction again",
            verify="netdom trust {other} /domain:{home} /verify",
            caution="accounts of both domains can then authenticate to each other, within their permissions",
        ),
    ),
    means="One side cannot authenticate to the other: an agent reports that it does not reach its server, or a proxy "
    "is denied access.",
)


@dataclass(frozen=True)
class Needed:
    """The product needs a trust between the domain of an account and `other`, the domain of `what`."""

    backup: Backup
    account: str
    other: str
    what: str

    @property
    def subject(self) -> str:
        return f"{self.account} with {self.what}"


@check(
    id="backup.domain",
    title="The domains of the backup trust each other",
    tells="Which backup account is in a domain that its backup server or storage does not trust.",
    problems=[UNTRUSTED, ONE_WAY],
    refs=["MS-ADTS 6.1.6.7.12 (trustDirection)", "Microsoft, Back up Hyper-V virtual machines (2025-03-27)"],
)
def domain(site: Site, trusts: TrustSides, accounts: BackupAccounts) -> Iterator[Verdict]:
    for needed in dict.fromkeys(_needed(site)):
        tenant, home = accounts.tenant_of(needed.account), realm_of(needed.account).lower()
        if not needed.other:
            says = f"the site file states no domain of {needed.what}"
            yield unknown(needed.subject, says, tenant=tenant)
        elif home == needed.other:
            yield fine(needed.subject, f"both are in {home}", tenant=tenant)
        else:
            yield _judged(needed, DomainPair(home, needed.other), trusts, tenant)


def _needed(site: Site) -> Iterator[Needed]:
    for backup in site.backups:
        for account in backup.accounts:
            if backup.is_dpm and backup.server:
                yield Needed(backup, account, _domain_of(site, backup.server), backup.server)
            elif backup.mode == "off-host":
                yield Needed(backup, account, site.storage(backup.storage).domain, backup.storage)


def _domain_of(site: Site, server: str) -> str:
    """The longest of the site's domains that the name ends with; empty if it is in none of them."""
    found = [entry.name for entry in site.domains if server.lower().endswith(f".{entry.name}")]
    return max(found, key=len, default="")


def _judged(needed: Needed, pair: DomainPair, trusts: TrustSides, tenant: str) -> Verdict:
    if trusts.one_forest(pair):
        return fine(needed.subject, f"{pair.hosts} and {pair.storage} are in one forest", tenant=tenant)
    sides = trusts.of(pair)
    seen = tuple(grounds_of(*sides))
    lacking = [f"{side.domain} has no trust with {side.partner}" for side in sides if side.lacks]
    unread = [side.domain for side in sides if side.unread]
    if lacking:
        return _found(UNTRUSTED, needed, pair, tenant, "; ".join(lacking), *seen)
    if unread:
        says = f"the trusts of {' and '.join(unread)} were not read"
        return unknown(needed.subject, *seen, tenant=tenant, says=says)
    one_way = [
        f"{_direction(side)} at {side.domain}" for side in sides if side.trust and side.trust.direction & BOTH != BOTH
    ]
    if one_way:
        return _found(ONE_WAY, needed, pair, tenant, "; ".join(one_way), *seen)
    return fine(needed.subject, *seen, tenant=tenant)


def _direction(side: TrustSide) -> str:
    number = side.trust.direction if side.trust else 0
    return DIRECTIONS.get(number, str(number))


def _found(problem: Problem, needed: Needed, pair: DomainPair, tenant: str, found: str, *seen: Ground) -> Verdict:
    finding = problem(
        needed.subject,
        *seen,
        tenant=tenant,
        expected="a trust in both directions",
        found=found,
        product=needed.backup.product,
        account=needed.account,
        home=pair.hosts,
        other=pair.storage,
    )
    return labelled(finding, home=pair.hosts, storage_domain=pair.storage)
