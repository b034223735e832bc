"""The global catalogs that contain an SPN: a KDC that searches another forest queries any one of them."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.directory import CATALOGUE, Accounts, Directories
from krbcheck.facts.observation import Observed


@dataclass(frozen=True)
class Catalogues:
    """The global catalogs of one forest, by host. A catalog that did not respond is in neither list."""

    knowing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    seen: tuple[Observed[Accounts], ...] = ()

    @property
    def differ(self) -> bool:
        return bool(self.knowing and self.lacking)


def forests(directories: Directories) -> dict[str, str]:
    """Returns the forest of each domain whose forest is known."""
    return {
        one.domain: one.seen.value.forest
        for one in directories.identities
        if isinstance(one.seen, Observed) and one.seen.value.forest
    }


def catalogues(directories: Directories, spn: str, domain: str) -> Catalogues:
    """Returns the global catalogs of the domain's forest. HOST/ of the same name covers the SPN (sPNMappings). A
    catalog that was queried twice lacks an SPN only if neither response contains it.
    """
    known = forests(directories)
    forest = known.get(domain, domain)
    forms = (spn.lower(), f"host/{spn.partition('/')[2].lower()}")
    has: dict[str, bool] = {}
    seen = []
    for one in directories.spns:
        if not one.by_catalogue or one.spn.lower() != spn.lower() or one.form.lower() not in forms:
            continue
        if known.get(one.domain, one.domain) != forest or not isinstance(one.seen, Observed):
            continue
        host = one.controller.removesuffix(CATALOGUE)
        has[host] = has.get(host, False) or bool(one.seen.value.found)
        if one.form.lower() == forms[0]:
            seen.append(one.seen)
    knowing, lacking = ([host for host in has if has[host] is there] for there in (True, False))
    return Catalogues(tuple(knowing), tuple(lacking), tuple(seen))
