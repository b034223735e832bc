"""Every key of the site file has a description in the JSON Schema."""

from __future__ import annotations

from krbcheck.cli.schemas import schema
from krbcheck.site.field_descriptions import SITE
from tests.test_language import banned

KEYS = {
    f"{form}.{name}": made
    for form, types in schema("site")["$defs"].items()
    for name, made in types["properties"].items()
}


def test_every_key_has_its_description() -> None:
    assert len(KEYS) > 40
    assert sorted(KEYS) == sorted(SITE), "describe these in krbcheck/site/field_descriptions.py"
    assert {name: made["description"] for name, made in KEYS.items()} == dict(SITE)


def test_a_description_is_a_plain_sentence() -> None:
    assert {name: bad for name, text in SITE.items() if (bad := banned(text))} == {}
    assert [name for name, text in SITE.items() if not text.endswith(".")] == []
