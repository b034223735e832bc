"""JSON Schemas, made from the types themselves: of the site file, the waivers, recordings, and what commands write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from krbcheck.report.field_descriptions import DIFF, MATRIX, RECHECK, REPORT, TRACE, described

KINDS = ("site", "waivers", "facts", "report", "trace", "matrix", "recheck", "diff", "audit")


def schema(kind: str) -> dict[str, Any]:
    """Returns the JSON Schema (2020-12) of one of KINDS. Every property has a description."""
    match kind:
        case "site":
            from krbcheck.site.field_descriptions import SITE
            from krbcheck.site.form import SiteForm

            made = described(msgspec.json.schema(SiteForm), SITE)
        case "waivers":
            from krbcheck.site.waivers import WAIVERS, WaiversForm

            made = described(msgspec.json.schema(WaiversForm), WAIVERS)
        case "report":
            from krbcheck.report.report import Report

            made = described(msgspec.json.schema(Report), REPORT)
        case "trace":
            from krbcheck.report.trace import Trace

            made = described(msgspec.json.schema(Trace), TRACE)
        case "matrix":
            from krbcheck.report.matrix import Matrix

            made = described(msgspec.json.schema(Matrix), MATRIX)
        case "recheck":
            from krbcheck.report.recheck import Recheck

            made = described(msgspec.json.schema(Recheck), RECHECK)
        case "diff":
            from krbcheck.report.difference import Difference

            made = described(msgspec.json.schema(Difference), DIFF)
        case "audit":
            from krbcheck.report.audit import Audit
            from krbcheck.report.audit_descriptions import AUDIT

            made = described(msgspec.json.schema(Audit), AUDIT)
        case _:
            made = _recording()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"krbcheck {kind}"}
    return head | made


def _recording() -> dict[str, Any]:
    """Returns the schema of a recording, whose type keeps the fact families as raw JSON: each is added by its name."""
    from krbcheck.recording.encoding import Recording, families
    from krbcheck.recording.field_descriptions import description

    known = families()
    (outer, *inner), parts = msgspec.json.schema_components((Recording, *known.values()), ref_template="#/$defs/{name}")
    texts = {
        f"{kind}.{name}": description(kind, name) for kind, part in parts.items() for name in part.get("properties", {})
    }
    return described({**outer, "$defs": _with_families(parts, known, inner)}, texts)


def _with_families(
    parts: Mapping[str, Any], known: Iterable[str], references: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Returns the types of a recording, with a reference to each fact family; it may have families of a later
    version.
    """
    recording = {**parts["Recording"]["properties"]}
    recording["families"] = {
        "type": "object",
        "properties": {
            name: {"description": f"The facts of the family {name}.", **reference}
            for name, reference in zip(known, references, strict=True)
        },
        "additionalProperties": {},
    }
    return {**parts, "Recording": {**parts["Recording"], "properties": recording}}
