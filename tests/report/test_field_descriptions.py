"""Every property of the report, the matrix, the trace and the recheck has a description in the JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from krbcheck.cli.schemas import schema
from krbcheck.report.audit_descriptions import AUDIT
from krbcheck.report.field_descriptions import DIFF, MATRIX, RECHECK, REPORT, TRACE, described
from tests.test_language import banned

TABLES: Mapping[str, Mapping[str, str]] = {
    "report": REPORT,
    "matrix": MATRIX,
    "trace": TRACE,
    "recheck": RECHECK,
    "diff": DIFF,
    "audit": AUDIT,
}


def properties(kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, made in schema(kind)["$defs"].items():
        for field, described_as in made.get("properties", {}).items():
            yield f"{name}.{field}", described_as


@pytest.mark.parametrize("kind", TABLES)
def test_every_property_has_a_description(kind: str) -> None:
    found = dict(properties(kind))
    assert len(found) > 20
    assert [name for name, made in found.items() if not made.get("description")] == []


@pytest.mark.parametrize("kind", TABLES)
def test_a_description_is_a_plain_sentence(kind: str) -> None:
    assert {name: bad for name, text in TABLES[kind].items() if (bad := banned(text))} == {}
    assert [name for name, text in TABLES[kind].items() if not text.endswith(".")] == []


def test_a_reference_keeps_its_type_beside_the_description() -> None:
    totals = dict(properties("report"))["Report.totals"]
    assert totals == {"description": REPORT["Report.totals"], "$ref": "#/$defs/Totals"}


def test_a_description_of_a_property_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        described({"$defs": {"Report": {"properties": {"site": {}}}}}, {"Report.sites": "The sites."})
