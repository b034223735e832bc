"""Where a service name is on another account, the report shows whose key the tickets get, and what the storage says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
SPN = "cifs/vmstore-alice.tintri.com"
HOST = "alice-hv01$@VMLEVEL.COM"


def test_the_report_and_the_trace_show_the_key_of_a_ticket(lab: Lab) -> None:
    with lab.broken("spn-on-service-account") as site:
        report = lab.run(site, "--only", "spn.owner,smb.session")
        trace = lab.krbcheck("station", "trace", HOST, SPN, "--site", site, "--format", "json")
    (owner,) = (finding for finding in report.findings() if finding["code"] == "spn.owner/wrong-account")
    assert "OLDSTORE$@TINTRI.COM: key version 6" in owner["values"]["key_versions"]
    assert any(entry.startswith("VMSTORE$@TINTRI.COM (") for entry in owner["values"]["key_versions"])
    (ticket,) = owner["values"]["tickets"]
    assert ticket == "ticket from tidc.tintri.com: AES256, key version 6: key of OLDSTORE$@TINTRI.COM"
    assert all("STATUS_LOGON_FAILURE" in entry for entry in owner["values"]["storage_answers"])
    rejected = [finding for finding in report.findings() if finding["code"] == "smb.session/rejected"]
    assert rejected
    assert all("key version 6 of OLDSTORE$@TINTRI.COM" in entry["says"] for entry in rejected)
    assert all(entry["remedy"][0]["command"] == f"samba-tool spn delete '{SPN}' 'OLDSTORE$'" for entry in rejected)
    keys = trace.report["keys"]
    assert [entry["owners"] for entry in keys["tickets"]] == [["OLDSTORE$@TINTRI.COM"]]
    assert [entry["accepted"] for entry in keys["answers"]] == [False]
