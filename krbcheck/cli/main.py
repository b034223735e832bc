"""`krbcheck`: runs a command and turns what came of it into an exit status."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import NoReturn, TextIO

from krbcheck.cli.exits import Status, tell
from krbcheck.cli.interrupts import INTERRUPTS

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> NoReturn:
    """Never returns."""
    conclude(lambda: run(sys.argv[1:]))


def conclude(work: Callable[[], int]) -> NoReturn:
    """Works and ends the process. Threads that a silent server holds up do not hold up the end."""
    INTERRUPTS.install()
    ended = work()
    INTERRUPTS.stoppable = False
    if INTERRUPTS.came:
        ended = Status.INTERRUPTED
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            flush(stream)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # too late to change anything
    if threading.active_count() > 1:
        os._exit(ended)
    sys.exit(ended)


def run(arguments: Sequence[str]) -> int:
    """The exit status. A mistake of the user is one line on stderr."""
    try:
        return _command(arguments)
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except SystemExit:
        return Status.GOOD  # typer's way to leave when nobody reads on
    except OSError as full:
        if full.errno not in FULL or sys.stdout is None:
            return _crashed()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        tell(f"stdout: cannot be written: {full.strerror}; free disk space, or specify another file with --output")
        return Status.MISTAKE
    except Exception:  # noqa: BLE001 - a bug of the command itself: named as ours, and never status 1
        return _crashed()


def _crashed() -> int:
    import traceback

    from krbcheck.credentials.redaction import redacted_by_all

    tell(f"this is a bug in krbcheck, please report it:\n{redacted_by_all(traceback.format_exc())}")
    return Status.CRASHED


def _command(arguments: Sequence[str]) -> int:
    import typer

    from krbcheck.cli.table import run_command

    try:
        ended = run_command(arguments)
    except typer.TyperException as mistake:
        tell(" ".join(mistake.format_message().split()))
        return Status.MISTAKE
    except typer.Abort:
        return Status.MISTAKE
    return ended if isinstance(ended, int) else Status.GOOD


def flush(stream: TextIO) -> None:
    """Flushes a stream. A pipe that its reader has closed is not an error."""
    try:
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as full:
        tell(f"the report is incomplete: {full.strerror}") if stream is sys.stdout else None
