"""The operating system that a computer account states, by several controllers."""

from __future__ import annotations

from datetime import UTC, datetime

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.views.host_systems import HostSystems

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOST = "hv01$@VMLEVEL.COM"
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "station")
NOBODY = Observed(Accounts(), "asked", AT, "station")


def stated(system: str, version: str = "") -> Observed[Accounts]:
    account = Account("CN=hv01", "hv01$", "S-1-5-21-1", system=system, system_version=version)
    return Observed(Accounts((account,)), "asked", AT, "station")


def systems(*answers: Observation[Accounts]) -> HostSystems:
    return HostSystems(Directories(accounts=tuple(AccountAnswer("vmlevel.com", "dc", HOST, seen) for seen in answers)))


def test_the_first_controller_that_contains_the_account_decides() -> None:
    found = systems(SILENCE, NOBODY, stated("Windows Server 2019 Standard", "10.0 (17763)")).of(HOST)
    assert (found.known, found.release, found.is_windows) == (True, "2019", True)
    assert found.why[0] == f"operatingSystem of {HOST}: Windows Server 2019 Standard 10.0 (17763)"


def test_an_absent_attribute_is_known_to_be_absent() -> None:
    found = systems(stated("")).of(HOST)
    assert (found.known, found.name, found.release, found.is_windows) == (True, "", "", False)


def test_without_an_answer_nothing_is_known() -> None:
    assert systems(SILENCE).of(HOST).why == (SILENCE,)
    assert systems(NOBODY).of(HOST).why == (f"no directory contains {HOST}", NOBODY)
    assert systems().of(HOST).why == (f"no directory was queried for {HOST}",)
    assert not any(found.known for found in (systems(SILENCE).of(HOST), systems(NOBODY).of(HOST), systems().of(HOST)))
