"""The crowd of the benchmark: each of its cells is as the site states it, and nothing of it stays in the lab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
MINUTES = 300


def traces(lab: Lab, site: Path) -> dict[str, list[str]]:
    """All that a crowd touches: accounts, the storage's service names, shares with their lists, folders, files."""
    names = ("ldbsearch", "-H", "/var/lib/samba/private/sam.ldb", "(objectClass=*)", "servicePrincipalName")
    asked = {
        "directory": ("tidc", *names),
        "configuration": ("vmstore", "cat", "/etc/samba/smb.conf"),
        "access lists": ("vmstore", "sharesec", "--view-all"),
        "folders": ("vmstore", "find", "/var/lib/samba/shares"),
    }
    reply = {what: sorted(lab.execute(*command).stdout.splitlines()) for what, command in asked.items()}
    assert all(reply.values()), reply
    return reply | {"site": sorted(str(entry) for entry in site.parent.rglob("*"))}


def test_a_crowd_is_as_stated_and_leaves_nothing_behind(lab: Lab, healthy_site: str) -> None:
    site = Path(healthy_site)
    before = traces(lab, site)
    try:
        lab.word("crowd", "4", "6", seconds=MINUTES)
        assert traces(lab, site) != before
        matrix = lab.krbcheck("station", "matrix", str(site.with_name("crowd.yaml")), "--format", "json")
    finally:
        lab.word("crowd", "0", "0", seconds=MINUTES)
    tried = [row for row in matrix.report["rows"] if row["kind"] == "kerberos"]
    assert sorted(len(row["cells"]) for row in tried) == [6, 6, 6, 6]
    observed = {(cell["owner"] == row["tenant"], cell["observed"]) for row in tried for cell in row["cells"]}
    assert observed == {(True, "full (0x001F01FF)"), (False, "STATUS_ACCESS_DENIED (0xC0000022)")}
    assert matrix.report["totals"]["as_expected"] == matrix.report["totals"]["cells"]
    assert traces(lab, site) == before
