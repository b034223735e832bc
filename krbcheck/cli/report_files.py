"""JSON reports that the user names, read; what is wrong with them is the user's mistake."""

from __future__ import annotations

from pathlib import Path

from krbcheck.cli.mistakes import Mistake
from krbcheck.report.reading import BadReport, read_report
from krbcheck.report.report import Report
from krbcheck.site.reading import one_line


def load_report(path: Path) -> Report:
    """The report that `krbcheck run --format json` wrote. Raises Mistake."""
    shown = one_line(str(path))
    try:
        return read_report(path.read_bytes(), shown)
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or "not a valid file name"
        raise Mistake(f"{shown}: cannot be read: {why}; specify a file of krbcheck run --format json") from None
    except BadReport as bad:
        raise Mistake(str(bad)) from None
