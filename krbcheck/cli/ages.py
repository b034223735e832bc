"""How old recordings may be: `--max-age` as typed, and the time and the day of now."""

from __future__ import annotations

import re
from datetime import date, timedelta

from krbcheck.asking.answering import now
from krbcheck.cli.mistakes import Mistake
from krbcheck.recording.belief import Age
from krbcheck.site.suggest import quoted

TYPED = re.compile(r"(\d{1,6})([mhd])", re.ASCII)
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def today() -> date:
    """The day on which waivers must be valid, in UTC."""
    return now().date()


def age_from(typed: str) -> Age:
    """The age up to which recordings count, from now. Raises Mistake."""
    if typed == "none":
        return Age(now(), None)
    parts = TYPED.fullmatch(typed)
    if parts is None:
        raise Mistake(f"--max-age is {quoted(typed)}; type minutes, hours or days such as 90m, 24h or 7d, or none")
    return Age(now(), int(parts[1]) * UNITS[parts[2]])
