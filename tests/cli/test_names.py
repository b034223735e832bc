"""Checks and tenants by the names that a user types."""

from __future__ import annotations

import pytest

from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.names import chosen_checks, chosen_tenants, families_of, split
from krbcheck.facts.smb import SmbSpeeches
from krbcheck.judging.registry import load
from krbcheck.site.stated import Site


def ids(*typed: str) -> list[str]:
    return [check.id for check in chosen_checks(load(), typed)]


def test_names_are_separated_by_commas_or_repeated_and_count_once() -> None:
    assert split(["a, b", "b", " ", "c,"]) == ["a", "b", "c"]
    assert split(None) == []


def test_without_names_every_check_is_chosen() -> None:
    assert ids() == list(load())


def test_a_check_is_chosen_by_its_id_or_by_its_area() -> None:
    assert ids("time", "spn.unique") == [name for name in load() if name.startswith("time.") or name == "spn.unique"]


@pytest.mark.parametrize(("typed", "words"), [("spn.uniqe", "'spn.unique'"), ("tim", "'time'")])
def test_an_unknown_check_is_answered_with_the_nearest(typed: str, words: str) -> None:
    with pytest.raises(Mistake, match=f"did you mean {words}"):
        ids(typed)


def test_a_tenant_is_one_of_the_site(cloud: Site) -> None:
    assert chosen_tenants(cloud, ["bob"]) == ["bob"]
    with pytest.raises(Mistake, match="tenant 'carol' does not exist; the site file contains alice, bob"):
        chosen_tenants(cloud, ["carol"])


def test_a_family_that_several_checks_need_is_read_once() -> None:
    checks = chosen_checks(load(), ["dns"])
    families = families_of(checks)
    assert len(families) == len(set(families))
    assert set(families) == {family for check in checks for family in check.families}


def test_a_remedy_for_a_storage_needs_what_shows_its_platform() -> None:
    checks = load()
    assert SmbSpeeches not in checks["backup.rights"].families, "its judgement does not need the NEGOTIATE response"
    assert SmbSpeeches in families_of([checks["backup.rights"]])
    assert SmbSpeeches not in families_of([checks["backup.role"], checks["dns.resolves"]]), "one platform, or none"
