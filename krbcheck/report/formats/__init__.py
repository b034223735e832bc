"""The formats of reports, one file a format. `krbcheck/report/forms.py` says what is in such a file."""

from __future__ import annotations

import pkgutil

USUAL = "terminal"


def names() -> list[str]:
    """Every format by its file, the usual one first. No format is imported."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return [USUAL, *(name for name in found if name != USUAL)]
