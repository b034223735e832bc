"""`krbcheck explain`: everything that a report can name has an explanation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krbcheck.judging.explanations import all_checks, explained, names
from krbcheck.judging.registry import load
from krbcheck.windows.kerberos_errors import KRB_CODES, error_name
from krbcheck.windows.ntstatus import NTSTATUS

README = Path(__file__).parents[3] / "checks" / "README.md"


@pytest.mark.parametrize(
    "what",
    [
        "7",
        "0x7",
        "KDC_ERR_S_PRINCIPAL_UNKNOWN",
        "kdc_err_s_principal_unknown",
        "S_PRINCIPAL_UNKNOWN",
        "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN",
        "-1765328377",
        "2529638919",
    ],
)
def test_a_kerberos_error_is_known_by_number_and_name(krbcheck: Callable[..., Any], what: str) -> None:
    ended = krbcheck("explain", what)
    assert ended.status == 0
    assert ended.out.startswith("KDC_ERR_S_PRINCIPAL_UNKNOWN (7, 0x7)")
    assert "setspn -Q" in ended.out


@pytest.mark.parametrize(
    "what",
    ["0xC0000022", "0xc0000022", "3221225506", "-1073741790", "STATUS_ACCESS_DENIED", "NT_STATUS_ACCESS_DENIED"],
)
def test_an_ntstatus_is_known_by_number_and_name(krbcheck: Callable[..., Any], what: str) -> None:
    assert krbcheck("explain", what).out.startswith("STATUS_ACCESS_DENIED (0xC0000022)")


@pytest.mark.parametrize("words", [["access", "denied"], ["STATUS ACCESS DENIED"], ["status", "access", "denied"]])
def test_a_name_may_be_typed_as_words(krbcheck: Callable[..., Any], words: list[str]) -> None:
    assert krbcheck("explain", *words).out.startswith("STATUS_ACCESS_DENIED (0xC0000022)")


def test_a_part_of_a_name_is_answered_with_the_names_that_hold_it(krbcheck: Callable[..., Any]) -> None:
    ended = krbcheck("explain", "preauth")
    assert ended.status == 2
    assert "'KDC_ERR_PREAUTH_FAILED'" in ended.err


def test_a_check_tells_why_and_what_mends(krbcheck: Callable[..., Any]) -> None:
    said = krbcheck("explain", "spn.unique").out
    for words in ("spn.unique\n", "KDC_ERR_S_PRINCIPAL_UNKNOWN", "spn.unique/duplicate", "setspn -D", "Needs: Site"):
        assert words in said


def test_a_finding_and_an_area_can_be_asked_for(krbcheck: Callable[..., Any]) -> None:
    assert krbcheck("explain", "spn.unique/duplicate").out.startswith("Every SPN has one owner\n\n- spn.unique/dup")
    assert "spn.exists\n" in krbcheck("explain", "spn").out


def test_everything_that_has_a_name_is_explained() -> None:
    checks = load()
    for name in names(checks):
        assert explained(name, checks).strip(), name


def test_the_documentation_of_the_checks_is_up_to_date() -> None:
    """To renew it: krbcheck explain --all > checks/README.md"""
    assert README.read_text() == all_checks(load())


def test_the_documentation_names_every_check_and_finding() -> None:
    said = all_checks(load())
    for one in load().values():
        assert f"## {one.id}\n" in said
        assert all(f"**{one.id}/{problem.slug}**" in said for problem in one.problems)


def test_codes_have_words_of_their_own() -> None:
    assert error_name(7) == "KDC_ERR_S_PRINCIPAL_UNKNOWN"
    assert error_name(99) == "unknown KRB-ERROR"
    assert all(one.means for one in KRB_CODES.values())
    assert all(one.means for one in NTSTATUS.values())
    assert len({one.name for one in KRB_CODES.values()}) == len(KRB_CODES)
