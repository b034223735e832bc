"""policy.single-domain: a searched forest has one domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.judging.verdict import Unknown, Verdict
from krbcheck.site.stated import Site

Codes = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]


FOREST, EXTERNAL = 0x8, 0x4
DOMAINS = [
    pytest.param(("tintri.com",), EXTERNAL, "fine", id="one-domain"),
    pytest.param(("tintri.com", "lab.tintri.com"), EXTERNAL, "several-domains", id="two-across-an-external-trust"),
    pytest.param(("tintri.com", "lab.tintri.com"), FOREST, "fine", id="two-across-a-forest-trust"),
    pytest.param(("tintri.com",), None, "fine", id="one-domain-whatever-the-trust"),
    pytest.param(("tintri.com", "lab.tintri.com"), None, "unknown", id="two-and-the-trust-is-not-told"),
    pytest.param(None, EXTERNAL, "unknown", id="the-forest-is-silent"),
    pytest.param((), EXTERNAL, "unknown", id="it-names-no-domain"),
]


@pytest.mark.parametrize(("domains", "attributes", "expected"), DOMAINS)
def test_a_searched_forest_has_one_domain(
    made: Any, codes: Codes, domains: tuple[str, ...] | None, attributes: int | None, expected: str
) -> None:
    assert codes("policy.single-domain", made.forests(domains, attributes)) == [expected]


def test_a_forest_that_the_site_does_not_describe_is_unknown(
    made: Any, judged: Judged, site_with: Callable[..., Site]
) -> None:
    (said,) = judged("policy.single-domain", site_with(("other.com",)), made.forests(("tintri.com",), 0))
    assert isinstance(said, Unknown)
    assert said.says == "the directory of other.com was not read; add it to the site file under domains"


def test_without_a_search_order_there_is_nothing_to_judge(
    made: Any, judged: Judged, site_with: Callable[..., Site]
) -> None:
    assert judged("policy.single-domain", site_with(None), made.forests(("tintri.com",), 0)) == []
    assert judged("policy.single-domain", site_with(("vmlevel.com",)), made.forests(("tintri.com",), 0)) == []
