"""Checks that a tenant cannot list the names of other tenants' shares.

Each principal with a Kerberos session queries the storage for its list of shares (SRVSVC NetrShareEnum), as a file
manager does. Share names reveal customers, projects and machines, and help an attacker. A storage with access-based
share enumeration lists only the shares that the caller can open. A `$` at the end of a name hides the share on the
client only: the storage also returns such a share. Shares that the principal can open do not count: isolation.others
reports them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import PrincipalListing, ShareAccess
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS

from ._wording import shortened

NAMES_VISIBLE = Problem(
    "names-visible",
    Severity.WARNING,
    says="{storage} lists the names of other tenants' shares to {people} of {tenant}: {found}",
    remedy="On Samba set 'access based share enum = yes' in smb.conf of {storage}; On Windows, which has no such "
    "setting for share names, use one file server name and cluster role for each tenant; On an appliance, enable "
    "access-based share enumeration; Until then, use share names that reveal nothing; Verify: net view {path} /all "
    "on a host of {tenant}",
    means="Administrators of one tenant's hosts can read the names of other tenants' shares.",
)
NOT_LISTED = ("NetrShareEnum",)


@check(
    id="isolation.listing",
    title="A tenant cannot list the names of other tenants' shares",
    tells="Whether a storage lists only its own shares to each tenant.",
    problems=[NAMES_VISIBLE],
    refs=["MS-SRVS 3.1.4.8"],
    part_is_enough=[SmbSessions],
)
def isolation_listing(site: Site, access: ShareAccess, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    by_path = grouped(access.listings, lambda one: (one.tenant, one.path))
    for tenant, path in site.named_paths():
        yield _judged(site, tenant, path, by_path.get((tenant.name, path.name), ()), sessions, vantages)


def _judged(
    site: Site,
    tenant: Tenant,
    path: DataPath,
    listings: Sequence[PrincipalListing],
    sessions: SmbSessions,
    vantages: Vantages,
) -> Verdict:
    answered = [one for one in listings if _is_answer(one)]
    if not answered:
        says = "" if listings else _why_not(tenant, path, vantages)
        return unknown(path.name, *(one.seen for one in listings), tenant=tenant.name, says=says or _told(listings))
    shown = {one.principal: _foreign(site, tenant, one, sessions) for one in answered}
    people = [name for name, names in shown.items() if names]
    if not people:
        return fine(path.name, *(one.seen for one in answered), tenant=tenant.name)
    return NAMES_VISIBLE(
        path.name,
        *(one.seen for one in answered if one.principal in people),
        tenant=tenant.name,
        expected="its own shares only",
        found=", ".join(sorted({name for names in shown.values() for name in names})),
        storage=path.storage,
        path=f"\\\\{path.name}",
        people=shortened(people),
    )


def _is_answer(one: PrincipalListing) -> bool:
    """Whether the response counts: a storage that denies the list to all users has answered, too."""
    if not isinstance(one.seen, Observed):
        return False
    said = one.seen.value
    return not said.refused or (said.refused in NOT_LISTED and said.status == STATUS_ACCESS_DENIED)


def _foreign(site: Site, tenant: Tenant, one: PrincipalListing, sessions: SmbSessions) -> list[str]:
    """Returns the listed names of other tenants' shares, without those that the principal can open."""
    assert isinstance(one.seen, Observed)
    own = {share.name.lower() for share in tenant.shares_of(one.storage)}
    others = {share.name.lower() for other in site.tenants for share in other.shares_of(one.storage)} - own
    opened = {
        tree.share.lower()
        for session in sessions.kerberos(tenant.name, one.path, one.principal)
        if isinstance(session.seen, Observed)
        for tree in session.seen.value.proved_trees
        if tree.status == STATUS_SUCCESS
    }
    return [name for name in one.seen.value.names if name.lower() in others - opened]


def _told(listings: Sequence[PrincipalListing]) -> str:
    """Returns why the first rejected session shows nothing; empty where there was no response."""
    told = (one.seen.value.told() for one in listings if isinstance(one.seen, Observed))
    return next(told, "")


def _why_not(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    return f"no principal of {tenant.name} has a service ticket for {path.spn}"
