"""The firmware of a VMstore against 4.4.2, by its version or by that of its API."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from krbcheck.facts.observation import Observed
from krbcheck.facts.vmstore import Appliance, RestApi, RestRefusal, VmstoreAnswers
from krbcheck.views.vmstore_firmware import VmstoreFirmwares
from tests.support.vmstore_answers import vmstore_answer

AT = datetime(2026, 7, 3, tzinfo=UTC)


def firmwares(appliance: object = None, api: object = None) -> VmstoreFirmwares:
    seen = {
        name: Observed(value, name, AT, "station")
        for name, value in (("appliance", appliance), ("api", api))
        if value is not None
    }
    return VmstoreFirmwares(VmstoreAnswers(storages=(vmstore_answer("vmstore", **seen),)))


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("4.4.2.0-1", True),
        ("4.4.1.9-11342.55846.24813", False),
        ("4.4.2", True),
        ("4.10.1", True),
        ("5.2.0.1-11342.55846.24813", True),
        ("4.4", False),
        ("3.9", False),
    ],
)
def test_the_version_is_compared_by_numbers(version: str, enough: bool) -> None:
    found = firmwares(Appliance("T800", version)).of("vmstore")
    assert (found.at_least_4_4_2, found.summary) == (enough, version.partition("-")[0])


@pytest.mark.parametrize(
    ("api", "enough"),
    [
        ("v310.91", True),
        ("v310.101", True),
        ("v310.81", None),
        ("v310.71", False),
        ("v310.9", False),
        ("v310.x", None),
        ("v400.1", None),
        ("", None),
    ],
)
def test_without_the_version_that_of_the_api_may_be_sufficient(api: str, enough: bool | None) -> None:
    """v310.81 is firmware 4.4.1, v310.91 is 4.5.0: nothing states the API of 4.4.2."""
    refused = RestRefusal(403, "ERR-API-0124", "denied")
    for appliance in (None, refused, Appliance("T800", "unknown")):
        assert firmwares(appliance, RestApi("Tintri VMstore", api)).of("vmstore").at_least_4_4_2 is enough


def test_without_an_answer_nothing_is_determined() -> None:
    assert firmwares().of("vmstore").at_least_4_4_2 is None
    assert VmstoreFirmwares(VmstoreAnswers()).of("vmstore").summary == "the REST API of vmstore was not queried"
