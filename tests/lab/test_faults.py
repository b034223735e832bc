"""Each fault leads to the findings that its file names and to no other; repaired, the lab is silent again.

The faults of `remedy_cases.py` are repaired by the remedy, run as the report prints it: the report is then clean.

The file names the codes. What is pinned for the fault's recorded scenario (fixtures/scenarios.py) adds the severity,
the tenant and the subject of each finding, and the exit status.

Since all else is forbidden, what one fault leaves behind fails the next: the silence itself is listened to after the
last one, and with --record after each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures import scenarios
from fixtures.scenarios import alarms, exit_status
from tests.lab import remedies
from tests.lab.remedy_cases import CASES

if TYPE_CHECKING:
    from tests.lab.conftest import Fault, Lab, Recorder

pytestmark = pytest.mark.lab


def test_fault(lab: Lab, fault: Fault, healthy_site: str, recorder: Recorder) -> None:
    with lab.broken(fault.name) as site:
        ran = lab.run(site, *recorder.options)
        assert sorted(ran.codes()) == sorted(fault.leads_to), ran.summary()
        if recorder.records:
            recorder.keep(fault.name, fault.about, site, ran)
        pinned = scenarios.pinned_of(fault.name)
        assert sorted(alarms(ran.lines())) == sorted(alarms(pinned)), ran.summary()
        assert ran.code == exit_status(pinned), ran.summary()
        if fault.name in CASES and not recorder.records:
            remedies.prove(lab, ran.report, site, CASES[fault.name])
    if recorder.records:
        lab.run(healthy_site).assert_silent()


@pytest.mark.each_lab
def test_repaired_the_lab_is_silent(lab: Lab, healthy_site: str) -> None:
    lab.run(healthy_site).assert_silent()
