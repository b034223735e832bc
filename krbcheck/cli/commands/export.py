"""`krbcheck export`: a recording for others, without the names of its site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from krbcheck.cli.exits import Status


def export(
    facts: Annotated[Path, typer.Argument(metavar="FACTS", help="A file that krbcheck collect saved.")],
    pseudonymous: Annotated[
        bool, typer.Option("--pseudonymous", help="Replace names, SIDs, addresses and shares, each consistently.")
    ] = False,
    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="SITE", help="Its site file, which is exported beside the recording."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where the recording goes; the site file: FILE.site.yaml."),
    ] = None,
) -> Status:
    """Write a recording that can be given to others; krbcheck judge finds the same in it.

    Names that only the site file states are replaced in the recording too: state it with --site.
    """
    import secrets
    import sys

    import msgspec
    import yaml

    from krbcheck.cli.inputs import load_recordings, load_site
    from krbcheck.cli.mistakes import Mistake
    from krbcheck.cli.outputs import standard_output, writable, write
    from krbcheck.cli.pseudonymous_site import site_names, with_pseudonyms
    from krbcheck.recording.encoding import written
    from krbcheck.recording.pseudonyms import Pseudonyms, names_in
    from krbcheck.recording.pseudonyms import pseudonymous as replaced

    if not pseudonymous:
        raise Mistake("state --pseudonymous; a recording with its names can be copied as it is")
    if site is not None and output is None:
        raise Mistake("--site needs --output FILE, since the site file is written beside the recording")
    beside = output.with_name(f"{output.name}.site.yaml") if output is not None else None
    for path in (output, beside):
        if path is not None:
            writable(path)
    load_recordings([facts])
    recording = msgspec.json.decode(facts.read_bytes())
    document = None
    if site is not None:
        load_site(site)
        document = yaml.safe_load(site.read_bytes())
    names = [*site_names(document), *names_in(recording["families"]), str(recording.get("host", ""))]
    pseudonyms = Pseudonyms(secrets.token_bytes(32), names)
    data = written(replaced(recording, pseudonyms))
    if output is None or beside is None:
        with standard_output() as stdout:
            stdout.flush()
            stdout.buffer.write(data)
        return Status.GOOD
    write(output, data)
    if document is not None:
        write(beside, yaml.safe_dump(with_pseudonyms(document, pseudonyms), sort_keys=False).encode())
    if sys.stderr is not None and document is None:
        sys.stderr.write("krbcheck: without --site, a name that only the site file states as one may remain\n")
    return Status.GOOD
