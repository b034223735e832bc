"""backup.path: the backup product is given names, not addresses."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import DataPath, Site
from tests.support.remedies import text

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS = "10.77.11.30"


def test_a_data_path_by_address(lines: Lines, judged: Judged, site: Site) -> None:
    alice, bob = site.tenants
    by_address = msgspec.structs.replace(alice, data_paths=(DataPath(HERS, "vmstore"), *alice.data_paths))
    other = msgspec.structs.replace(site, tenants=(by_address, bob))
    assert lines("backup.path", of=other) == [
        f"backup.path/by-address alice {HERS}",
        f"fine alice {ALICE}",
        f"fine bob {BOB}",
    ]
    found = judged("backup.path", of=other)[0]
    assert isinstance(found, Finding)
    assert found.values["expected"] == f"a name, such as {ALICE}"
    assert "setspn -S cifs/vmstore-alice.tintri.com 'VMSTORE$'" in text(found)
