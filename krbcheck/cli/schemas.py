"""JSON Schemas, made from the types themselves: of the site file, a recording, the report, a trace, a matrix."""

from __future__ import annotations

from typing import Any

import msgspec

from krbcheck.report.field_descriptions import MATRIX, REPORT, TRACE, described

KINDS = ("site", "facts", "report", "trace", "matrix")


def schema(kind: str) -> dict[str, Any]:
    """Returns the JSON Schema (2020-12) of one of KINDS; a property of report, trace and matrix has a description."""
    match kind:
        case "site":
            from krbcheck.site.form import SiteForm

            made = msgspec.json.schema(SiteForm)
        case "report":
            from krbcheck.report.report import Report

            made = described(msgspec.json.schema(Report), REPORT)
        case "trace":
            from krbcheck.report.trace import Trace

            made = described(msgspec.json.schema(Trace), TRACE)
        case "matrix":
            from krbcheck.report.matrix import Matrix

            made = described(msgspec.json.schema(Matrix), MATRIX)
        case _:
            made = _recording()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"krbcheck {kind}"}
    return head | made


def _recording() -> dict[str, Any]:
    """Returns the schema of a recording, whose type keeps the fact families as raw JSON: each is added by its name."""
    from krbcheck.recording.encoding import Recording, families

    known = families()
    (outer, *inner), parts = msgspec.json.schema_components((Recording, *known.values()), ref_template="#/$defs/{name}")
    parts["Recording"]["properties"]["families"] = {
        "type": "object",
        "properties": dict(zip(known, inner, strict=True)),
        "additionalProperties": {},
    }
    return {**outer, "$defs": parts}
