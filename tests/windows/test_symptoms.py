"""The numbers that Windows shows lead to the checks to run first."""

from __future__ import annotations

import pytest

from krbcheck.judging.registry import load
from krbcheck.windows.symptoms import HRESULTS, WIN32, errors

ALL = [*WIN32.values(), *HRESULTS.values()]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (5, "ERROR_ACCESS_DENIED (5, 0x80070005)"),
        (0x80070005, "ERROR_ACCESS_DENIED (5, 0x80070005)"),
        (-2147024891, "ERROR_ACCESS_DENIED (5, 0x80070005)"),
        (1326, "ERROR_LOGON_FAILURE (1326, 0x8007052E)"),
        (0x80090322, "SEC_E_WRONG_PRINCIPAL (0x80090322)"),
        (0x8004230C, "FSRVP_E_NOT_SUPPORTED (0x8004230C)"),
    ],
)
def test_a_number_is_known(number: int, name: str) -> None:
    assert [title for title, _, _ in errors(number)] == [name]


def test_an_unknown_number_is_not() -> None:
    assert list(errors(424242)) == []


def test_every_symptom_names_checks_that_exist() -> None:
    assert {check for known in ALL for check in known.first} <= set(load())
    assert all(known.first and not known.means.endswith(".") for known in ALL)
