"""Whether the firmware of a VMstore is 4.4.2 or later, by its version, else by the version of its REST API."""

from __future__ import annotations

from dataclasses import dataclass

from krbcheck.facts.observation import Observed
from krbcheck.facts.reasons import Ground
from krbcheck.facts.vmstore import Appliance, RestApi, VmstoreAnswer, VmstoreAnswers
from krbcheck.views.view import View

NEEDED = (4, 4, 2)
NEWER_API, OLDER_API = 91, 71
"""v310.91 came with 4.5.0 and v310.71 with 4.4.0; v310.81 came with 4.4.1, and nothing public states that of 4.4.2."""


@dataclass(frozen=True)
class Firmware:
    """`at_least_4_4_2` is None if it is not determined; `summary` is the version, or why it is not determined."""

    at_least_4_4_2: bool | None
    summary: str
    why: tuple[Ground, ...] = ()


class VmstoreFirmwares(View):
    def __init__(self, answers: VmstoreAnswers) -> None:
        self._answers = answers

    def of(self, storage: str) -> Firmware:
        """Returns the first answer that determines it, else the first."""
        found = [_of(answer) for answer in self._answers.of(storage)]
        known = next((each for each in found if each.at_least_4_4_2 is not None), None)
        return known or next(iter(found), Firmware(None, f"the REST API of {storage} was not queried"))


def _of(answer: VmstoreAnswer) -> Firmware:
    appliance, api = answer.appliance, answer.api
    if isinstance(appliance, Observed) and isinstance(appliance.value, Appliance) and appliance.value.firmware:
        version = appliance.value.os_version.partition("-")[0]
        return Firmware(appliance.value.firmware >= NEEDED, version, (appliance,))
    grounds: tuple[Ground, ...] = (appliance, api)
    if isinstance(api, Observed) and isinstance(api.value, RestApi):
        stated = api.value.preferred_version
        minor = stated.partition(".")[2]
        number = int(minor) if minor.isascii() and minor.isdecimal() and len(minor) < 6 else None
        if stated.startswith("v310.") and number is not None and not OLDER_API < number < NEWER_API:
            return Firmware(number >= NEWER_API, f"with API {stated}", grounds)
        return Firmware(None, f"the firmware is not known, and API {stated} does not determine it", grounds)
    return Firmware(None, f"neither the firmware nor the API version of {answer.storage} could be read", grounds)
