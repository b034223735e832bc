"""Every collector declares what it sends, and the declarations are those of the probes that its module calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import krbcheck
from krbcheck.collectors import COLLECTORS
from krbcheck.collectors.traffic import EVENTS, PORTS, TRAFFIC, Protocol

HELPERS = {
    "resolve": Protocol.DNS,
    "management_addresses": Protocol.DNS,
    "tgt_ask": Protocol.KERBEROS,
    "service_ask": Protocol.KERBEROS,
    "scouted": Protocol.KERBEROS,
    "DirectoryReader": Protocol.LDAP,
    "session_ask": Protocol.SMB,
    "readers": Protocol.REST,
    "knocked": Protocol.TCP,
}
"""What a collector imports from another to send queries."""
MODULES = {family: place.partition(":")[0] for family, place in COLLECTORS.items()}
PACKAGE = Path(krbcheck.__file__).parent


def source(module: str) -> str:
    return PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py").read_text()


def protocols(module: str) -> Iterator[Protocol]:
    """Those of the probes that a module imports, itself or with another collector's function."""
    for node in ast.walk(ast.parse(source(module))):
        if isinstance(node, ast.ImportFrom) and node.module:
            packages = node.module.split(".")
            if packages[:2] == ["krbcheck", "probes"]:
                yield Protocol(packages[2])
            elif packages[:2] == ["krbcheck", "collectors"]:
                yield from (HELPERS[entry.name] for entry in node.names if entry.name in HELPERS)


def declared(module: str) -> set[Protocol]:
    return {sent.protocol for family, of in MODULES.items() if of == module for sent in TRAFFIC[family]}


def test_every_family_declares_what_it_sends() -> None:
    assert set(TRAFFIC) == set(COLLECTORS)
    assert [family for family, sent in TRAFFIC.items() if not sent] == ["Controllers", "CredentialCaches"]


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_the_protocols_are_those_of_the_probes(module: str) -> None:
    assert declared(module) == set(protocols(module))


def test_what_alarms_is_declared_where_it_can_be_left_out() -> None:
    alarming = {MODULES[family] for family, sent in TRAFFIC.items() if any(entry.alarms for entry in sent)}
    marked = {
        module for module in MODULES.values() if "alarms=" in source(module) or "groups_left_out" in source(module)
    }
    assert alarming == marked
    assert len(alarming) == 5


def test_every_event_is_described_and_every_description_is_used() -> None:
    used = {event for sent in TRAFFIC.values() for entry in sent for event in entry.events}
    assert used == set(EVENTS)
    assert {4768, 4769, 4625, 4776, 5140, 1644} <= used
    assert {entry.protocol for sent in TRAFFIC.values() for entry in sent} == set(PORTS)


def test_who_proves_an_identity_leaves_the_event_of_it() -> None:
    for sent in TRAFFIC.values():
        for entry in sent:
            if entry.protocol is Protocol.KERBEROS:
                assert set(entry.events) & {4768, 4769}
            elif entry.protocol in (Protocol.LDAP, Protocol.RPC):
                assert {4624, 4634} <= set(entry.events)
