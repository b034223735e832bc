"""Members of groups that are in another domain of the same forest: their DNs are known, and not what they contain."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from krbcheck.facts.share_access import Trustee


def unresolved(by_domain: Mapping[str, Mapping[str, Trustee]], home: str, sids: Collection[str]) -> str:
    """Returns why an account of the domain `home` may be in a group that is not among its SIDs: the group contains an
    entry of that domain by its DN. Empty if no group does.

    Domain-local and universal groups contain accounts of their forest by DN, those of other forests by SID.
    """
    for held in by_domain.values():
        for sid, trustee in held.items():
            for dn in trustee.outside if sid not in sids else ():
                if _domain_of(dn) == home:
                    return f"{trustee.name} contains {dn} of another domain of its forest, which was not resolved"
    return ""


def _domain_of(dn: str) -> str:
    parts = (part.strip() for part in dn.lower().split(","))
    return ".".join(part.removeprefix("dc=") for part in parts if part.startswith("dc="))
