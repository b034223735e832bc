"""A name that a tenant chose does nothing in a spreadsheet; for commands see tests/windows/test_quoting.py."""

from __future__ import annotations

import pytest

from krbcheck.report.matrix_files import _field


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\uff1d1", "\n@x"])
def test_no_field_is_a_formula(text: str) -> None:
    assert _field(text).startswith("'")
