"""Releases of Windows Server by the name and the version of a computer account."""

from __future__ import annotations

import pytest

from krbcheck.windows.server_versions import is_windows, server_release


@pytest.mark.parametrize(
    ("system", "version", "release"),
    [
        ("Windows Server 2012 R2 Datacenter", "6.3 (9600)", "2012 R2"),
        ("Windows Server 2012 Standard", "6.2 (9200)", "2012"),
        ("Windows Server® 2008 R2 Enterprise", "6.1 (7601)", "2008 R2"),
        ("Hyper-V Server 2019", "10.0 (17763)", "2019"),
        ("Windows Server Datacenter", "10.0 (20348)", "2022"),
        ("Windows Server Datacenter", "6.3 (9600)", "2012 R2"),
        ("Windows Server Datacenter", "10.0", ""),
        ("Windows Server Datacenter", "", ""),
        ("Windows Server 20250", "10.0 (1)", ""),
        ("Windows 10 Pro", "10.0 (17763)", ""),
        ("Samba", "4.17.12-Debian", ""),
        ("", "10.0 (26100)", ""),
    ],
)
def test_the_release(system: str, version: str, release: str) -> None:
    assert server_release(system, version) == release


def test_what_runs_windows() -> None:
    assert [is_windows(name) for name in ("Windows 11", "Hyper-V Server 2016", "Samba", "")] == [
        True,
        True,
        False,
        False,
    ]
