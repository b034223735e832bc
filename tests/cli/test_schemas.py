"""The JSON Schemas of all files."""

from __future__ import annotations

import jsonschema
import pytest

from krbcheck.cli.schemas import KINDS, schema


@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_is_one(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))
