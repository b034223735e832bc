"""Which tenant a share and a host belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network

from krbcheck.facts.names import SpnHosts
from krbcheck.facts.observation import Observed
from krbcheck.site.draft import Guess, PrincipalDraft, ShareDraft, TenantDraft
from krbcheck.views.drafting.access import ShareGrants


def addresses(answers: SpnHosts) -> Mapping[str, str]:
    """Returns the address of each principal. Its name is in the field `storage` of the answers."""
    return {
        answer.storage: answer.seen.value.addresses[0]
        for answer in reversed(answers.hosts)
        if isinstance(answer.seen, Observed) and answer.seen.value.addresses
    }


def by_address(tenants: Sequence[TenantDraft], address: str) -> TenantDraft | None:
    """Returns the tenant in whose networks an address is."""
    if not address:
        return None
    parsed = ip_address(address)
    return next(
        (draft for draft in tenants if any(parsed in ip_network(network.value) for network in draft.networks)), None
    )


def by_name(tenants: Sequence[TenantDraft], storage: str, *names: str) -> TenantDraft | None:
    """Returns the only tenant with a data path to the storage whose name is in one of the names."""
    reaching = [draft for draft in tenants if any(path.storage == storage for path in draft.paths)]
    fitting = [draft for draft in reaching if any(draft.name.lower() in name.lower() for name in names)]
    return fitting[0] if len(fitting) == 1 else None


def settle(
    tenants: Sequence[TenantDraft], shares: Sequence[ShareGrants], known: Mapping[str, str], secrets: Mapping[str, str]
) -> list[str]:
    """Gives each host, share and administrator to a tenant; returns a note for each that has none.

    `known` are the addresses of hosts, `secrets` the sources of their secrets as YAML, both by principal.
    """
    notes: list[str] = []
    owners: dict[str, TenantDraft] = {}
    for share in shares:
        owner, reason = _owner(tenants, share, known)
        notes += share.notes
        if owner is None:
            notes.append(f"TODO share {share.share} of {share.storage}: {reason}")
            continue
        for principal, group in sorted(share.hosts.items()):
            _principal(owners, tenants, owner, principal, group, known, secrets)
        reasons = [reason]
        if share.access:
            reasons.append(f"permissions of the share grant {share.access} to hosts")
        else:
            reasons.append("TODO confirm: no host has access by the permissions of the share")
        owner.shares.append(ShareDraft(share.share, share.access or "full", share.storage, "; ".join(reasons)))
        for name, reason in share.others.items():
            if name not in (guess.value for guess in owner.administrators):
                owner.administrators.append(Guess(name, f"{reason}, without hosts among its members"))
    return notes


def _owner(
    tenants: Sequence[TenantDraft], share: ShareGrants, known: Mapping[str, str]
) -> tuple[TenantDraft | None, str]:
    """Returns the tenant of a share and the reason; without a tenant, why there is none."""
    votes = Counter(
        draft.name for host in share.hosts if (draft := by_address(tenants, known.get(host, ""))) is not None
    )
    if len(votes) > 1:
        return None, f"hosts of {' and '.join(sorted(votes))} have access to it; state it for its owner"
    for draft in tenants:
        if draft.name in votes and any(path.storage == share.storage for path in draft.paths):
            return draft, f"{votes[draft.name]} hosts in its network have access"
    if (draft := by_name(tenants, share.storage, share.share, *share.hosts.values(), *share.others)) is not None:
        return draft, "by its name or that of its groups"
    return None, "neither the addresses of its hosts nor its name show its tenant"


def _principal(
    owners: dict[str, TenantDraft],
    tenants: Sequence[TenantDraft],
    owner: TenantDraft,
    principal: str,
    group: str,
    known: Mapping[str, str],
    secrets: Mapping[str, str],
) -> None:
    """Adds a host once: to the tenant of its address, else to the owner of the share."""
    if principal in owners:
        return
    address = known.get(principal, "")
    home = by_address(tenants, address)
    reasons = [f"member of {group}" if group else "in the permissions of the share"]
    reasons.append(f"address {address}" if address else "no address was found")
    if address and home is None:
        reasons.append("TODO confirm: the address is in no network of a tenant")
    owners[principal] = home or owner
    secret = secrets.get(principal.casefold(), "")
    owners[principal].principals.append(PrincipalDraft(principal, secret, ", ".join(reasons)))


def without_tenant(tenants: Iterable[TenantDraft]) -> list[str]:
    """Returns the names of the tenants for which neither a share nor a host was found."""
    return [draft.name for draft in tenants if not draft.shares and not draft.principals]
