"""A principal whose secret is not at hand is judged by groups, access lists and backup rights, and the cell says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
UNTRIED = "alice-hv02$@VMLEVEL.COM"
SECRET = ", secret: {keytab: alice-hv02.keytab}"


@contextmanager
def without_its_secret(site: str) -> Iterator[str]:
    text = Path(site).read_text()
    assert SECRET in text
    other = Path(site).with_name("untried.yaml")
    other.write_text(text.replace(SECRET, ""))
    try:
        yield str(other)
    finally:
        other.unlink()


def cells(lab: Lab, site: str) -> dict[str, Any]:
    """Of the untried principal at vmstore, by share."""
    with without_its_secret(site) as stated:
        matrix = lab.krbcheck("station", "matrix", stated, "--format", "json").report
    (row,) = (entry for entry in matrix["rows"] if entry["principal"] == UNTRIED and entry["storage"] == "vmstore")
    assert all(entry["observed"] == "" for entry in row["cells"])
    return {entry["share"]: entry for entry in row["cells"]}


def test_who_cannot_be_tried_is_judged_by_the_lists(lab: Lab, healthy_site: str) -> None:
    found = cells(lab, healthy_site)
    assert {share: entry["outcome"] for share, entry in found.items()} == {
        "AliceVMs": "as-expected",
        "BobVMs": "as-expected",
    }
    assert found["AliceVMs"]["why"] == "computed, not tested: full (0x001F01FF)"
    assert "VMLEVEL\\Alice Hosts" in found["AliceVMs"]["computed"]
    assert found["BobVMs"]["why"] == "computed, not tested: refused"


def test_what_reaches_another_tenants_share_through_a_nested_group_is_a_breach(lab: Lab) -> None:
    with lab.broken("access-foreign-nested-group") as site:
        found = cells(lab, site)
    assert found["BobVMs"]["outcome"] == "breach"
    assert "VMLEVEL\\Alice Hosts → VMLEVEL\\Migration" in found["BobVMs"]["computed"]


def test_what_a_backup_right_opens_is_a_breach_whatever_the_lists_say(lab: Lab) -> None:
    with lab.broken("backup-rights-to-hosts") as site:
        found = cells(lab, site)
    assert found["BobVMs"]["outcome"] == "breach"
    assert "granted by SeBackupPrivilege" in found["BobVMs"]["why"]
