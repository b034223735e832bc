"""Every property of a recording has a description in the JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from krbcheck.cli.schemas import schema
from krbcheck.recording.field_descriptions import BY_NAME, OF_TYPES, description
from tests.test_language import banned

TYPES: Mapping[str, Any] = schema("facts")["$defs"]
PROPERTIES = [(kind, name) for kind, made in TYPES.items() for name in made.get("properties", {})]


@pytest.mark.parametrize("family", TYPES["Recording"]["properties"]["families"]["properties"])
def test_a_fact_family_has_a_description(family: str) -> None:
    made = TYPES["Recording"]["properties"]["families"]["properties"]
    assert made[family]["description"] == f"The facts of the family {family}."


def test_every_property_has_a_description() -> None:
    lacks = [f"{kind}.{name}" for kind, name in PROPERTIES if not TYPES[kind]["properties"][name].get("description")]
    assert len(PROPERTIES) > 300
    assert lacks == [], "describe these in krbcheck/recording/field_descriptions.py"


def test_a_property_of_the_schema_without_a_description_has_an_empty_description() -> None:
    assert description("DnsAnswer", "size") == ""


def test_a_generic_type_has_one_description_for_all_its_values() -> None:
    assert description("Observed_DnsAnswer_", "value") == description("Observed_Accounts_", "value")


def test_every_description_is_used() -> None:
    own = {f"{kind.partition('_')[0]}.{name}" for kind, name in PROPERTIES}
    by_name = {name for kind, name in PROPERTIES if f"{kind.partition('_')[0]}.{name}" not in OF_TYPES}
    assert set(OF_TYPES) - own == set()
    assert set(BY_NAME) - by_name == set()


@pytest.mark.parametrize("texts", [OF_TYPES, BY_NAME], ids=["of types", "by name"])
def test_a_description_is_a_plain_sentence(texts: Mapping[str, str]) -> None:
    assert {name: bad for name, text in texts.items() if (bad := banned(text))} == {}
    assert [name for name, text in texts.items() if not text.endswith(".")] == []
