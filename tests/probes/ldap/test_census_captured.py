"""The SPNs of the lab's directory again: Samba's answers under a key of this run, whole and damaged on the way."""

from __future__ import annotations

from tests.support.captures import capture, replayed
from tests.support.ldap_faults import Serve, nothing_is_believed
from tests.support.ldap_replay import LdapReplay


def test_every_account_with_an_spn_is_counted(serve: Serve) -> None:
    """dSHeuristics is read from port 389 of the same server, where nobody listens here."""
    peer = LdapReplay("census")
    found = replayed("census", serve(peer))
    assert peer.unexpected == []
    before = capture("census").returned
    assert found["value"] == {**before["value"], "heuristics": found["value"]["heuristics"], "whole": False}
    assert (found["value"]["accounts"], found["value"]["spns"], found["value"]["cut"]) == (8, 42, 0)
    assert found["value"]["shared"] == []
    assert len(found["marks"]) == len(before["marks"])


def test_a_damaged_answer_ends_it_without_a_result(serve: Serve) -> None:
    nothing_is_believed(serve, "census", 2)
