"""Families that contain nothing where the site file does not state their subject, whether they were recorded or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from krbcheck.facts.observation import Facts
from krbcheck.facts.vmstore import VmstoreAnswers
from krbcheck.facts.vmstore_inventory import VmstoreInventories
from krbcheck.site.stated import Site


def _has_api(site: Site) -> bool:
    return any(storage.vmstore_api is not None for storage in site.storages)


STATED: Mapping[type[Facts], Callable[[Site], bool]] = {VmstoreAnswers: _has_api, VmstoreInventories: _has_api}
"""By family: whether a site file states what the family is about."""


def with_unstated(site: Site, facts: Mapping[type[Facts], Facts]) -> Mapping[type[Facts], Facts]:
    """Returns the facts with an empty family for each that is not recorded and of which nothing could be: recordings of
    earlier versions do not have it.
    """
    absent = {kind: kind() for kind, is_stated in STATED.items() if kind not in facts and not is_stated(site)}
    return {**facts, **absent} if absent else facts
