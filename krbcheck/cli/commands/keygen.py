"""`krbcheck keygen`: makes the key with which `krbcheck collect --sign` signs recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from krbcheck.cli.exits import Status


def keygen(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where the private key goes; FILE.pub is the public key.")
    ],
) -> Status:
    """Make an Ed25519 key: FILE is the private key (mode 0600), FILE.pub the public key, which is also printed."""
    import socket

    from krbcheck.cli.mistakes import Mistake
    from krbcheck.cli.outputs import writable, write
    from krbcheck.recording.signing import new_key, public_line
    from krbcheck.site.reading import one_line

    public = file.with_name(f"{file.name}.pub")
    for path in (file, public):
        if path.exists() or path.is_symlink():
            raise Mistake(f"{one_line(str(path))}: exists; name another file, a key is never overwritten")
        writable(path)
    private = new_key()
    line = public_line(private, socket.gethostname())
    write(file, private)
    write(public, line.encode())
    typer.echo(line, nl=False)
    return Status.GOOD
