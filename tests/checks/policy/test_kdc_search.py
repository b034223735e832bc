"""policy.kdc-search: the search order that reaches the KDCs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from krbcheck.judging.verdict import Finding, Fine, Unknown, Verdict
from krbcheck.site.stated import Site
from tests.support.policy import HOSTS

DC1, DC2 = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
Codes = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]


def test_a_controller_in_another_ou_has_its_own_policy(made: Any, judged: Judged, site: Site) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.healthy}, {DC2: HOSTS})
    said = judged("policy.kdc-search", site, facts)
    assert [(type(entry), entry.subject) for entry in said] == [(Fine, DC1), (Finding, DC2)]


def test_a_controllers_policy_may_be_for_enterprise_controllers(made: Any, codes: Codes) -> None:
    reply = made.healthy.changed(2, dacl=(type(made.healthy.gpos[1].dacl[0])(True, 0xF01FF, "S-1-5-9"),))
    assert codes("policy.kdc-search", made.policies({DC1: reply})) == ["fine"]


def test_a_domain_of_which_no_controller_was_read_is_not_determined(made: Any, judged: Judged, site: Site) -> None:
    verdicts = judged("policy.kdc-search", site, made.policies({}))
    assert [(type(verdict), verdict.subject) for verdict in verdicts] == [(Unknown, "vmlevel.com")]
