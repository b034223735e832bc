"""A tenant is not shown the names of other tenants' shares.

Each principal with a Kerberos session asks the storage for its list of shares (SRVSVC NetrShareEnum), as a file manager
does. Names tell of customers, projects and machines, and are what an attacker needs first. A storage that lists only
what the caller may open (access-based enumeration) shows each tenant its own shares. A share that is hidden by a `$` at
its end is left out by the client alone: the storage names it like any other. What a principal can open it may also see:
that is a matter of isolation.others.

Evidence: the list of each principal with a secret, and its session's result at every share of another tenant in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

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
    says="{storage} shows {people} of {tenant} the names of other tenants' shares: {found}",
    remedy="On {storage}: access based share enum = yes in smb.conf (Samba); on Windows, which has no such setting for "
    "the names of shares, allow the list to administrators alone (SrvsvcShareInfo under HKLM\\SYSTEM\\CurrentControlSet"
    "\\Services\\LanmanServer\\DefaultSecurity), or give {storage} one name and one server for each tenant; names that "
    "tell nothing help in the meantime",
    means="The names of other tenants' shares are known to whoever is administrator of one tenant's host.",
)
NOT_LISTED = ("NetrShareEnum",)


class Shown(NamedTuple):
    """Names of other tenants' shares that a principal is shown: `foreign` it cannot open, `untried` it may."""

    principal: str
    foreign: tuple[str, ...]
    untried: tuple[str, ...]


@check(
    id="isolation.listing",
    title="A tenant is not shown the names of other tenants' shares",
    tells="Whether a storage lists to each tenant its own shares only.",
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
    shown = [_shown(site, tenant, one, sessions) for one in answered]
    people = [one.principal for one in shown if one.foreign]
    if people:
        return NAMES_VISIBLE(
            path.name,
            *(one.seen for one in answered if one.principal in people),
            tenant=tenant.name,
            expected="its own shares only",
            found=", ".join(sorted({name for one in shown for name in one.foreign})),
            storage=path.storage,
            people=shortened(people),
        )
    if doubt := _doubt(tenant, listings, answered, shown):
        return unknown(path.name, *(one.seen for one in listings), tenant=tenant.name, says=doubt)
    return fine(path.name, *(one.seen for one in answered), tenant=tenant.name)


def _doubt(
    tenant: Tenant, listings: Sequence[PrincipalListing], answered: Sequence[PrincipalListing], shown: Sequence[Shown]
) -> str:
    """Why some principal may be shown names of other tenants' shares all the same; empty where none is."""
    for each in shown:
        if each.untried:
            return f"{each.principal} is shown {each.untried[0]}, and its access to this share was not tested"
    known = {one.principal for one in answered}
    missing = [one.name for one in tenant.principals if one.secret is not None and one.name not in known]
    if not missing:
        return ""
    return _told([one for one in listings if one.principal in missing]) or f"no share names were read as {missing[0]}"


def _is_answer(one: PrincipalListing) -> bool:
    """A storage that lists nothing to anybody answers, too."""
    if not isinstance(one.seen, Observed):
        return False
    said = one.seen.value
    return not said.refused or (said.refused in NOT_LISTED and said.status == STATUS_ACCESS_DENIED)


def _shown(site: Site, tenant: Tenant, one: PrincipalListing, sessions: SmbSessions) -> Shown:
    """Names of other tenants' shares in the list, without those that the principal can open."""
    assert isinstance(one.seen, Observed)
    own = {share.name.lower() for share in tenant.shares_of(one.storage)}
    others = {share.name.lower() for other in site.tenants for share in other.shares_of(one.storage)} - own
    names = [name for name in one.seen.value.names if name.lower() in others]
    statuses = {
        tree.share.lower(): tree.status
        for session in reversed(sessions.kerberos(tenant.name, one.path, one.principal))
        if isinstance(session.seen, Observed)
        for tree in session.seen.value.proved_trees
    }
    foreign = [name for name in names if statuses.get(name.lower(), STATUS_SUCCESS) != STATUS_SUCCESS]
    return Shown(one.principal, tuple(foreign), tuple(name for name in names if name.lower() not in statuses))


def _told(listings: Sequence[PrincipalListing]) -> str:
    """Why the first refused session shows nothing; empty where nothing came back at all."""
    told = (one.seen.value.told() for one in listings if isinstance(one.seen, Observed))
    return next(told, "")


def _why_not(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    return f"no principal of {tenant.name} has a service ticket for {path.spn}"
