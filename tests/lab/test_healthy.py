"""A healthy cloud is judged healthy: no error, no warning, nothing unknown, from wherever it is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from krbcheck.recording import encoding
from tests.support.unproved_answers import wrongly_marked

if TYPE_CHECKING:
    from tests.lab.conftest import Lab, Recorder

pytestmark = pytest.mark.lab
HOSTS = {"alice": "alice-hv01", "bob": "bob-hv01"}


def test_the_station_with_a_leg_in_each_vlan_finds_nothing(lab: Lab, healthy_site: str, recorder: Recorder) -> None:
    ran = lab.run(healthy_site, *recorder.options)
    ran.assert_silent()
    assert ran.report["vantages"] == ["alice", "bob"]
    about = "The lab with nothing broken, seen from a station with a leg in each VLAN."
    recorder.keep("healthy", about, Path(healthy_site).read_text(), ran)


def test_what_each_tenants_own_host_collected_is_judged_alike(lab: Lab, healthy_site: str, tmp_path: Path) -> None:
    saved = {tenant: str(tmp_path / f"{tenant}.json") for tenant in HOSTS}
    for tenant, host in HOSTS.items():
        collected = lab.krbcheck(host, "collect", healthy_site, "--vantage", tenant, "--save", saved[tenant])
        assert collected.code == 0, collected.stderr
        facts = encoding.decode(Path(saved[tenant]).read_bytes(), tenant)[1]
        assert list(wrongly_marked(facts)) == []
    judged = lab.krbcheck("station", "judge", healthy_site, *saved.values(), "--format", "json")
    judged.assert_silent()
    assert judged.report["vantages"] == ["alice", "bob"]
