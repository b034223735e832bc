"""Which global catalogs contain an SPN: a KDC that searches another forest queries any one of them."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.directory import CATALOGUE, Accounts, Directories
from krbcheck.facts.grouping import grouped
from krbcheck.facts.observation import Observed
from krbcheck.views.view import View


@dataclass(frozen=True)
class CatalogAnswers:
    """Those of one forest about an SPN, by host. One that did not answer is in neither."""

    knowing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    seen: tuple[Observed[Accounts], ...] = ()

    @property
    def differ(self) -> bool:
        return bool(self.knowing and self.lacking)


class GlobalCatalogs(View):
    """Which global catalogs contain an SPN."""

    def __init__(self, directories: Directories) -> None:
        self._forests = {
            one.domain: one.seen.value.forest
            for one in directories.identities
            if isinstance(one.seen, Observed) and one.seen.value.forest
        }
        self._answers = grouped((one for one in directories.spns if one.by_catalogue), lambda one: one.spn.lower())

    def of(self, spn: str, domain: str) -> CatalogAnswers:
        """Those of the domain's forest. HOST/ of the same name stands for the SPN (sPNMappings). A catalog that was
        queried twice lacks what it never had.
        """
        forest = self._forests.get(domain, domain)
        forms = (spn.lower(), f"host/{spn.partition('/')[2].lower()}")
        has: dict[str, bool] = {}
        seen = []
        for one in self._answers.get(forms[0], ()):
            if one.form.lower() not in forms or not isinstance(one.seen, Observed):
                continue
            if self._forests.get(one.domain, one.domain) != forest:
                continue
            host = one.controller.removesuffix(CATALOGUE)
            has[host] = has.get(host, False) or bool(one.seen.value.found)
            if one.form.lower() == forms[0]:
                seen.append(one.seen)
        knowing, lacking = ([host for host in has if has[host] is there] for there in (True, False))
        return CatalogAnswers(tuple(knowing), tuple(lacking), tuple(seen))
