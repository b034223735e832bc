"""`krbcheck validate --try`: what each secret opens, and no more than one attempt with a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.lab import directory

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

pytestmark = pytest.mark.lab
RUNS = 5


def attempts(lab: Lab, account: str) -> int:
    """The wrong passwords that the domain controller has counted for an account of VMLEVEL.COM."""
    read = lab.execute(
        "vmdc1",
        "env",
        *(f"{name}={value}" for name, value in directory.environment().items()),
        *("ldbsearch", "-H", directory.SAM, f"(sAMAccountName={account})", "badPwdCount"),
    ).stdout
    return next(int(line.partition(": ")[2]) for line in read.splitlines() if line.startswith("badPwdCount: "))


@contextmanager
def wrong_password(healthy_site: str) -> Iterator[str]:
    """The site file with a wrong password of the reader of VMLEVEL.COM."""
    secret, site = (Path(healthy_site).with_name(name) for name in ("wrong.secret", "wrong.yaml"))
    site.write_text(Path(healthy_site).read_text().replace("vmlevel.com.secret", secret.name))
    secret.write_text("not the password\n")
    secret.chmod(0o600)
    try:
        yield str(site)
    finally:
        secret.unlink()
        site.unlink()


def test_every_secret_of_the_healthy_lab_is_accepted_and_the_readers_can_read_all(lab: Lab, healthy_site: str) -> None:
    tried = lab.krbcheck("station", "validate", healthy_site, "--try")
    assert tried.code == 0, tried.stdout
    assert tried.stdout.count(": accepted: ") == 8
    assert "could not read" not in tried.stdout
    assert "cannot read" not in tried.stdout


def test_a_wrong_password_is_rejected_after_one_attempt(lab: Lab, healthy_site: str) -> None:
    before = attempts(lab, "krbcheck")
    with wrong_password(healthy_site) as site:
        tried = lab.krbcheck("station", "validate", site, "--try")
    assert tried.code == 1
    assert "krbcheck@VMLEVEL.COM: rejected: vmdc1.vmlevel.com: KDC_ERR_PREAUTH_FAILED" in tried.stdout
    assert attempts(lab, "krbcheck") == before + 1


def test_runs_with_a_wrong_password_send_it_once(
    lab: Lab, healthy_site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a schedule: a threshold of three would lock the account in the third run."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))  # other tests had wrong passwords of the account too
    before = attempts(lab, "krbcheck")
    with wrong_password(healthy_site) as site:
        runs = [lab.krbcheck("station", "validate", site, "--try", remembers=True) for _ in range(RUNS)]
    assert [ran.code for ran in runs] == [1] + [3] * (RUNS - 1)
    assert "a server rejected the credential of krbcheck@VMLEVEL.COM before" in runs[-1].stdout
    assert attempts(lab, "krbcheck") == before + 1
    assert lab.krbcheck("station", "validate", healthy_site, "--try", remembers=True).code == 3, "one a day"
    assert lab.krbcheck("station", "validate", healthy_site, "--try", "--retry", remembers=True).code == 0
    assert attempts(lab, "krbcheck") == 0
