"""A key that the site file may state is read by something."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import msgspec

from krbcheck.site import stated

ROOT = Path(__file__).resolve().parents[2]
READERS = {"reading.py", "tenants.py", "form.py", "fields.py"}
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


def test_every_stated_field_is_read() -> None:
    structs = [kind for _, kind in inspect.getmembers(stated, inspect.isclass) if issubclass(kind, msgspec.Struct)]
    assert stated.Storage in structs
    used = attributes()
    unread = {f"{kind.__name__}.{field}" for kind in structs for field in kind.__struct_fields__ if field not in used}
    assert unread == set()
