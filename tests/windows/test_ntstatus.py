"""The table of NTSTATUS values (MS-ERREF 2.3.1)."""

from __future__ import annotations

from krbcheck.windows.ntstatus import NTSTATUS, STATUS_ACCESS_DENIED


def test_a_status_has_its_name_and_its_meaning() -> None:
    assert NTSTATUS[STATUS_ACCESS_DENIED].name == "STATUS_ACCESS_DENIED"
    assert all(status.means for status in NTSTATUS.values())


def test_no_name_is_used_twice() -> None:
    assert len({status.name for status in NTSTATUS.values()}) == len(NTSTATUS)
