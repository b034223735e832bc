"""`krbcheck explain`: everything that a report can name has an explanation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


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


@pytest.mark.parametrize(
    ("what", "titles"),
    [
        ("0x80070005", ["ERROR_ACCESS_DENIED"]),
        ("1326", ["ERROR_LOGON_FAILURE"]),
        ("5", ["KDC_ERR_S_OLD_MAST_KVNO", "ERROR_ACCESS_DENIED"]),
        ("ERROR_LOGON_FAILURE", ["ERROR_LOGON_FAILURE"]),
        ("30805", ["Event 30805"]),
    ],
)
def test_the_numbers_that_windows_shows_lead_to_checks(
    krbcheck: Callable[..., Any], what: str, titles: list[str]
) -> None:
    ended = krbcheck("explain", what)
    assert ended.status == 0
    assert all(title in ended.out for title in titles)
    assert "Run first: krbcheck run SITE --only " in ended.out


@pytest.mark.parametrize(
    ("what", "typed"), [("0x80070005", "ERROR_ACCESS_DENIED"), ("30805", "30805"), ("7", "KDC_ERR_S")]
)
def test_a_number_leads_to_the_run_for_one_host_and_path(krbcheck: Callable[..., Any], what: str, typed: str) -> None:
    out = krbcheck("explain", what).out
    assert f"krbcheck run SITE --symptom {typed}" in out
    assert r"--host HOST --path '\\SERVER\SHARE'" in out


@pytest.mark.parametrize(("columns", "most"), [("60", 60), ("80", 80), ("400", 120), ("", 100)])
def test_only_commands_are_longer_than_the_terminal_is_wide(
    krbcheck: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, columns: str, most: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = krbcheck("explain", "ticket.service").out.splitlines()
    text = [line for line in lines if not line.startswith("      ")]
    assert most - 10 < max(map(len, text)) <= most
    commands = [line for line in lines if line.startswith("      Get-ADObject")]
    assert all(line.count("-Server <storage domain>") == 1 for line in commands), "a command is one line"
    assert max(map(len, commands)) > 120
