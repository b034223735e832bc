"""Names of HRESULT values of MS-FSRVP."""

from __future__ import annotations

from krbcheck.windows.hresult import E_ACCESSDENIED, hresult_name


def test_a_known_and_an_unknown_value() -> None:
    assert hresult_name(E_ACCESSDENIED) == "E_ACCESSDENIED (0x80070005)"
    assert hresult_name(0x80004005) == "0x80004005"
