"""Both sides of a trust must say the same of its kind; what belongs to one side alone does not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.directory import DomainIdentity, IdentityAnswer
from krbcheck.judging.verdict import Finding, Verdict

Codes = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("hosts", "storage", "expected"),
    [
        pytest.param({}, {}, "fine", id="the same"),
        pytest.param({}, {"attributes": 0x4 | 0x10}, "fine", id="quarantine and selective are one side's own"),
        pytest.param({"attributes": 8}, {}, "sides-differ", id="forest and external"),
        pytest.param({}, {"attributes": 1}, "sides-differ", id="one not transitive"),
        pytest.param({}, {"kind": 1}, "sides-differ", id="one downlevel"),
        pytest.param({"attributes": 8}, {"attributes": 8}, "fine", id="both forest"),
    ],
)
def test_the_kinds_are_compared(
    made: Any, codes: Codes, hosts: dict[str, int], storage: dict[str, int], expected: str
) -> None:
    facts = made.sides(made.trust("tintri.com", **hosts), made.trust("vmlevel.com", **storage))
    assert codes("trust.agrees", facts) == [expected]


@pytest.mark.parametrize("storage", ["", None], ids=["no object", "directory not read"])
def test_with_one_side_alone_nothing_is_known(made: Any, codes: Codes, storage: str | None) -> None:
    assert codes("trust.agrees", made.sides(made.trust("tintri.com"), storage)) == ["unknown"]


def test_domains_of_one_forest_need_no_objects(made: Any, codes: Codes) -> None:
    facts = made.sides(None, None)
    identities = tuple(
        IdentityAnswer(domain, "dc", made.seen(DomainIdentity("X", "S-1-5-21-1", "root.com")))
        for domain in ("vmlevel.com", "tintri.com")
    )
    assert codes("trust.agrees", type(facts)(identities=identities)) == ["fine"]


def test_what_differs_is_told(made: Any, verdicts: Callable[..., list[Verdict]]) -> None:
    facts = made.sides(made.trust("tintri.com", attributes=8), made.trust("vmlevel.com", attributes=1))
    (finding,) = verdicts("trust.agrees", facts)
    assert isinstance(finding, Finding)
    assert finding.values["found"] == (
        "uplevel, forest at vmlevel.com; uplevel, external, not transitive at tintri.com"
    )
