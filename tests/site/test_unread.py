"""A key that the site file may state is read by something, or a run that states it reports that it has no effect."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import msgspec

from krbcheck.site import stated
from krbcheck.site.reading import read_site, site_of
from krbcheck.site.unread import UNREAD, unread_keys

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("site.yaml")
READERS = {"reading.py", "tenants.py", "form.py", "fields.py", "unread.py"}
"""Modules of krbcheck/site that make a Site; they do not use it."""


def attributes() -> set[str]:
    """The names of all attributes that the code reads, outside the modules that read the site file."""
    files = [*(ROOT / "krbcheck").rglob("*.py"), *(ROOT / "checks").rglob("*.py")]
    used = [file for file in files if not (file.parent.name == "site" and file.name in READERS)]
    return {
        node.attr
        for file in used
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def test_every_stated_field_is_read_or_known_to_be_unread() -> None:
    structs = [kind for _, kind in inspect.getmembers(stated, inspect.isclass) if issubclass(kind, msgspec.Struct)]
    assert stated.Storage in structs
    used = attributes()
    below = {"VmstoreApi"}  # what an unread key holds
    unread = {
        f"{kind.__name__}.{field}"
        for kind in structs
        if kind.__name__ not in below
        for field in kind.__struct_fields__
        if field not in used
    }
    assert unread == UNREAD - {"Storage.vmstore_api"}, "views/platforms.py reads whether it is stated"


def test_a_site_that_states_an_unread_key_is_warned_about_it() -> None:
    assert list(unread_keys(read_site(FILE))) == [
        "site.yaml: vmstore_api of storage vmstore has no effect: this version of krbcheck does not query the REST API"
    ]


def test_a_site_without_one_is_not() -> None:
    text = FILE.read_text()
    begin = text.index("    vmstore_api:")
    end = text.index("tenants:")
    assert list(unread_keys(site_of((text[:begin] + "\n" + text[end:]).encode(), "s", FILE))) == []
