"""Settings of SMB servers: the old value stays readable."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from krbcheck.windows.common_steps import SMB_CONF
from krbcheck.windows.remedy import StepClass, fill
from krbcheck.windows.server_steps import samba_global_value, samba_setting, server_setting


def test_a_setting_of_windows_is_looked_at_and_reverted() -> None:
    look, change = server_setting("nas", "EnableLeasing $true", "EnableLeasing $false")
    assert look.command == "Get-SmbServerConfiguration | Select-Object EnableLeasing"
    assert change.command == "Set-SmbServerConfiguration -EnableLeasing $true -Force"
    assert change.undo == "Set-SmbServerConfiguration -EnableLeasing $false -Force"


def test_a_setting_of_samba_is_appended_and_the_file_keeps_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "smb.conf"
    file.write_text("[global]\n    server signing = auto\n")
    append, reload = samba_setting("nas", "global", "server signing = mandatory")
    command = append.command.replace("/etc/samba/smb.conf", str(file))
    subprocess.run(["sh", "-c", command], check=True)
    assert file.read_text() == ("[global]\n    server signing = auto\n\n[global]\n    server signing = mandatory\n")
    assert reload.command == "smbcontrol all reload-config"


def test_what_ends_sessions_is_marked() -> None:
    steps = samba_setting("nas", "global", "a = b", caution="sessions end", interrupts=True)
    assert {step.step_class for step in steps} == {StepClass.INTERRUPTS}
    assert all(step.caution for step in steps)


BEFORE = """[share]
    server smb encrypt = required
[Global]
    workgroup = X
    Server SMB Encrypt=required
[other]
    smb encrypt = required
"""


@pytest.mark.parametrize(
    ("add", "line"),
    [(False, "    Server SMB Encrypt= default"), (True, "    Server SMB Encrypt=required default")],
)
def test_the_value_in_global_changes_and_the_old_file_comes_back(tmp_path: Path, add: bool, line: str) -> None:
    conf = tmp_path / "smb.conf"
    conf.write_text(BEFORE)
    step, *_ = fill(samba_global_value("x", "server smb encrypt|smb encrypt", "default", add=add, reload=False), {})
    subprocess.run(["sh", "-c", step.command.replace(SMB_CONF, str(conf))], check=True)
    assert conf.read_text() == BEFORE.replace("    Server SMB Encrypt=required", line)
    subprocess.run(["sh", "-c", step.undo.replace(SMB_CONF, str(conf))], check=True)
    assert conf.read_text() == BEFORE
    assert [entry.name for entry in tmp_path.iterdir()] == ["smb.conf"]


def test_pasted_twice_the_kept_file_stays_the_old_one(tmp_path: Path) -> None:
    conf = tmp_path / "smb.conf"
    conf.write_text(BEFORE)
    step, *_ = fill(samba_global_value("x", "server smb encrypt", "default", add=True, reload=False), {})
    first, second = (subprocess.run(["sh", "-c", step.command.replace(SMB_CONF, str(conf))]) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 1)
    assert conf.read_text().count("default") == BEFORE.count("default") + 1
    assert conf.with_name("smb.conf.krbcheck").read_text() == BEFORE
