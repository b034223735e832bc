"""What a collection does not send, and the reason that stands for the answer."""

from __future__ import annotations

import pytest

from krbcheck.asking.ask import Ask, NotAsked, Server, call
from krbcheck.asking.omissions import NONE_LEFT_OUT, Omissions
from krbcheck.facts.observation import Gap
from krbcheck.site.exclusions import Exclusions

DECOY = Omissions(excluded=Exclusions(hosts=("decoy.vmlevel.com", "10.77.0.99", "fd00::99")))


def ask(address: str = "10.77.0.10", name: str = "", *, alarms: bool = False) -> Ask[str]:
    return Ask(call(str), "a query", Server(address, 389, "ldap", name), "alice", alarms=alarms)


def test_without_omissions_every_query_is_sent() -> None:
    sent = ask(alarms=True)
    assert NONE_LEFT_OUT.applied(sent) is sent


def test_quiet_network_leaves_out_what_alarms_alone() -> None:
    quiet, harmless = Omissions(quiet_network=True), ask()
    assert quiet.applied(harmless) is harmless
    left_out = NotAsked(Gap.LEFT_OUT, "left out by --quiet-network", "a query", "alice")
    assert quiet.applied(ask(alarms=True)) == left_out
    assert (quiet.groups_left_out, NONE_LEFT_OUT.groups_left_out) == ("left out by --quiet-network", "")


@pytest.mark.parametrize(
    ("address", "name"),
    [("10.77.0.10", "Decoy.VMLEVEL.com."), ("10.77.0.99", ""), ("10.77.0.99", "vmdc1.vmlevel.com"), ("fd00::99", "")],
)
def test_nothing_is_sent_to_an_excluded_host(address: str, name: str) -> None:
    left_out = DECOY.applied(ask(address, name))
    assert isinstance(left_out, NotAsked)
    assert (left_out.gap, left_out.detail) == (Gap.LEFT_OUT, "left out by exclude in the site file")


def test_other_hosts_and_queries_without_a_server_are_sent() -> None:
    for sent in (ask("10.77.0.9", "decoy2.vmlevel.com"), ask(""), NotAsked(Gap.NEEDS_OTHER, "no ticket", "a query")):
        assert DECOY.applied(sent) is sent
