"""Steps that change a setting of an SMB server. The arguments are templates."""

from __future__ import annotations

from krbcheck.windows.common_steps import ELEVATED, ROOT, SMB_CONF
from krbcheck.windows.remedy import Remedy, changes, looks


def samba_setting(storage: str, section: str, setting: str, *, caution: str = "", interrupts: bool = False) -> Remedy:
    """Appends a setting to smb.conf: a later section of the same name overrides the setting, and the old value stays
    in the file.
    """
    return (
        changes(
            f"printf '\\n[%s]\\n    %s\\n' '{section}' '{setting}' >> {SMB_CONF}",
            on=storage,
            needs=ROOT,
            undo_says=f"remove the last two lines of {SMB_CONF}; the old value before them applies again",
            verify="testparm -s",
            shows=f"[{section}] with {setting}",
            caution=caution,
            interrupts=interrupts,
        ),
        changes(
            "smbcontrol all reload-config",
            on=storage,
            needs=ROOT,
            undo_says=f"restore {SMB_CONF} and reload again",
            caution="new sessions use the setting; open sessions keep the old one" if interrupts else "",
            interrupts=interrupts,
        ),
    )


def server_setting(storage: str, setting: str, old: str, *, caution: str = "", interrupts: bool = False) -> Remedy:
    """A setting of the SMB server of Windows, after a look at all its settings."""
    name = setting.partition(" ")[0]
    return (
        looks(
            f"Get-SmbServerConfiguration | Select-Object {name}",
            says="Write down the old value",
            on=storage,
        ),
        changes(
            f"Set-SmbServerConfiguration -{setting} -Force",
            on=storage,
            needs=ELEVATED,
            undo=f"Set-SmbServerConfiguration -{old} -Force",
            caution=caution,
            interrupts=interrupts,
        ),
    )
