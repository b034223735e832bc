"""Which checks a run from a symptom runs: all only if the first find nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.scenarios import facts_of, site_of
from krbcheck.asking.this_host import SourceAddress, ThisHost
from krbcheck.cli import asking_here
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.symptom_run import SymptomRun
from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Facts
from krbcheck.facts.vantages import Vantages
from krbcheck.judging.registry import load

SITE = site_of("healthy")
CHECKS = load()
PATH = r"\\vmstore-alice.tintri.com\AliceVMs"


def started(symptom: str = "5", host: str = "alice-hv01", path: str = PATH) -> SymptomRun:
    return SymptomRun(SITE, CHECKS, None, None, symptom, host, path)


def test_a_problem_of_the_first_checks_is_enough() -> None:
    run = started()
    before = list(run.checks)
    assert run.further(facts_of("spn-duplicate")) == []
    assert run.checks == before
    assert not run.question.further


def test_without_a_problem_all_other_checks_follow() -> None:
    run = started()
    assert run.further(facts_of("healthy"))
    assert {check.id for check in run.checks} == set(CHECKS)
    assert run.question.further


def test_where_no_access_is_stated_nothing_else_is_searched() -> None:
    run = started(host="bob-hv01")
    assert run.further(facts_of("healthy")) == []


def test_named_checks_are_the_only_ones() -> None:
    run = SymptomRun(SITE, CHECKS, ["dns"], None, "", "alice-hv01", PATH)
    assert {check.id.partition(".")[0] for check in run.checks} == {"dns"}
    assert run.further(facts_of("healthy")) == []


def test_options_that_contradict_are_a_mistake() -> None:
    with pytest.raises(Mistake, match="omit --only"):
        SymptomRun(SITE, CHECKS, ["dns"], None, "5", "", "")
    with pytest.raises(Mistake, match="omit --tenant"):
        SymptomRun(SITE, CHECKS, None, ["alice"], "5", "", "")


@pytest.mark.parametrize("further", [True, False])
def test_the_secrets_are_read_if_further_checks_may_follow(monkeypatch: pytest.MonkeyPatch, *, further: bool) -> None:
    """The first checks of a symptom may need no secret, such as those of error 53; the others do."""
    opened: list[Path] = []

    def open_wallet(site: object, tenants: object, site_file: Path, *, retry: bool) -> Wallet:
        opened.append(site_file)
        return Wallet()

    monkeypatch.setattr(asking_here, "open_wallet", open_wallet)
    more: Callable[[object], list[type[Facts]]] | None = (lambda _: []) if further else None
    host = ThisHost("station", {tenant.name: SourceAddress(tenant.name, "") for tenant in SITE.tenants})
    asking_here.collect_here(SITE, Path("site.yaml"), host, [Vantages], {}, quiet=True, further=more)
    assert opened == ([Path("site.yaml")] if further else [])
