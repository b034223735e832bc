"""isolation.vlan: the data addresses of a VMstore and their VLANs, against the data paths of the site file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.observation import Observed
from krbcheck.facts.vmstore import ApplianceAddress, ApplianceAddresses, RestRefusal, VmstoreAnswers
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import DataPath, Site, VmstoreApi
from tests.support.vmstore_answers import AT, NOT_READ, vmstore_answer

Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
ALICE, BOB = "10.77.11.30", "10.77.12.30"
PATHS = "vmstore-alice.tintri.com", "vmstore-bob.tintri.com"
FINE = [f"fine alice {PATHS[0]}", f"fine bob {PATHS[1]}"]


def stating(site: Site) -> Site:
    storage = replace(site.storages[0], vmstore_api=VmstoreApi("https://vmstore.tintri.com", "krbcheck"))
    return replace(site, storages=(storage,))


def answers(value: Any) -> VmstoreAnswers:
    seen = value if value is NOT_READ else Observed(value, "addresses", AT, "station")
    return VmstoreAnswers(storages=(vmstore_answer("vmstore", addresses=seen),))


def data(*entries: tuple[str, int | None], service: str = "data") -> ApplianceAddresses:
    return ApplianceAddresses(tuple(ApplianceAddress(service, address, 24, vlan) for address, vlan in entries))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(data((ALICE, 11), (BOB, 12)), FINE, id="one-each"),
        pytest.param(
            data((ALICE, None), (BOB, None)), [f"unknown alice {PATHS[0]}", f"unknown bob {PATHS[1]}"], id="not-stated"
        ),
        pytest.param(
            data((ALICE, 11), (BOB, None)),
            [f"unknown alice {PATHS[0]}", f"unknown bob {PATHS[1]}"],
            id="one-not-stated",
        ),
        pytest.param(replace(data((ALICE, 11)), whole=False), [FINE[0], f"unknown bob {PATHS[1]}"], id="list-cut"),
        pytest.param(data((ALICE, 0), (BOB, 12)), FINE, id="one-untagged"),
        pytest.param(data((ALICE, 11), (BOB, 11)), [*FINE, "isolation.vlan/shared - VLAN 11 of vmstore"], id="shared"),
        pytest.param(
            data((ALICE, 0), (BOB, 0)), [*FINE, "isolation.vlan/shared - VLAN untagged of vmstore"], id="untagged"
        ),
        pytest.param(
            data((ALICE, 11)), [FINE[0], f"isolation.vlan/not-a-data-address bob {PATHS[1]}"], id="not-listed"
        ),
        pytest.param(
            data((ALICE, 0), (BOB, 0), service="admin"),
            [
                f"isolation.vlan/not-a-data-address {name} {path}"
                for name, path in zip(("alice", "bob"), PATHS, strict=True)
            ],
            id="management",
        ),
        pytest.param(RestRefusal(403), ["unknown - vmstore"], id="denied"),
        pytest.param(NOT_READ, ["unknown - vmstore"], id="silent"),
    ],
)
def test_the_addresses(lines: Lines, site: Site, known: Any, expected: list[str]) -> None:
    assert lines("isolation.vlan", answers(known), of=stating(site)) == expected


def test_the_tenants_and_their_addresses_are_named(judged: Judged, site: Site) -> None:
    *_, found = judged("isolation.vlan", answers(data((ALICE, 11), (BOB, 11))), of=stating(site))
    assert isinstance(found, Finding)
    assert found.values["tenants"] == ("alice", "bob")
    assert found.values["found"] == f"{ALICE} of alice, {BOB} of bob in VLAN 11"


def of_alice(site: Site, address: str) -> Site:
    alice, bob = stating(site).tenants
    path = DataPath(PATHS[0], "vmstore", address)
    return replace(stating(site), tenants=(replace(alice, data_paths=(path,)), bob))


def test_an_ipv6_address_may_be_left_out(lines: Lines, site: Site) -> None:
    known = answers(data((BOB, 12)))
    assert lines("isolation.vlan", known, of=of_alice(site, "fd00::30")) == [f"unknown alice {PATHS[0]}", FINE[1]]
    same = answers(data(("FD00:0::30", 11), (BOB, 12)))
    assert lines("isolation.vlan", same, of=of_alice(site, "fd00::30")) == FINE


def test_a_data_path_without_an_address_is_not_compared(lines: Lines, site: Site) -> None:
    assert lines("isolation.vlan", answers(data((BOB, 12))), of=of_alice(site, "")) == [FINE[1]]


def test_a_storage_that_was_not_queried(lines: Lines, site: Site) -> None:
    assert lines("isolation.vlan", VmstoreAnswers(), of=stating(site)) == ["unknown - vmstore"]


def test_without_a_rest_api_it_is_not_applicable(lines: Lines, site: Site) -> None:
    assert lines("isolation.vlan", answers(data((ALICE, 11), (BOB, 11))), of=site) == []
