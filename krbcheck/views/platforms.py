"""Which platform each domain and each storage is: it selects the variant of a remedy."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping

from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import Observed
from krbcheck.facts.smb import SmbSpeeches
from krbcheck.site.stated import Site, Storage
from krbcheck.views.view import View
from krbcheck.windows.remedy import Platform

Known = tuple[Platform, str]
SAMBA_GUID = re.compile(rb"[a-z0-9][a-z0-9_-]{1,14}\x00+")


class Platforms(View):
    """`known` has the platform of each domain, controller and storage by name, with the evidence."""

    def __init__(self, site: Site, directories: Directories) -> None:
        found = dict(_domains(directories))
        found |= {storage.name.lower(): known for storage in site.storages if (known := _storage(storage, directories))}
        self.known: Mapping[str, Known] = found


def _domains(directories: Directories) -> Iterator[tuple[str, Known]]:
    """A domain that has controllers of both platforms counts as Windows, whose commands run for both."""
    answers = [
        (answer, answer.seen.value.vendor)
        for answer in directories.identities
        if isinstance(answer.seen, Observed) and answer.seen.value.vendor is not None
    ]
    for answer, vendor in sorted(answers, key=lambda entry: "samba" not in (entry[1] or "").lower()):
        known = (
            (Platform.SAMBA, f"the rootDSE of {answer.controller} has vendorName {vendor}")
            if "samba" in (vendor or "").lower()
            else (Platform.WINDOWS, f"the rootDSE of {answer.controller} has no vendorName of Samba")
        )
        yield answer.domain.lower(), known
        yield answer.controller.lower(), known


def _storage(storage: Storage, directories: Directories) -> Known | None:
    if storage.vmstore_api is not None:
        return Platform.VMSTORE, "the site file states vmstore_api for it"
    seen = directories.account(storage.account)
    system = next((account.system for account in seen.value.found), "") if isinstance(seen, Observed) else ""
    for word, platform in (("samba", Platform.SAMBA), ("windows", Platform.WINDOWS), ("tintri", Platform.VMSTORE)):
        if word in system.lower():
            return platform, f"operatingSystem of {storage.account} is {system}"
    return None


class SmbPlatforms(View):
    """`known` has the platform of each storage by name, where its NEGOTIATE response shows it, with the evidence.

    Samba's ServerGuid is its NetBIOS name in lower case, filled with zeros (source3/smbd/smb2_negprot.c,
    negprot_spnego); that of Windows is random (MS-SMB2 3.3.1.5).
    """

    def __init__(self, site: Site, speeches: SmbSpeeches) -> None:
        self.known: Mapping[str, Known] = {
            storage.name.lower(): known for storage in site.storages if (known := _by_guid(storage, speeches))
        }


def _by_guid(storage: Storage, speeches: SmbSpeeches) -> Known | None:
    for speech in speeches.speeches:
        if speech.storage == storage.name and isinstance(speech.seen, Observed):
            guid = _bytes(speech.seen.value.server_guid)
            if SAMBA_GUID.fullmatch(guid):
                name = guid.rstrip(b"\0").decode("ascii")
                return Platform.SAMBA, f"the ServerGuid of {speech.path} is the NetBIOS name {name}, as Samba's is"
    return None


def _bytes(guid: str) -> bytes:
    """The GUID as it is on the wire; empty for text that is none, such as a pseudonym."""
    try:
        return uuid.UUID(guid).bytes_le
    except ValueError:
        return b""
