"""krbcheck schema: the JSON Schema of each file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.cli.schemas import schema
from krbcheck.site.form import SiteForm


@pytest.mark.parametrize("kind", ["site", "facts", "report", "trace", "matrix", "recheck"])
def test_schema_prints_json(krbcheck: Callable[..., Any], kind: str) -> None:
    said = json.loads(krbcheck("schema", kind).out)
    assert said == json.loads(json.dumps(schema(kind)))
    assert said["$schema"].endswith("2020-12/schema")
    assert SiteForm.__name__ in json.dumps(said) or kind != "site"
