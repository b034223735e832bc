"""Finds the checks: every module of krbcheck.checks holds exactly one; its id is its path, `_` written as `-`."""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Iterator, Mapping
from typing import Any

from krbcheck.judging.check import Check
from krbcheck.judging.rules import examine
from krbcheck.views.view import BadNeed, sources_of

PACKAGE = "krbcheck.checks"


class BadCheckModule(Exception):
    """A check's file breaks the rules of the house; a bug of ours, never caught."""


def load() -> Mapping[str, Check[Any]]:
    """All checks by id, in the order of areas and names.

    Raises BadCheckModule where a check breaks the rules, rules.BadExplanation where what it explains does.
    """
    checks = dict(sorted((check.id, check) for check in _found(PACKAGE)))
    examine(checks.values())
    return checks


def _found(package: str) -> Iterator[Check[Any]]:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if module.ispkg or module.name.rpartition(".")[2].startswith("_"):
            continue
        held = [var for var in vars(importlib.import_module(module.name)).values() if isinstance(var, Check)]
        if len(held) != 1:
            raise BadCheckModule(f"{module.name} holds {len(held)} checks; one is allowed")
        _examine(held[0], module.name.removeprefix(f"{package}.").replace("_", "-"))
        yield held[0]


def _examine(check: Check[Any], path: str) -> None:
    if check.id != path:
        raise BadCheckModule(f"{path} holds a check with the id {check.id}")
    if not check.about:
        raise BadCheckModule(f"{path} has no documentation")
    for name, kind in check.needs.items():
        try:
            sources_of([kind])
        except BadNeed as bad:
            raise BadCheckModule(f"{path} needs {name}: {bad}") from bad
    for problem in check.problems:
        if not (problem.remedy or problem.alternatives) or not problem.says:
            raise BadCheckModule(f"{path}/{problem.slug} lacks its sentence or its remedy")


def template_fields(template: str) -> set[str]:
    """The values that a problem's sentence names."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
