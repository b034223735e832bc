"""The whole directory: SPNs with several owners that are no data path's, and whether it would refuse them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.directory import SharedSpn, SpnCensus, SpnCensusAnswer, SpnCensuses
from krbcheck.model import Finding, Verdict

Codes = Callable[..., list[str]]
ENFORCED = "0" * 9 + "1" + "0" * 9 + "2"
SQL = SharedSpn("mssqlsvc/sql.tintri.com:1433", ("CN=SQLNEW", "CN=SQLOLD"))
PATH = SharedSpn("cifs/vmstore-alice.tintri.com", ("CN=OLDSTORE", "CN=VMSTORE"))


def counted(made: Any, *told: SpnCensus | None) -> SpnCensuses:
    return SpnCensuses(tuple(SpnCensusAnswer("tintri.com", "tidc", made.seen(one)) for one in told))


def census(*shared: SharedSpn, heuristics: str | None = "", cut: int = 0) -> SpnCensus:
    return SpnCensus(10, 30, shared, heuristics, cut)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(census(), ["fine"], id="one owner each"),
        pytest.param(census(SQL), ["duplicates-elsewhere"], id="two owners"),
        pytest.param(census(PATH), ["fine"], id="a data path's is spn.unique's"),
        pytest.param(census(heuristics=ENFORCED), ["fine"], id="too short to say"),
        pytest.param(census(heuristics=f"{ENFORCED}0"), ["fine"], id="enforced"),
        pytest.param(census(heuristics=f"{ENFORCED}1"), ["fine"], id="user names alone"),
        pytest.param(census(heuristics=f"{ENFORCED}2"), ["not-enforced"], id="SPNs not verified"),
        pytest.param(census(heuristics=f"{ENFORCED}3"), ["not-enforced"], id="neither verified"),
        pytest.param(census(heuristics=f"{ENFORCED}4"), ["not-enforced"], id="aliases not verified"),
        pytest.param(census(heuristics=f"{ENFORCED}x"), ["fine"], id="no digit"),
        pytest.param(census(SQL, heuristics=f"{ENFORCED}2"), ["not-enforced", "duplicates-elsewhere"], id="both"),
        pytest.param(census(heuristics=None), ["unknown"], id="dSHeuristics not told"),
        pytest.param(census(SQL, heuristics=None), ["duplicates-elsewhere", "unknown"], id="duplicates all the same"),
        pytest.param(census(cut=1), ["unknown"], id="an account with more SPNs than are told"),
        pytest.param(None, ["unknown"], id="silence"),
    ],
)
def test_the_census_is_judged(made: Any, codes: Codes, told: SpnCensus | None, expected: list[str]) -> None:
    assert codes("spn.directory", counted(made, told)) == expected


def test_a_directory_that_nobody_counted_is_unknown(codes: Codes) -> None:
    assert codes("spn.directory", SpnCensuses()) == ["unknown"]


@pytest.mark.parametrize("silent_first", [True, False])
def test_two_vantage_points_make_one_verdict(made: Any, codes: Codes, silent_first: bool) -> None:
    told = [None, census(SQL)] if silent_first else [census(SQL), census(SQL)]
    assert codes("spn.directory", counted(made, *told)) == ["duplicates-elsewhere"]


def test_the_first_few_are_named_and_all_are_counted(made: Any, verdicts: Callable[..., list[Verdict]]) -> None:
    shared = [SharedSpn(f"http/h{number}", ("CN=A", "CN=B")) for number in range(7)]
    (finding,) = verdicts("spn.directory", counted(made, census(*shared)))
    assert isinstance(finding, Finding)
    assert finding.values["count"] == "7"
    assert str(finding.values["found"]).endswith("http/h4 (CN=A and CN=B); and 2 more")
