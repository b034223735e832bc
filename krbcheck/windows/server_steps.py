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


def samba_global_value(
    storage: str, setting: str, value: str, *, add: bool = False, reload: bool = True, caution: str = ""
) -> Remedy:
    """Replaces the value of a setting in [global] of smb.conf, or adds to it, and keeps the old file beside it.

    The shares copy the values of [global] that smbd has read before them, so that a later [global] has no effect on
    them. `setting` is an extended regular expression. Without `reload` another step makes the server read the file.
    """
    kept = f"{SMB_CONF}.krbcheck"
    line = f"^([[:space:]]*({setting})[[:space:]]*=" + (".*)" if add else ").*")
    again = " && smbcontrol all reload-config" if reload else ""
    edit = changes(
        f"test ! -e {kept} && "
        f"sed -i.krbcheck -E '/^[[:space:]]*\\[global\\]/I,/^[[:space:]]*\\[/ s/{line}/\\1 {value}/I' {SMB_CONF}",
        says=f"Only the value in [global] changes. {kept} keeps the old file; if it exists already, nothing changes",
        on=storage,
        needs=ROOT,
        undo=f"mv {kept} {SMB_CONF}{again}",
        verify="testparm -s",
        shows=f"[global] with the value {value}, or without the setting, because it is the default",
        caution=caution,
    )
    loaded = changes(
        "smbcontrol all reload-config",
        says="New sessions use the value; open sessions keep the old one",
        on=storage,
        needs=ROOT,
        undo_says=f"not needed: the undo of {SMB_CONF} reloads it",
    )
    return (edit, loaded) if reload else (edit,)


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
