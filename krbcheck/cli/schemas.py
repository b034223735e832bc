"""JSON Schemas, made from the types themselves: of the site file, a recording, the report, a trace, a matrix."""

from __future__ import annotations

from typing import Any

import msgspec

KINDS = ("site", "facts", "report", "trace", "matrix")


def schema(kind: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of one of KINDS."""
    match kind:
        case "site":
            from krbcheck.site.form import SiteForm

            made = msgspec.json.schema(SiteForm)
        case "report":
            from krbcheck.report.report import Report

            made = msgspec.json.schema(Report)
        case "trace":
            from krbcheck.report.trace import Trace

            made = msgspec.json.schema(Trace)
        case "matrix":
            from krbcheck.report.matrix import Matrix

            made = msgspec.json.schema(Matrix)
        case _:
            made = _recording()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"krbcheck {kind}"}
    return head | made


def _recording() -> dict[str, Any]:
    """A recording's families are kept raw in its type; here they are put in by name."""
    from krbcheck.recording.encoding import Recording, families

    known = families()
    (outer, *inner), parts = msgspec.json.schema_components((Recording, *known.values()), ref_template="#/$defs/{name}")
    parts["Recording"]["properties"]["families"] = {
        "type": "object",
        "properties": dict(zip(known, inner, strict=True)),
        "additionalProperties": {},
    }
    return {**outer, "$defs": parts}
