"""Each fault leads to the findings that its file names and to no other; repaired, the lab is silent again.

The faults of `remedy_cases.py` are repaired by the remedy, run as the report prints it: the report is then clean.

The file names the codes. What is pinned for the fault's recorded scenario (fixtures/scenarios.py) adds the severity,
the tenant and the subject of each finding, and the exit status.

Since all else is forbidden, what one fault leaves behind fails the next: the silence itself is listened to after the
last one, and with --record after each.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures import scenarios
from fixtures.scenarios import alarms, exit_status, unlike
from tests.lab import remedies
from tests.lab.remedy_cases import CASES

if TYPE_CHECKING:
    from tests.lab.conftest import Fault, Lab, Ran, Recorder

pytestmark = pytest.mark.lab


def test_fault(lab: Lab, fault: Fault, healthy_site: str, recorder: Recorder) -> None:
    with lab.broken(fault.name) as site:
        stated = Path(site).read_text()
        ran = lab.run(site, *recorder.options)
        different = unlike(fault.leads_to, ran.codes())
        assert not different, f"{different}\n{ran.summary()}"
        if not recorder.records:
            assert_as_pinned(fault, ran)
            if fault.name in CASES:
                remedies.prove(lab, ran.report, site, CASES[fault.name])
    if recorder.records:  # nothing is written of a lab that is not in order
        lab.run(healthy_site).assert_silent()
        recorder.keep(fault.name, fault.about, stated, ran)
        assert_as_pinned(fault, ran)


def assert_as_pinned(fault: Fault, ran: Ran) -> None:
    """The recording of the fault has these alarms and this exit status."""
    pinned = scenarios.pinned_of(fault.name)
    assert sorted(alarms(ran.lines())) == sorted(alarms(pinned)), ran.summary()
    assert ran.code == exit_status(pinned), ran.summary()


@pytest.mark.each_lab
def test_repaired_the_lab_is_silent(lab: Lab, healthy_site: str) -> None:
    lab.run(healthy_site).assert_silent()
