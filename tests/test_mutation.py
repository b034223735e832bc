"""What the mutation gate changes. The gate itself runs apart: python -m tests.mutation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation import FINE, ROOT, Mutant, Mutants, chosen, concerned, mutants_of, suite_of

FILE = "checks/dns/port.py"
PROBES_OF_RPC = ("backup_session", "fsrvp", "listed_shares", "lsarpc", "pipe", "sealing", "share_lists")


def results(source: str) -> list[str]:
    """The source after each of its changes, in turn."""
    return [mutant.applied(source.encode()).decode() for mutant in Mutants(FILE, source.encode()).found]


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("unknown(a, *why, tenant=t, says=s)", f"{FINE}(a, *why, tenant=t)"),
        ("unknown(a, b, **more)", f"{FINE}(a, b)"),
        ("Unknown(a, says, t, why)", f"{FINE}(a, *why, tenant=t)"),
        ("'é', unknown(a)", f"'é', {FINE}(a)"),
        ("x = 1 if a and b else 2", "x = 1 if (not (a and b)) else 2"),
        ("if a:\n    b", "if (not (a)):\n    b"),
        ("[a for a in b if a > 1]", "[a for a in b if (not (a > 1))]"),
    ],
)
def test_a_change_is_made_where_the_expression_is(source: str, changed: str) -> None:
    assert results(source) == [changed]


@pytest.mark.parametrize("source", ["if TYPE_CHECKING:\n    import a", "while a:\n    b()", "fine(a)"])
def test_what_is_not_changed(source: str) -> None:
    assert results(source) == []


def test_every_not_determined_is_chosen_and_the_sample_depends_on_the_seed_alone() -> None:
    everything = list(mutants_of(ROOT, ["checks/dns"]))
    undetermined = [mutant for mutant in everything if mutant.kind == "fine"]
    drawn = chosen(everything, 5, seed=1)
    assert [mutant for mutant in drawn if mutant.kind == "fine"] == undetermined != []
    assert len(drawn) == len(undetermined) + 5
    assert drawn == chosen(everything, 5, seed=1) != chosen(everything, 5, seed=2)


def test_probes_are_changed_only_if_they_are_named() -> None:
    everything = {mutant.file for mutant in mutants_of(ROOT, [])}
    assert [file for file in everything if file.startswith("krbcheck/probes")] == []
    named = {mutant.file for mutant in mutants_of(ROOT, ["krbcheck/probes/rpc", "checks/dns/port.py"])}
    assert named == {"checks/dns/port.py", *(f"krbcheck/probes/rpc/{name}.py" for name in PROBES_OF_RPC)}


def test_a_change_that_does_not_fit_the_source_is_refused() -> None:
    with pytest.raises(AssertionError):
        Mutant("fine", FILE, 1, 0, "unknown(a)", "fine(a)").applied(b"unknown(b)")


@pytest.mark.parametrize(
    ("file", "check", "tests"),
    [
        ("checks/dns/port.py", "dns.port", ["checks/dns/test_port.py"]),
        ("checks/policy/kdc_search.py", "policy.kdc-search", ["checks/policy/test_kdc_search.py"]),
        ("krbcheck/judging/completeness.py", "", ["judging/test_completeness.py"]),
        ("krbcheck/probes/ldap/groups.py", "", ["probes/ldap/test_groups.py", "probes/ldap/test_groups_captured.py"]),
    ],
)
def test_a_module_is_judged_by_its_check_and_its_tests(file: str, check: str, tests: list[str]) -> None:
    assert concerned(file) == check
    assert [Path(test).relative_to(ROOT / "tests").as_posix() for test in suite_of(file)] == tests


def test_a_module_that_several_checks_share_is_judged_by_all_of_them() -> None:
    assert concerned("checks/policy/_judged.py") == ""
    assert f"{ROOT}/tests/checks/policy/test_kdc_search.py" in suite_of("checks/policy/_judged.py")
