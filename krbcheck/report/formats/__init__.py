"""The formats of reports, one file for each. `krbcheck/report/forms.py` describes the functions of such a file."""

from __future__ import annotations

import pkgutil

USUAL = "terminal"


def names() -> list[str]:
    """Every format by its file, the usual one first. No format is imported."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return [USUAL, *(name for name in found if name != USUAL)]
