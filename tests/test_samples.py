"""The samples in docs/samples have the structure of what krbcheck writes today."""

from __future__ import annotations

import json

import pytest

from fixtures.samples import (
    SAMPLES,
    SCENARIOS,
    SUFFIXES,
    WITH_PACK,
    WITH_TRACE,
    different,
    samples,
    structure,
)
from krbcheck.report.forms import Kind, serving


def test_the_samples_have_the_structure_of_today() -> None:
    assert list(different()) == [], "python -m fixtures.samples --rewrite"


def test_every_format_has_a_sample_of_a_healthy_lab_and_of_three_faults() -> None:
    found: dict[str, set[str]] = {}
    for name, form, data in samples():
        assert structure(form, data), name
        found.setdefault(name.partition("/")[0], set()).add(form)
    assert len(SCENARIOS) == 4
    assert found == {scenario: set(serving(Kind.REPORT)) for scenario in SCENARIOS}


def test_a_trace_and_an_audit_pack_have_samples_with_and_without_a_fault() -> None:
    files = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.*")}
    for scenario in WITH_TRACE:
        assert {f"{scenario}/trace.{SUFFIXES[form]}" for form in serving(Kind.TRACE)} <= files
    outcomes = [json.loads((SAMPLES / scenario / "trace.json").read_bytes())["outcome"] for scenario in WITH_TRACE]
    assert outcomes == ["ticket", "no-ticket"]
    packs = [json.loads((SAMPLES / scenario / "audit" / "audit.json").read_bytes()) for scenario in WITH_PACK]
    assert [pack["outcomes"]["breach"] for pack in packs] == [0, 2]
    assert [pack["since"] is None for pack in packs] == [True, False]


@pytest.mark.parametrize("form", ["json", "csv", "junit", "prometheus", "html", "markdown", "terminal"])
def test_the_structure_of_a_fault_is_not_that_of_the_healthy_lab(form: str) -> None:
    """Otherwise the comparison finds nothing."""
    made = {name: data for name, made_form, data in samples() if made_form == form}
    healthy, fault = (
        next(data for name, data in made.items() if name.startswith(f"{scenario}/report"))
        for scenario in ("healthy", "spn-missing")
    )
    assert structure(form, healthy) != structure(form, fault)


def test_the_samples_are_small() -> None:
    sizes = [path.stat().st_size for path in SAMPLES.rglob("*.*") if path.is_file()]
    assert sum(sizes) < 1_000_000
    assert max(sizes) < 100_000
