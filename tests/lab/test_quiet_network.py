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
SERVERS = ("vmdc1", "vmdc2", "tidc", "fadc", "vmstore", "fabstore")
USUAL, TALKATIVE = "0", "0 auth_audit:5 auth_json_audit:5 rpc_srv:5"
NOBODY, MADE_UP = "krbcheck-clock-probe", "krbcheck-no-such-user"


@contextmanager
def audited(lab: Lab) -> Iterator[None]:
    """Every server writes each authentication, anonymous ones too, into its log."""
    for server in SERVERS:
        lab.execute(server, "smbcontrol", "all", "debug", TALKATIVE)
    try:
        yield
    finally:
        for server in SERVERS:
            lab.execute(server, "smbcontrol", "all", "debug", USUAL)


def logged(lab: Lab) -> str:
    """The logs of all servers."""
    return "".join(lab.execute(server, "sh", "-c", "cat /var/log/samba/log.*").stdout for server in SERVERS)


def test_what_is_left_out_is_not_determined_and_nothing_else(lab: Lab, healthy_site: str) -> None:
    ran = lab.run(healthy_site, "--quiet-network")
    assert (ran.findings(), ran.code) == ([], 3), ran.summary()
    undetermined = ran.verdicts("unknown")
    assert undetermined
    assert [entry for entry in undetermined if BY_QUIET_NETWORK not in entry["says"]] == []
    assert ran.lines() == scenarios.pinned_of("handmade-quiet-network")
