"""The table of KRB-ERROR codes (RFC 4120 7.5.9)."""

from __future__ import annotations

from krbcheck.windows.kerberos_errors import KRB_CODES, error_name


def test_a_code_has_its_name_and_its_meaning() -> None:
    assert error_name(7) == "KDC_ERR_S_PRINCIPAL_UNKNOWN"
    assert error_name(99) == "unknown KRB-ERROR"
    assert all(code.means for code in KRB_CODES.values())


def test_no_name_is_used_twice() -> None:
    assert len({code.name for code in KRB_CODES.values()}) == len(KRB_CODES)
