"""Settings of SMB servers: the old value stays readable."""

from __future__ import annotations

import subprocess
from pathlib import Path

from krbcheck.windows.remedy import StepClass
from krbcheck.windows.server_steps import samba_setting, server_setting


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
