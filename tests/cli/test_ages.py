"""`--max-age` as typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.cli.ages import age_from
from krbcheck.cli.mistakes import Mistake


@pytest.mark.parametrize(
    ("typed", "most"),
    [
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("0h", timedelta()),
        ("none", None),
    ],
)
def test_an_age_is_a_number_and_a_unit(typed: str, most: timedelta | None) -> None:
    age = age_from(typed)
    assert age.most == most
    assert abs(datetime.now(UTC) - age.now) < timedelta(minutes=1)


@pytest.mark.parametrize("typed", ["", "24", "h", "-1h", "1.5h", "24 h", "1w", "9999999d", "\u0663h", "1h\n"])
def test_another_text_is_a_mistake(typed: str) -> None:
    with pytest.raises(Mistake, match="type minutes, hours or days such as 90m, 24h or 7d, or none"):
        age_from(typed)
