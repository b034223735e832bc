"""--write-probes in the lab: what its file shows, what is announced, and that nothing is left, however it ends."""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.lab import hosts, storage
from fixtures.lab.accounts import BACKUP_HOST

if TYPE_CHECKING:
    from tests.lab.conftest import Lab, Ran

pytestmark = pytest.mark.lab

ACCOUNT = rf"VMLEVEL\{BACKUP_HOST}$"
SHARES = [storage.share(name) for name in ("AliceVMs", "BobVMs")]
REMOVED_SECONDS = 10.0
ENDED = """
import os, sys, time
from krbcheck.probes.smb import write_probe

def end(probe, name, intent):
    sys.stderr.write(f"exists: {probe._left()}\\n")
    sys.stderr.flush()
    os.kill(os.getpid(), int(sys.argv[-1]))
    time.sleep(60)

write_probe._Probe._read = end
arguments = ["run", sys.argv[1], "--only", "backup.effective", "--write-probes", "--format", "json"]
sys.argv[:] = ["krbcheck", *arguments, sys.argv[2]]
from krbcheck.cli.main import conclude, run
conclude(lambda: run(arguments))
"""
"""krbcheck that receives a signal while its file exists."""


def probe_folders() -> list[str]:
    """The folders of --write-probes on the storage's disk."""
    folders = (hosts.path("vmstore", share.path) for share in SHARES)
    return [entry.name for folder in folders for entry in Path(folder).iterdir() if "krbcheck" in entry.name]


def probed(lab: Lab, site: str) -> Ran:
    ran = lab.run(site, "--only", "backup.effective", "--write-probes")
    assert probe_folders() == []
    return ran


def codes(ran: Ran) -> set[str]:
    return {finding["code"] for finding in ran.verdicts("finding")}


@contextmanager
def access(*, administers: bool = False) -> Iterator[None]:
    """The backup host has full access to the shares, or no permission applies to it."""
    for share in SHARES:
        storage.set_acl(share, storage.healthy_acl(share) | {ACCOUNT: storage.FULL})
    if administers:
        storage.configure("vmstore", {"admin users": ACCOUNT})
    try:
        yield
    finally:
        storage.configure("vmstore")
        for share in SHARES:
            storage.set_acl(share, storage.healthy_acl(share))


def test_without_the_option_nothing_is_written(lab: Lab, healthy_site: str, tmp_path: Path) -> None:
    saved = tmp_path / "facts.json"
    ran = lab.run(healthy_site, "--only", "backup.effective", "--save", str(saved))
    assert ran.code == 0
    assert re.findall(r'"write":\s*(\w+)', saved.read_text()) in ([], ["null", "null"])
    assert "krbcheck-probe" not in saved.read_text() + ran.stderr


def test_a_right_in_effect_reads_the_file(lab: Lab, healthy_site: str) -> None:
    """`admin users` is the nearest to a Super Admin: smbd opens the file as root."""
    with access(administers=True):
        ran = probed(lab, healthy_site)
    assert codes(ran) == set(), ran.summary()
    assert len(ran.verdicts("fine")) == 1
    assert "with backup intent STATUS_SUCCESS" in str(ran.verdicts("fine")[0])


def test_samba_ignores_backup_intent_whatever_the_right(lab: Lab, healthy_site: str) -> None:
    assert codes(probed(lab, healthy_site)) == {"backup.effective/intent-ignored"}


def test_a_right_that_is_not_in_effect_is_a_finding(lab: Lab) -> None:
    with lab.broken("backup-right-not-in-effect") as site, access():
        ran = probed(lab, site)
    assert codes(ran) == {"backup.effective/not-in-effect"}, ran.summary()
    assert "file of krbcheck in AliceVMs, which denies everyone: STATUS_ACCESS_DENIED" in str(ran.findings())


def test_it_is_announced_before(lab: Lab, healthy_site: str) -> None:
    said = probed(lab, healthy_site).stderr
    assert rf"\\vmstore-alice.tintri.com\AliceVMs as {BACKUP_HOST}$@VMLEVEL.COM" in said


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, 128 + signal.SIGKILL)], ids=["ctrl-c", "killed"]
)
def test_the_storage_removes_the_file_of_a_run_that_ends(
    lab: Lab, healthy_site: str, number: signal.Signals, code: int
) -> None:
    ran = lab.execute("station", sys.executable, "-c", ENDED, healthy_site, str(int(number)))
    assert ran.code == code, ran.stderr
    assert re.search(r"exists: krbcheck-probe-[0-9a-f]{8}-", ran.stderr)
    until = time.monotonic() + REMOVED_SECONDS
    while probe_folders() and time.monotonic() < until:
        time.sleep(0.1)
    assert probe_folders() == []
