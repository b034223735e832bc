"""The needs of a collector are the types of its parameters."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from krbcheck.asking.ask import Asking
from krbcheck.asking.needs import lacks_of, leaves_out, load_collector, needs
from krbcheck.facts.kerberos import KdcReplies
from krbcheck.facts.names import Controllers
from krbcheck.site.stated import Site


def whole(site: Site, controllers: Controllers) -> Asking[KdcReplies]:
    yield []
    return KdcReplies()


@leaves_out("only one KDC of each realm was queried")
def part(site: Site) -> Asking[KdcReplies]:
    yield []
    return KdcReplies()


def test_what_it_returns_is_no_need() -> None:
    assert needs(whole) == {"site": Site, "controllers": Controllers}


def test_a_collector_states_what_it_leaves_out() -> None:
    assert lacks_of(part) == "only one KDC of each realm was queried"
    assert lacks_of(whole) == ""
    assert needs(part) == {"site": Site}


def test_the_module_of_a_family_is_imported_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"KdcReplies": "collectors_of_the_test:whole"}
    with pytest.raises(ModuleNotFoundError):
        load_collector(KdcReplies, table)
    module = ModuleType("collectors_of_the_test")
    module.__dict__["whole"] = whole
    monkeypatch.setitem(sys.modules, "collectors_of_the_test", module)
    assert load_collector(KdcReplies, table) is whole
