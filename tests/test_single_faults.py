"""A single fault is one cause in the report: one problem, or one reason for what is not determined.

python -m fixtures.scenarios --causes      prints the blocks of each scenario
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fixtures import scenarios
from fixtures.lab.catalogue import Fault, all_faults

NO_FAULT: Mapping[str, str] = {
    "controller-spn-missing": "a note: hosts get tickets from the other controllers until it has replicated",
    "ipv6-beside-ipv4": "an IPv6 address in the tenant's networks is as stated",
    "share-administrative-closed": "a note: no tenant can open the share",
    "smb-encrypted-as-stated": "the site file states what the storage requires",
    "smb-three-early": "SMB 3.0 is sufficient",
    "spn-by-host-alias": "a note: HOST/ covers cifs/",
    "vmstore-api-stated": "the site file states a VMstore that answers everything",
    "vmstore-large-body": "a large reply is read as a whole",
    "vmstore-role-to-foreign-group": "the role is granted by a group of another domain",
    "vmstore-role-to-nested-group": "the role is granted by a nested group",
    "vmstore-session-lost": "krbcheck logs in again",
}
"""The changes of the lab after which nothing is wrong and everything is determined, with the reason."""
SEVERAL: Mapping[str, tuple[int, str]] = {
    "appliance-without-interfaces": (
        3,
        "it serves neither RPC nor REST, and without remote VSS nothing shows the rights",
    ),
    "dpm-server-of-untrusted-domain": (3, "the server has neither a trust nor open ports, and its host no secret"),
    "policy-both-halves-absent": (2, "two policies are missing: that of the hosts and that of the controllers"),
    "preferred-controller-drops": (2, "that the storage waits for the same controller is not seen from outside"),
    "spn-wrong-account-and-rc4-only": (2, "two faults at once"),
    "veeam-account-without-role": (2, "the site file states no secret of the account either"),
    "trust-password-hides-duplicate": (2, "two faults at once"),
}
"""The faults of which the report shows several blocks: how many, and why they are no single cause."""


@pytest.mark.parametrize("fault", all_faults().values(), ids=lambda fault: fault.name)
def test_a_single_fault_is_one_cause(fault: Fault) -> None:
    report = scenarios.report_of(scenarios.facts_of(fault.name), scenarios.site_of(fault.name))
    number, _ = SEVERAL.get(fault.name, (0 if fault.name in NO_FAULT else 1, ""))
    blocks = scenarios.blocks_of(report)
    assert len(blocks) == number, f"{blocks}: declare what follows, or state in a table above why it is not one cause"


def test_the_tables_name_faults_of_the_lab_only_once() -> None:
    assert set(NO_FAULT) | set(SEVERAL) <= set(all_faults())
    assert not set(NO_FAULT) & set(SEVERAL)
    assert all(number > 1 and why for number, why in SEVERAL.values())


def test_the_healthy_lab_has_no_cause() -> None:
    report = scenarios.report_of(scenarios.facts_of(scenarios.HEALTHY), scenarios.site_of(scenarios.HEALTHY))
    assert scenarios.blocks_of(report) == []
