"""--quiet-network: what it leaves out reaches no server, and is not determined; everything else is as without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from fixtures import scenarios
from krbcheck.asking.omissions import BY_QUIET_NETWORK

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
KDCS = ("vmdc1", "vmdc2", "tidc", "fadc")


@contextmanager
def audited(lab: Lab) -> Iterator[None]:
    """Every KDC writes each request with a client into its log, those for unknown users too."""
    for kdc in KDCS:
        lab.execute(kdc, "smbcontrol", "all", "debug", "auth_audit:5")
    try:
        yield
    finally:
        for kdc in KDCS:
            lab.execute(kdc, "smbcontrol", "all", "debug", "auth_audit:0")


def unknown_users(lab: Lab) -> int:
    """The AS requests of users that do not exist, in the logs of all KDCs."""
    logs = [lab.execute(kdc, "sh", "-c", "cat /var/log/samba/log.samba").stdout for kdc in KDCS]
    return sum(line.count("NT_STATUS_NO_SUCH_USER") for log in logs for line in log.splitlines() if "Auth:" in line)


def test_what_is_left_out_is_not_determined_and_nothing_else(lab: Lab, healthy_site: str) -> None:
    with audited(lab):
        before = unknown_users(lab)
        lab.run(healthy_site, "--only", "time.skew")
        usual = unknown_users(lab)
        ran = lab.run(healthy_site, "--quiet-network")
        quiet = unknown_users(lab)
    assert (usual - before, quiet - usual) == (len(KDCS), 0)
    assert (ran.findings(), ran.code) == ([], 3), ran.summary()
    undetermined = ran.verdicts("unknown")
    assert undetermined
    assert [entry["says"] for entry in undetermined if BY_QUIET_NETWORK not in entry["says"]] == []
    assert ran.lines() == sorted(scenarios.pinned_of("handmade-quiet-network"))
