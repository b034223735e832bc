"""krbcheck run: what is chosen, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_only_and_tenant_choose(krbcheck: Callable[..., Any], site: Path) -> None:
    said = json.loads(krbcheck("run", site, "--only", "backup.path,dns", "--tenant", "bob", "--format", "json").out)
    ids = {entry["id"] for entry in said["checks"]}
    assert "backup.path" in ids
    assert {entry.partition(".")[0] for entry in ids} == {"backup", "dns"}
    tenants = {verdict["tenant"] for entry in said["checks"] for verdict in entry["verdicts"]}
    assert "alice" not in tenants
    assert "bob" in tenants


def test_a_good_run_is_status_0_and_quiet_is_silent(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("run", site, "--only", "backup.path", "--quiet")
    assert (ended.status, ended.out, ended.err) == (0, "", "")


def test_what_stays_unknown_is_status_3(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("run", site, "--only", "dns.resolves", "--quiet")
    assert ended.status == 3
    assert ended.out.startswith("2 not determined · ")
    assert ended.out.endswith(" · 0 checks passed\n")


def test_a_run_with_silent_name_servers_is_not_good(krbcheck: Callable[..., Any], site: Path) -> None:
    """No name server of the site answers, so time.skew has no domain controller to compare."""
    start = site.read_text().partition("tenants:")[0]
    tenant = "bob: {networks: [203.0.113.0/24], data_paths: [{name: nas.tintri.test, storage: vmstore}]}"
    site.write_text(f"{start}tenants:\n  {tenant}\n")
    ended = krbcheck("run", site, "--only", "time")
    assert ended.status == 3
    assert ended.out.startswith(
        "3 not determined · none of 10 queries was answered (127.77.0.1 port 53) · 0 checks passed\n"
    )
    assert "none of 10 queries was answered" in krbcheck("run", site, "--only", "time", "--quiet").out


BACKUP = "backup:\n  - {product: veeam, storage: vmstore, accounts: ['backup@VMLEVEL.TEST']}\n"


def test_write_probes_states_what_and_where_before_it_writes(krbcheck: Callable[..., Any], site: Path) -> None:
    site.write_text(site.read_text() + BACKUP)
    said = krbcheck("run", site, "--only", "backup.path", "--write-probes").err
    assert "creates a folder krbcheck-probe-" in said
    assert "removes both" in said
    assert r"\\vmstore-alice.tintri.test\AliceVMs as backup@VMLEVEL.TEST" in said
    assert "write-probes" not in krbcheck("run", site, "--only", "backup.path").err


def test_write_probes_without_an_account_is_a_mistake(krbcheck: Callable[..., Any], site: Path) -> None:
    ended = krbcheck("run", site, "--write-probes")
    assert ended.line == ("--write-probes needs accounts under backup, and a share on their storage, in the site file")


def test_a_symptom_is_answered_for_one_host_and_path(krbcheck: Callable[..., Any], site: Path) -> None:
    typed = ("--symptom", "0x80070005", "--host", "alice-hv01", "--path", r"\\vmstore-alice.tintri.test\AliceVMs")
    ended = krbcheck("run", site, *typed, "--format", "json")
    assert ended.status == 1
    made = json.loads(ended.out)
    assert made["question"]["host"] == "alice-hv01$@VMLEVEL.TEST"
    assert made["question"]["answer"].startswith("dns.port/closed: vmstore-alice.tintri.test ")
    assert {check["id"] for check in made["checks"]} >= {"smb.session", "isolation.own", "dns.resolves"}
    assert "backup.product" not in {check["id"] for check in made["checks"]}


def test_a_symptom_that_is_not_known_is_a_mistake(krbcheck: Callable[..., Any], site: Path) -> None:
    assert "'0x123456' is not a check" in krbcheck("run", site, "--symptom", "0x123456").line
