"""Reads the folder of an audit pack: its files agree with its manifest, and the manifest with its signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from krbcheck.cli.inputs import load_trusted
from krbcheck.cli.mistakes import Mistake
from krbcheck.recording.manifest import NAME, BadManifest, Manifest, verified
from krbcheck.report.audit import Audit
from krbcheck.report.reading import BadReport, read_report
from krbcheck.report.report import Report
from krbcheck.site.reading import one_line

MOST_BYTES = 1 << 30
"""Of all files of a pack together; the pack of 200 tenants has some 200 MB."""


@dataclass(frozen=True)
class Earlier:
    """An earlier pack whose files agree with its manifest."""

    audit: Audit
    report: Report
    signer: str
    trusted: bool


def read_pack(folder: Path) -> tuple[Manifest, Mapping[str, bytes]]:
    """The manifest and the other files. Raises Mistake if the folder is no pack, BadManifest if it was changed."""
    shown = one_line(str(folder))
    try:
        paths = sorted(folder.iterdir())
        if folder / NAME not in paths:
            raise Mistake(f"{shown}: contains no {NAME}; specify a folder of krbcheck audit")
        if more := [path for path in paths if path.is_symlink() or not path.is_file()]:
            raise BadManifest(f"{one_line(more[0].name)} is not a file of the pack")
        if sum(path.stat().st_size for path in paths) > MOST_BYTES:
            raise Mistake(f"{shown}: contains more than {MOST_BYTES >> 20} MiB; specify a folder of krbcheck audit")
        files = {path.name: path.read_bytes() for path in paths}
    except OSError as bad:
        raise Mistake(f"{shown}: cannot be read: {bad.strerror}; specify a folder of krbcheck audit") from None
    return verified(files.pop(NAME), files), files


def earlier_pack(folder: Path, trusted: Path | None) -> Earlier:
    """The pack in a folder. With `trusted` keys it must be signed with one of them. Raises Mistake."""
    shown = one_line(str(folder))
    try:
        manifest, files = read_pack(folder)
        made = msgspec.json.decode(files["audit.json"], type=Audit)
        report = read_report(files["report.json"], f"{shown}/report.json")
    except (BadManifest, BadReport, msgspec.DecodeError, KeyError) as bad:
        raise Mistake(f"{shown}: is not an unchanged audit pack: {bad}") from None
    if trusted is not None and (why := distrust(manifest, trusted)):
        raise Mistake(f"{shown}: {why}")
    return Earlier(made, report, manifest.signer, trusted is not None)


def distrust(manifest: Manifest, trusted: Path) -> str:
    """Why the signer is not one of the keys in the file; empty if it is. Raises Mistake if the file cannot be used."""
    if manifest.signer in load_trusted(trusted):
        return ""
    by = f"is signed with {manifest.signer}, which" if manifest.signer else "is not signed, so its signer"
    return f"{by} is not in {one_line(str(trusted))}"
