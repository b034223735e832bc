"""A number or a name that Windows shows leads to its meanings."""

from __future__ import annotations

import pytest

from krbcheck.judging.meanings import meanings


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("0x80070005", ["ERROR_ACCESS_DENIED (5, 0x80070005)"]),
        ("-2147024891", ["ERROR_ACCESS_DENIED (5, 0x80070005)"]),
        ("0xC0000022", ["STATUS_ACCESS_DENIED (0xC0000022)"]),
        ("KDC_ERR_S_PRINCIPAL_UNKNOWN", ["KDC_ERR_S_PRINCIPAL_UNKNOWN (7, 0x7)"]),
        ("access denied", ["STATUS_ACCESS_DENIED (0xC0000022)"]),
        ("sec_e_wrong_principal", ["SEC_E_WRONG_PRINCIPAL (0x80090322)"]),
        ("5", ["KDC_ERR_S_OLD_MAST_KVNO (5, 0x5)", "ERROR_ACCESS_DENIED (5, 0x80070005)"]),
        ("event 4769", ["Event 4769: a service ticket was requested"]),
        ("30803", ["Event 30803: no network connection"]),
        ("event 5", []),
        ("event x", []),
        ("424242", []),
        ("", []),
    ],
)
def test_what_is_typed_has_its_meanings(typed: str, titles: list[str]) -> None:
    assert [meaning.title for meaning in meanings(typed)] == titles
    assert all(meaning.first for meaning in meanings(typed))
