"""Every check, finding and code has an explanation, and checks/README.md holds them."""

from __future__ import annotations

from pathlib import Path

from krbcheck.judging.explanations import all_checks, explained, names
from krbcheck.judging.registry import load

README = Path(__file__).parents[2] / "checks" / "README.md"


def test_everything_that_has_a_name_is_explained() -> None:
    checks = load()
    for name in names(checks):
        assert explained(name, checks).strip(), name


def test_the_documentation_of_the_checks_is_up_to_date() -> None:
    """To renew it: krbcheck explain --all > checks/README.md"""
    assert README.read_text() == all_checks(load())


def test_the_documentation_names_every_check_and_finding() -> None:
    said = all_checks(load())
    for check in load().values():
        assert f"## {check.id}\n" in said
        assert all(f"**{check.id}/{problem.slug}**" in said for problem in check.problems)
