"""A name that a tenant chose does nothing in a command that an administrator copies, nor in a spreadsheet."""

from __future__ import annotations

import pytest

from krbcheck.model import Problem, Severity
from krbcheck.report.matrix_files import _field

GRANT = Problem(
    "x", Severity.WARNING, "{share} is wrong", "Grant-SmbShareAccess -Name '{share}' -AccountName {account}"
)


@pytest.mark.parametrize(
    "name",
    [
        "x'; Remove-Item C:",
        "x\u2019; calc",
        "x`n",
        "$(calc)",
        "${env:x}",
        "a & calc",
        "a | sh",
        "%PATH%",
        "x\ncalc",
        'a"b',
    ],
)
def test_a_hostile_name_does_not_act_in_a_remedy(name: str) -> None:
    told = GRANT(name, expected="", found="", share=name, account=name)
    quoted, _, bare = told.remedy.removeprefix("Grant-SmbShareAccess -Name '").partition("' -AccountName ")
    assert "\ufffd" in quoted
    assert quoted == bare
    assert not set("'\"`;|&\n\u2019") & set(bare)
    assert "$(" not in bare
    assert told.says == f"{name} is wrong"


@pytest.mark.parametrize("name", ["NAS$", "D$", "finance 2", "cifs/nas.example", "CORP\\nas$", "Büro (alt)"])
def test_an_ordinary_name_stands_as_it_is(name: str) -> None:
    assert GRANT(name, expected="", found="", share=name, account=name).remedy.endswith(f"-AccountName {name}")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\uff1d1", "\n@x"])
def test_no_field_is_a_formula(text: str) -> None:
    assert _field(text).startswith("'")
