"""The whole directory: SPNs with several owners that are no data path's, and whether it would refuse them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from krbcheck.facts.directory import SharedSpn, SharedSpns, SpnCensus, SpnCensusAnswer, SpnCensuses, SpnsOfBoth
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Domain, Site

Codes = Callable[..., list[str]]
ENFORCED = "0" * 9 + "1" + "0" * 9 + "2"
SQL = SharedSpn("mssqlsvc/sql.tintri.com:1433", ("CN=SQLNEW", "CN=SQLOLD"))
PATH = SharedSpn("cifs/vmstore-alice.tintri.com", ("CN=OLDSTORE", "CN=VMSTORE"))


def counted(made: Any, *reply: SpnCensus | None) -> SpnCensuses:
    return SpnCensuses(tuple(SpnCensusAnswer("tintri.com", "tidc", made.seen(entry)) for entry in reply))


def census(*shared: SharedSpn, heuristics: str | None = "", cut: int = 0, whole: bool = True) -> SpnCensus:
    return SpnCensus(10, 30, shared, heuristics, cut, "tintri.com", whole)


@pytest.mark.parametrize(
    ("reply", "expected"),
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
        pytest.param(
            census(whole=False), ["unknown"], id="no global catalog: other domains of the forest are not seen"
        ),
        pytest.param(census(SQL, whole=False), ["duplicates-elsewhere", "unknown"], id="duplicates of one domain"),
        pytest.param(None, ["unknown"], id="silence"),
    ],
)
def test_the_census_is_judged(made: Any, codes: Codes, reply: SpnCensus | None, expected: list[str]) -> None:
    assert codes("spn.directory", counted(made, reply)) == expected


def test_a_directory_that_nobody_counted_is_unknown(codes: Codes) -> None:
    assert codes("spn.directory", SpnCensuses()) == ["unknown"]


@pytest.mark.parametrize("silent_first", [True, False])
def test_two_vantage_points_make_one_verdict(made: Any, codes: Codes, silent_first: bool) -> None:
    reply = [None, census(SQL)] if silent_first else [census(SQL), census(SQL)]
    assert codes("spn.directory", counted(made, *reply)) == ["duplicates-elsewhere"]


def test_the_first_few_are_named_and_all_are_counted(made: Any, verdicts: Callable[..., list[Verdict]]) -> None:
    shared = [SharedSpn(f"http/h{number}", ("CN=A", "CN=B")) for number in range(7)]
    (finding,) = verdicts("spn.directory", counted(made, census(*shared)))
    assert isinstance(finding, Finding)
    assert finding.values["count"] == "7"
    assert str(finding.values["found"]).endswith("http/h4 (CN=A and CN=B); and 2 more")


def two_domains(site: Site) -> Site:
    """The storage's, and another that the site has too."""
    return replace(site, domains=(Domain("tintri.com"), Domain("emea.tintri.com")))


def of(made: Any, domain: str, entry: SpnCensus) -> SpnCensusAnswer:
    return SpnCensusAnswer(domain, f"dc.{domain}", made.seen(entry))


WHOLE = SpnCensus(10, 30, (SQL,), "", 0, "tintri.com", whole=True)


@pytest.mark.parametrize(
    ("root", "child", "expected"),
    [
        pytest.param(WHOLE, WHOLE, ["tintri.com"], id="one-forest"),
        pytest.param(WHOLE, replace(WHOLE, forest="emea.tintri.com"), ["tintri.com", "emea.tintri.com"], id="two"),
        pytest.param(WHOLE, replace(WHOLE, whole=False), ["tintri.com"], id="the-whole-holds-the-part"),
        pytest.param(replace(WHOLE, whole=False), WHOLE, ["emea.tintri.com"], id="the-second-is-whole"),
        pytest.param(
            replace(WHOLE, whole=False),
            replace(WHOLE, whole=False),
            ["tintri.com", "emea.tintri.com"],
            id="each-its-own-part",
        ),
    ],
)
def test_a_forest_is_told_of_once(
    made: Any, judged: Any, cloud: Site, root: SpnCensus, child: SpnCensus, expected: list[str]
) -> None:
    reply = SpnCensuses((of(made, "tintri.com", root), of(made, "emea.tintri.com", child)))
    subjects = [entry.subject for entry in judged("spn.directory", reply, of=two_domains(cloud))]
    assert list(dict.fromkeys(subject for subject in subjects if " and " not in subject)) == expected


BOTH = SharedSpn("http/web.corp.com", ("CN=A,DC=tintri,DC=com", "CN=B,DC=fabric,DC=com"))


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        pytest.param([()], "Fine", id="none"),
        pytest.param([(BOTH,)], "Finding", id="one"),
        pytest.param([(PATH,)], "Fine", id="a-data-paths-is-spn-uniques"),
        pytest.param([None], "Unknown", id="silence"),
        pytest.param([None, (BOTH,)], "Finding", id="silence-and-an-answer"),
        pytest.param([(BOTH,), None], "Finding", id="an-answer-and-silence"),
    ],
)
def test_the_forests_are_held_against_each_other(
    made: Any, verdicts: Any, shared: list[tuple[SharedSpn, ...] | None], expected: str
) -> None:
    seen = [made.seen(None if entry is None else SharedSpns(entry)) for entry in shared]
    both = tuple(SpnsOfBoth("tintri.com", "fabric.com", entry) for entry in seen)
    (_, entry) = verdicts("spn.directory", SpnCensuses(counted(made, census()).answers, both))
    assert (type(entry).__name__, entry.subject) == (expected, "tintri.com and fabric.com")
    if isinstance(entry, Finding):
        assert entry.code == "spn.directory/duplicates-elsewhere"
        assert entry.values["count"] == "1"
        assert entry.remedy[0].command == "setspn -T tintri.com -T fabric.com -F -X"


def test_forests_that_were_not_compared_are_not_determined(made: Any, judged: Any, cloud: Site) -> None:
    child = replace(WHOLE, forest="emea.tintri.com")
    reply = SpnCensuses((of(made, "tintri.com", WHOLE), of(made, "emea.tintri.com", child)))
    unknown = [
        entry.subject for entry in judged("spn.directory", reply, of=two_domains(cloud)) if isinstance(entry, Unknown)
    ]
    assert unknown == ["tintri.com and emea.tintri.com"]
