"""`lab faults` lists the faults, and with --area those of an area of checks."""

from __future__ import annotations

import json

import pytest

from fixtures.lab.cli import main


def names(capsys: pytest.CaptureFixture[str], *options: str) -> set[str]:
    assert main(["faults", *options]) == 0
    return {line.split()[0] for line in capsys.readouterr().out.splitlines()}


def test_an_area_has_the_faults_that_lead_to_its_findings(capsys: pytest.CaptureFixture[str]) -> None:
    found = names(capsys, "--area", "backup")
    assert {"backup-right-missing", "vmstore-role-missing", "dpm-server-port-closed"} <= found
    assert not {"no-address", "spn-missing", "share-acl-open"} & found
    assert found < names(capsys)


def test_a_fault_without_findings_is_of_the_areas_that_it_leaves_open(capsys: pytest.CaptureFixture[str]) -> None:
    """The storage denies LSARPC and SRVSVC: rights and access lists are not determined, nothing is found."""
    assert "lsarpc-denied" in names(capsys, "--area", "backup")
    assert "lsarpc-denied" in names(capsys, "--area", "isolation")
    assert "lsarpc-denied" not in names(capsys, "--area", "ticket")


@pytest.mark.parametrize("options", [("--json", "--area", "dns"), ("--area", "dns", "--json")])
def test_the_list_of_an_area_as_json(capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    assert main(["faults", *options]) == 0
    faults = json.loads(capsys.readouterr().out)
    assert "no-address" in {fault["name"] for fault in faults}
    assert all(any(code.startswith("dns.") for code in fault["leads_to"]) for fault in faults if fault["leads_to"])


def test_an_unknown_area_is_the_users_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults", "--area", "backups"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("lab: no fault concerns the area 'backups'; the areas are backup, ")
    assert len(error.splitlines()) == 1
