"""`krbcheck verify`: whether an audit pack is as it was written, and who signed it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from krbcheck.cli.exits import Status
from krbcheck.cli.options import Quiet


def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of an audit pack.")],
    trusted: Annotated[
        Path | None,
        typer.Option(metavar="KEYS", help="The pack must be signed with a public key in this file."),
    ] = None,
    quiet: Quiet = False,
) -> Status:
    """Verify an audit pack: no file is missing, added or changed, and it is signed with a trusted key.

    Exit status: 0 unchanged, and signed with a trusted key; 1 changed, or not signed with a trusted key; 3 unchanged,
    but without --trusted, or without a signature, it is not known who wrote the pack.
    """
    from krbcheck.cli.pack_reading import distrust, read_pack
    from krbcheck.recording.manifest import BadManifest
    from krbcheck.site.reading import one_line

    shown = one_line(str(folder))
    try:
        manifest, files = read_pack(folder)
    except BadManifest as bad:
        typer.echo(f"{shown}: not as it was written: {bad}")
        return Status.FINDINGS
    if trusted is not None and (why := distrust(manifest, trusted)):
        typer.echo(f"{shown}: {why}")
        return Status.FINDINGS
    if not quiet:
        started = f"{manifest.started:%Y-%m-%d %H:%M:%S} UTC"
        typer.echo(f"{shown}: {len(files)} files are as they were written by krbcheck {one_line(manifest.krbcheck)}")
        typer.echo(f"site {one_line(manifest.site)}, collected {started}")
    if trusted is not None:
        if not quiet:
            typer.echo(f"signed with {manifest.signer}, which is in {one_line(str(trusted))}")
        return Status.GOOD
    if manifest.signer:
        typer.echo(f"signed with {manifest.signer}; not compared with trusted keys: specify --trusted KEYS")
    else:
        typer.echo("not signed: who can write to the folder can also replace the manifest")
    return Status.UNKNOWN
