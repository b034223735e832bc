"""What others put where krbcheck reads or writes does no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from krbcheck.recording.encoding import BadRecording, decode, digest


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": 1e300}, {"seconds": -1.0}, {"started": "2026-01-01T00:00:00"}, {"started": "9999-12-31T23:59:59Z"}],
)
def test_impossible_times_are_told(wrong: dict[str, Any]) -> None:
    said: dict[str, Any] = {
        "schema": 2,
        "krbcheck": "1",
        "host": "h",
        "started": "2026-01-01T00:00:00Z",
        "seconds": 1.0,
    }
    said |= {"interrupted": False, "crashes": {}, "families": {}} | wrong
    with pytest.raises(BadRecording, match="damaged"):
        decode(json.dumps({**said, "digest": digest(said)}).encode(), "f")
