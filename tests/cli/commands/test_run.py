"""krbcheck run: what is chosen, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_only_and_tenant_choose(krbcheck: Callable[..., Any], site: Path) -> None:
    said = json.loads(krbcheck("run", site, "--only", "backup.path,dns", "--tenant", "bob", "--format", "json").out)
    ids = {one["id"] for one in said["checks"]}
    assert "backup.path" in ids
    assert {one.partition(".")[0] for one in ids} == {"backup", "dns"}
    tenants = {verdict["tenant"] for one in said["checks"] for verdict in one["verdicts"]}
    assert "alice" not in tenants
    assert "bob" in tenants


def test_a_good_run_is_status_0_and_quiet_is_silent(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("run", site, "--only", "backup.path", "--quiet")
    assert (ended.status, ended.out, ended.err) == (0, "", "")


def test_what_stays_unknown_is_status_3(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("run", site, "--only", "dns.resolves", "--quiet")
    assert (ended.status, ended.out) == (3, "2 not determined · 0 checks passed\n")
