"""Releases of Windows Server, as a computer account states them (MS-ADA3 2.56 operatingSystem, 2.58
operatingSystemVersion).
"""

from __future__ import annotations

import re

RELEASES = ("2008 R2", "2012", "2012 R2", "2016", "2019", "2022", "2025")
"""Releases with Hyper-V that DPM protects or protected, oldest first."""
BY_VERSION = {"6.1": "2008 R2", "6.2": "2012", "6.3": "2012 R2"}
BY_BUILD = {14393: "2016", 17763: "2019", 20348: "2022", 26100: "2025"}
"""The builds of the long-term releases; before Windows Server 2016 the version without the build is unique."""
NAME = re.compile(r"(?:Windows|Hyper-V) Server\W* (2008 R2|2012 R2|2012|2016|2019|2022|2025)\b")
VERSION = re.compile(r"(\d+\.\d+)(?: \((\d+)\))?")


def server_release(system: str, version: str) -> str:
    """Returns the release, such as `2012 R2`; empty if it is not a known release of Windows Server.

    `system` and `version` are operatingSystem and operatingSystemVersion. The version is used only if the name contains
    no release, as for Windows Server of the semi-annual channel.
    """
    if named := NAME.search(system):
        return named[1]
    numbers = VERSION.match(version)
    if not is_windows(system) or "Server" not in system or not numbers:
        return ""
    if numbers[1] in BY_VERSION:
        return BY_VERSION[numbers[1]]
    return BY_BUILD.get(int(numbers[2]), "") if numbers[2] else ""


def is_windows(system: str) -> bool:
    """Returns whether an account states that it runs Windows."""
    return "windows" in system.lower() or "hyper-v server" in system.lower()
