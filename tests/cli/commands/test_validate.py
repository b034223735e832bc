"""`krbcheck validate`: every mistake at once; without --try nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_every_mistake_is_a_line_with_file_and_line(krbcheck: Callable[..., Any], site: Path) -> None:
    text = site.read_text().replace("access: full", "access: all").replace("127.0.77.30", "127.0.77.300")
    site.write_text(text)
    ended = krbcheck("validate", site)
    assert ended.status == 2
    lines = ended.out.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{site}:") for line in lines)
    assert "2 mistakes" in ended.err
    assert "(and 1 more: krbcheck validate" in krbcheck("run", site).line


def test_a_good_file_is_counted_and_a_secret_that_is_not_set_is_named(
    krbcheck: Callable[..., Any], site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KRBCHECK_TEST_READER", raising=False)
    ended = krbcheck("validate", site)
    assert ended.status == 3
    assert "no mistakes; 2 domains, 1 storage, 2 tenants, 1 principal, 0 backup products" in ended.out
    assert f"{site}:5: reader@VMLEVEL.TEST: env KRBCHECK_TEST_READER: environment variable" in ended.out
    assert "alice-hv01$@VMLEVEL.TEST: no secret is stated" in ended.out
    monkeypatch.setenv("KRBCHECK_TEST_READER", "secret-of-the-test")
    ended = krbcheck("validate", site)
    assert ended.status == 0
    assert "reader@VMLEVEL.TEST: env KRBCHECK_TEST_READER is available" in ended.out
    assert "secret-of-the-test" not in ended.out + ended.err
    assert krbcheck("validate", site, "--quiet").out == ""


def test_a_file_that_holds_no_secret_is_a_mistake(krbcheck: Callable[..., Any], site: Path) -> None:
    site.write_text(site.read_text().replace("{env: KRBCHECK_TEST_READER}", "{file: none}"))
    ended = krbcheck("validate", site)
    assert ended.status == 2
    assert "file none: it cannot be read" in ended.out


def test_with_try_a_secret_that_no_kdc_answered_is_not_tested(
    krbcheck: Callable[..., Any], site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRBCHECK_TEST_READER", "secret-of-the-test")
    ended = krbcheck("validate", site, "--try")
    assert ended.status == 3
    assert "reader@VMLEVEL.TEST: not tested:" in ended.out
