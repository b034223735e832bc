"""Nothing is written unless the option allows it; each run has a name of its own."""

from __future__ import annotations

import re

from krbcheck.asking.writes import READ_ONLY, allowed_writes


def test_read_only_is_the_usual() -> None:
    assert READ_ONLY.folder == ""


def test_each_run_has_its_own_folder() -> None:
    names = {allowed_writes().folder for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"krbcheck-probe-[0-9a-f]{8}", name) for name in names)
