"""Checks that a tenant cannot list the names of other tenants' shares.

Each principal with a Kerberos session queries the storage for its list of shares (SRVSVC NetrShareEnum), as a file
manager does. Share names reveal customers, projects and machines, and help an attacker. A storage with access-based
share enumeration lists only the shares that the caller can open. A `$` at the end of a name hides the share on the
client only: the storage also returns such a share. Shares that the principal can open do not count: isolation.others
reports them.

Evidence: the list of each principal with a secret, and its session's result at every share of another tenant in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Observed
from krbcheck.facts.share_access import PrincipalListing, ShareAccess
from krbcheck.facts.smb import SmbSessions
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine, unknown
from krbcheck.site.stated import DataPath, Site, Tenant
from krbcheck.views.rejected_readers import NO_INTERFACE, no_interface
from krbcheck.windows.ntstatus import STATUS_ACCESS_DENIED, STATUS_SUCCESS
from krbcheck.windows.remedy import Platform, Remedy, RemedyStep, fill, looks, variants
from krbcheck.windows.server_steps import samba_setting

from ._wording import shortened

HIDE_NAME = variants(
    "{storage}",
    windows=[
        looks(
            says="Windows has no such setting for the names of shares: use one file server name and cluster role "
            "for each tenant, or names that reveal nothing",
            on="{storage}",
        )
    ],
    vmstore=[
        looks(
            says="Enable access-based enumeration of shares if this version of the VMstore has it; until then, use "
            "names of shares that reveal nothing",
            on="the VMstore user interface of {storage}",
        )
    ],
    samba=samba_setting("{storage}", "{share}", "access based share enum = yes"),
)
"""On Samba it is a setting of each share; in [global] it is the default only of the shares that follow."""
NAMES_VISIBLE = Problem(
    "names-visible",
    Severity.WARNING,
    says="{storage} lists the names of other tenants' shares to {people} of {tenant}: {found}",
    alternatives=(HIDE_NAME,),
    remedy=(),
    means="Administrators of one tenant's hosts can read the names of other tenants' shares.",
    together=["storage"],
)
NOT_LISTED = ("NetrShareEnum",)


class Shown(NamedTuple):
    """Names of other tenants' shares that a principal is shown: `foreign` it cannot open, `untried` it may."""

    principal: str
    foreign: tuple[str, ...]
    untried: tuple[str, ...]


@check(
    id="isolation.listing",
    title="A tenant cannot list the names of other tenants' shares",
    tells="Whether a storage lists only its own shares to each tenant.",
    problems=[NAMES_VISIBLE],
    refs=["MS-SRVS 3.1.4.8"],
    part_is_enough=[SmbSessions],
)
def isolation_listing(site: Site, access: ShareAccess, sessions: SmbSessions, vantages: Vantages) -> Iterator[Verdict]:
    by_path = grouped(access.listings, lambda listing: (listing.tenant, listing.path))
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
    answered = [listing for listing in listings if _is_answer(listing)]
    if not answered:
        says = "" if listings else _why_not(tenant, path, vantages)
        return unknown(
            path.name,
            *(listing.seen for listing in listings),
            tenant=tenant.name,
            says=says or _described(path.storage, listings),
        )
    shown = [_shown(site, tenant, listing, sessions) for listing in answered]
    people = [entry.principal for entry in shown if entry.foreign]
    if people:
        foreign = sorted({name for entry in shown for name in entry.foreign})
        values = ({"storage": path.storage, "share": name} for name in foreign)
        steps = dict.fromkeys(step for each in values for step in fill(HIDE_NAME, each))
        return NAMES_VISIBLE.with_steps(_in_groups(steps))(
            path.name,
            *(listing.seen for listing in answered if listing.principal in people),
            tenant=tenant.name,
            expected="its own shares only",
            found=", ".join(foreign),
            storage=path.storage,
            people=shortened(people),
            path=f"\\\\{path.name}",
        )
    if doubt := _doubt(tenant, path, listings, answered, shown):
        about = {"path": [path.name], "principal": _missing(tenant, answered)}
        return unknown(path.name, *(listing.seen for listing in listings), tenant=tenant.name, says=doubt, about=about)
    return fine(path.name, *(listing.seen for listing in answered), tenant=tenant.name)


def _in_groups(steps: Iterable[RemedyStep]) -> Remedy:
    """The steps in the order of their platforms, so that they are variants of one another."""
    order = list(Platform)
    return tuple(sorted(steps, key=lambda step: order.index(step.platform) if step.platform else 0))


def _doubt(
    tenant: Tenant,
    path: DataPath,
    listings: Sequence[PrincipalListing],
    answered: Sequence[PrincipalListing],
    shown: Sequence[Shown],
) -> str:
    """Why some principal may be shown names of other tenants' shares all the same; empty where none is."""
    for each in shown:
        if each.untried:
            return f"{each.principal} is shown {each.untried[0]}, and its access to this share was not tested"
    missing = _missing(tenant, answered)
    if not missing:
        return ""
    return (
        _described(path.storage, [listing for listing in listings if listing.principal in missing])
        or f"no share names were read as {missing[0]}"
    )


def _missing(tenant: Tenant, answered: Sequence[PrincipalListing]) -> list[str]:
    """The principals with a secret whose list is not known."""
    known = {listing.principal for listing in answered}
    return [entry.name for entry in tenant.principals if entry.secret is not None and entry.name not in known]


def _is_answer(listing: PrincipalListing) -> bool:
    """Whether the response counts: a storage that denies the list to all users has answered, too."""
    if not isinstance(listing.seen, Observed):
        return False
    said = listing.seen.value
    return not said.refused or (said.refused in NOT_LISTED and said.status == STATUS_ACCESS_DENIED)


def _shown(site: Site, tenant: Tenant, listing: PrincipalListing, sessions: SmbSessions) -> Shown:
    """Names of other tenants' shares in the list, without those that the principal can open."""
    assert isinstance(listing.seen, Observed)
    own = {share.name.lower() for share in tenant.shares_of(listing.storage)}
    others = {share.name.lower() for other in site.tenants for share in other.shares_of(listing.storage)} - own
    names = [name for name in listing.seen.value.names if name.lower() in others]
    statuses = {
        tree.share.lower(): tree.status
        for session in reversed(sessions.kerberos(tenant.name, listing.path, listing.principal))
        if isinstance(session.seen, Observed)
        for tree in session.seen.value.proved_trees
    }
    foreign = [name for name in names if statuses.get(name.lower(), STATUS_SUCCESS) != STATUS_SUCCESS]
    return Shown(listing.principal, tuple(foreign), tuple(name for name in names if name.lower() not in statuses))


def _described(storage: str, listings: Sequence[PrincipalListing]) -> str:
    """Returns why the first rejected session shows nothing; empty where there was no response."""
    replies = (listing.seen.value for listing in listings if isinstance(listing.seen, Observed))
    first = next(replies, None)
    if first is not None and first.status in NO_INTERFACE:
        return no_interface(storage)
    return first.summary() if first else ""


def _why_not(tenant: Tenant, path: DataPath, vantages: Vantages) -> str:
    if not vantages.asked(tenant.name):
        return vantages.why_not(tenant.name)
    return f"no principal of {tenant.name} has a service ticket for {path.spn}"
