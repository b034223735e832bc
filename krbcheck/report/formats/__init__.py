"""The formats of reports, one file for each. `krbcheck/report/forms.py` describes the functions of such a file."""

from __future__ import annotations

import pkgutil

USUAL = "terminal"
SUFFIXES = {"xml": "junit", "prom": "prometheus", "md": "markdown", "htm": "html", "txt": USUAL}
"""The formats that a file's suffix names, beside a suffix that is the name of a format."""


def names() -> list[str]:
    """Every format by its file, the usual one first. No format is imported."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return [USUAL, *(name for name in found if name != USUAL)]


def by_suffix(suffix: str) -> str:
    """The format that a suffix such as `.xml` names; empty if it names none."""
    name = suffix.lstrip(".").lower()
    return name if name in names() else SUFFIXES.get(name, "")
