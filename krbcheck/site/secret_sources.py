"""Reads where the site file states that a secret is. A value that may be the secret itself is never quoted."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from krbcheck.site.fields import NOT_HERE
from krbcheck.site.form import SecretForm
from krbcheck.site.mistakes import Mistake
from krbcheck.site.stated import SecretKind, SecretSource
from krbcheck.site.suggest import nearest
from krbcheck.site.yaml_tree import Mapping, Node, Text

KINDS = tuple(field.name for field in msgspec.structs.fields(SecretForm))


def secret(node: Node | None, folder: Path, kinds: tuple[str, ...] = KINDS) -> SecretSource | None:
    """None where nothing is stated. Paths are relative to the site file's `folder`."""
    if node is None:
        return None
    allowed = f"one of {_forms(kinds)}"
    if isinstance(node, Text) and not node.is_null:
        raise Mistake(node.line, NOT_HERE, f"state its source: secret: {_forms(kinds)}")
    if not isinstance(node, Mapping) or len(node.pairs) != 1:
        raise Mistake(node.line, "a secret has exactly one source", allowed)
    key, value = node.pairs[0]
    if key.value not in kinds:
        close = nearest(key.value, kinds)
        meant = f"did you mean '{close}'? " if close else ""
        raise Mistake(key.line, "the source of a secret is unknown", f"{meant}{allowed}")
    location = _location(value, SecretKind(key.value), folder)
    return SecretSource(SecretKind(key.value), location, key.line)


def _forms(kinds: tuple[str, ...]) -> str:
    written = {"env": "NAME", "prompt": "true"}
    return " ".join(f"{{{kind}: {written.get(kind, 'PATH')}}}" for kind in kinds)


def _location(value: Node, kind: SecretKind, folder: Path) -> str:
    if not isinstance(value, Text) or value.is_null or not value.value.isprintable() or not value.value.strip():
        raise Mistake(value.line, f"'{kind}' of a secret is empty", f"secret: {_forms((kind,))}")
    typed = value.value.strip()
    if kind is SecretKind.PROMPT:
        if typed not in ("true", "True", "yes"):
            raise Mistake(value.line, "'prompt' of a secret is not true", "secret: {prompt: true}")
        return ""
    if kind is SecretKind.ENV:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", typed):
            says = "'env' of a secret is not the name of an environment variable"
            raise Mistake(value.line, says, "letters, digits and _ only, as in {env: KRBCHECK_VMLEVEL}")
        return typed
    if len(typed) > 1024:
        raise Mistake(value.line, f"'{kind}' of a secret is too long for a path", "at most 1024 characters")
    path = typed.removeprefix("FILE:") if kind in (SecretKind.CCACHE, SecretKind.KEYTAB) else typed
    return str((folder / path).absolute())
