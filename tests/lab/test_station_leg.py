"""A station with addresses in the tenants' networks that plain routing does not choose: they are found by address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from krbcheck.facts.vantages import Vantages
from krbcheck.recording import encoding

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
STATED = re.compile(r"^ *vantage: .*\n", re.MULTILINE)
LEGS = {"alice": "10.77.11.9", "bob": "10.77.12.9"}
RULE = ("from", LEGS["alice"], "prohibit", "priority", "500")
"""Nothing can be sent from this address: the lab's own rule for it comes after this one."""
ONLY = ("--only", "dns.resolves,dns.port,isolation.network")


@contextmanager
def without_a_stated_address(site: str) -> Iterator[str]:
    text = Path(site).read_text()
    assert len(STATED.findall(text)) == len(LEGS)
    other = Path(site).with_name("no-vantage.yaml")
    other.write_text(STATED.sub("", text))
    try:
        yield str(other)
    finally:
        other.unlink()


@contextmanager
def unusable(lab: Lab) -> Iterator[None]:
    lab.execute("station", "ip", "rule", "add", *RULE)
    try:
        yield
    finally:
        lab.execute("station", "ip", "rule", "delete", *RULE)


def test_plain_routing_does_not_choose_the_legs(lab: Lab, healthy_site: str) -> None:
    """The lab is what these tests need: its main table has the station's own network alone."""
    for leg in LEGS.values():
        network = leg.rpartition(".")[0]
        route = lab.execute("station", "ip", "-4", "route", "get", f"{network}.30").stdout
        assert "src 10.77.0.9" in route


def test_each_leg_is_found_by_its_address(lab: Lab, healthy_site: str, tmp_path: Path) -> None:
    saved = tmp_path / "facts.json"
    with without_a_stated_address(healthy_site) as site:
        lab.run(site, *ONLY, "--save", str(saved)).assert_silent()
    vantages = encoding.decode(saved.read_bytes(), saved.name)[1][Vantages]
    assert isinstance(vantages, Vantages)
    assert {point.tenant: point.source for point in vantages.points} == LEGS


def test_a_leg_that_cannot_be_used_is_named_with_what_to_state(lab: Lab, healthy_site: str) -> None:
    with without_a_stated_address(healthy_site) as site, unusable(lab):
        ran = lab.run(site, *ONLY)
    assert ran.code == 3
    assert not ran.findings()
    of_alice = [entry for entry in ran.verdicts("unknown") if entry["tenant"] == "alice"]
    assert of_alice
    for words in ("has the address 10.77.11.9 in alice's network", "Permission denied", "vantage: {source: ADDRESS}"):
        assert all(words in entry["says"] for entry in of_alice), of_alice[0]["says"]
    assert not [entry for entry in ran.verdicts("unknown") if entry["tenant"] == "bob"], "Bob's leg works"
