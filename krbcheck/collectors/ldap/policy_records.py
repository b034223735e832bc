"""Reads records of group policy from entries of the directory and files of SYSVOL (MS-GPOL 2.2)."""

from __future__ import annotations

import re
from collections.abc import Collection

from krbcheck.facts.observation import MAX_TEXT
from krbcheck.facts.policy import Container, Link, PolicyFiles, PolicyObject
from krbcheck.probes.ldap.values import Raw, number, text
from krbcheck.probes.smb.files import FileRead
from krbcheck.windows.descriptor import dacl
from krbcheck.windows.policy_file import read_registry, read_version

OBJECT_ATTRIBUTES = (
    "displayName",
    "gPCFileSysPath",
    "versionNumber",
    "flags",
    "gPCFunctionalityVersion",
    "gPCMachineExtensionNames",
    "gPCWQLFilter",
    "nTSecurityDescriptor",
)
CONTAINER_ATTRIBUTES = ("gPLink", "gPOptions")
LINK = re.compile(r"\[LDAP://([^\];]{1,1000});(\d{1,10})\]", re.IGNORECASE)
SHARE = "SYSVOL"
NOT_THERE = {0xC0000034, 0xC000003A}
"""STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND."""
FORBIDDEN = set('/:*?"<>|')
MOST_PATH = 400


def policy_object(dn: str, raw: Raw) -> PolicyObject:
    functionality = number(raw, "gPCFunctionalityVersion")
    return PolicyObject(
        dn=dn[:MAX_TEXT],
        name=text(raw, "displayName")[:MAX_TEXT],
        path=text(raw, "gPCFileSysPath")[:MAX_TEXT],
        version=(number(raw, "versionNumber") or 0) & 0xFFFFFFFF,
        flags=number(raw, "flags") or 0,
        functionality=2 if functionality is None else functionality,
        extensions=text(raw, "gPCMachineExtensionNames")[: 4 * MAX_TEXT],
        wmi_filter=text(raw, "gPCWQLFilter").strip()[:MAX_TEXT],
        dacl=dacl(next(iter(raw.get("ntsecuritydescriptor", ())), b"")),
    )


def container(dn: str, raw: Raw) -> Container:
    """Returns the container with all its links, disabled and enforced ones too, in the order of the attribute."""
    links = tuple(Link(dn, int(options)) for dn, options in LINK.findall(text(raw, "gPLink")))
    return Container(dn, links, bool((number(raw, "gPOptions") or 0) & 1))


def within_sysvol(path: str, domain: str, controllers: Collection[str]) -> str:
    r"""Returns the path in the share of `\\domain\SYSVOL\domain\…`; empty for a path elsewhere."""
    parts = path.removesuffix("\\").split("\\")
    if len(path) > MOST_PATH or len(parts) < 6 or parts[0] or parts[1]:
        return ""
    server, share, top, *rest = parts[2:]
    if server.lower() not in {domain, *controllers} or share.upper() != SHARE or top.lower() != domain:
        return ""
    if any(part.strip(" .") != part or not part or FORBIDDEN & set(part) or not part.isprintable() for part in rest):
        return ""
    return "\\".join([domain, *rest])


def files_of(folder: str) -> tuple[str, str]:
    """Returns the paths of GPT.INI and of the machine's Registry.pol in a policy's folder."""
    return f"{folder}\\GPT.INI", f"{folder}\\Machine\\Registry.pol"


def refusal(*files: FileRead) -> int:
    """Returns the NTSTATUS of the first file that exists and cannot be read, else 0."""
    return next((file.status for file in files if file.status and file.status not in NOT_THERE), 0)


def policy_files(gpt: FileRead, registry: FileRead) -> PolicyFiles:
    return PolicyFiles(
        version=None if gpt.status else read_version(gpt.data),
        registry=None if registry.status else read_registry(registry.data, registry.size),
    )
