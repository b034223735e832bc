"""`krbcheck init`: drafts a site file from DNS, the directories and the storages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krbcheck.cli.exits import Status, tell
from krbcheck.cli.options import Quiet, Retry

if TYPE_CHECKING:
    from krbcheck.site.draft import Draft
    from krbcheck.site.stated import Site

Domains = Annotated[list[str], typer.Option("--domain", metavar="DOMAIN", help="DNS name of a domain; repeatable.")]
Storages = Annotated[
    list[str],
    typer.Option(
        "--storage", metavar="ACCOUNT", help="Account of a storage: 'NAME$@REALM', or 'NAME$' in the last --domain."
    ),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="ACCOUNT",
        help="Account that reads a domain: NAME@REALM, or NAME@REALM=SOURCE with the source of its secret (env:NAME, "
        "file:PATH, keytab:PATH, ccache:PATH). Default source: a prompt. Repeatable.",
    ),
]
Networks = Annotated[
    list[str] | None, typer.Option("--network", metavar="CIDR", help="A network of a tenant; repeatable.")
]
Servers = Annotated[
    list[str] | None,
    typer.Option("--name-server", metavar="ADDRESS", help="Name server of all domains; default: those of this host."),
]
Keytabs = Annotated[
    Path | None, typer.Option("--keytabs", metavar="FOLDER", help="Folder with keytabs (*.keytab) of the hosts.")
]
Output = Annotated[Path, typer.Option("--output", metavar="FILE", help="The site file to write; never overwritten.")]
Product = Annotated[str, typer.Option("--backup", metavar="PRODUCT", help="The backup product, such as dpm-2016.")]


def init(
    domain: Domains,
    storage: Storages,
    account: Accounts = None,
    network: Networks = None,
    name_server: Servers = None,
    keytabs: Keytabs = None,
    backup: Product = "",
    output: Output = Path("site.yaml"),
    quiet: Quiet = False,
    retry: Retry = False,
) -> Status:
    """Draft a site file from what DNS, the directories and the storages return.

    Each value that was guessed has a comment with the reason; what was not found is a line with TODO. Passwords are
    prompted for, and never written.

    Exit status: 0 a draft without TODO; 2 an error in the command line, or a rejected secret; 3 the draft has TODO
    lines.
    """
    from krbcheck.cli.init_scope import Drafting, Rejected
    from krbcheck.cli.init_words import wished
    from krbcheck.cli.inputs import open_wallet
    from krbcheck.cli.interrupts import INTERRUPTS
    from krbcheck.cli.mistakes import Mistake
    from krbcheck.cli.outputs import writable
    from krbcheck.cli.progress import progress
    from krbcheck.site.reading import one_line
    from krbcheck.site.stated import Site, Tenant

    shown = one_line(str(output))
    if output.exists() or output.is_symlink():
        raise Mistake(f"{shown}: exists; name another file with --output, a file is never overwritten")
    writable(output)
    wish = wished(domain, storage, account or [], network or [], name_server or [], keytabs, backup, output)
    bare = Site("draft", wish.domains, wish.storages, (Tenant("draft", principals=wish.hosts),))
    wallet = open_wallet(bare, bare.tenants, Path("command line"), retry=retry)
    observer = progress(quiet=quiet)
    drafting = Drafting(wish, wallet, observer)
    try:
        draft = drafting.run_with_readers()
    except Rejected as bad:
        raise Mistake(f"{bad}; nothing was written: correct the account or its secret, and run init again") from None
    finally:
        observer.close()
    INTERRUPTS.stoppable = False
    text = _text(draft, domain, storage)
    _write(output, text)
    return _reported(output, text, drafting.crashes, quiet=quiet)


def _text(draft: Draft, domains: list[str], storages: list[str]) -> str:
    from krbcheck import __version__
    from krbcheck.asking.answering import now
    from krbcheck.site.draft import render

    today = now().date()
    head = [
        f"Drafted by krbcheck {__version__} init on {today} for {', '.join(domains)} and {', '.join(storages)}.",
        "Comments state where a value is from. Complete the lines with TODO, then: krbcheck validate FILE",
    ]
    return render(draft, head)


def _write(path: Path, text: str) -> None:
    from krbcheck.cli.mistakes import Mistake
    from krbcheck.site.reading import one_line

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as bad:
        raise Mistake(f"{one_line(str(path))}: cannot be written: {bad.strerror}; name another with --output") from None


def _reported(path: Path, text: str, crashes: dict[str, str], *, quiet: bool) -> Status:
    from krbcheck.report.text import counted
    from krbcheck.site.draft import todos
    from krbcheck.site.reading import SiteError, one_line, read_site

    shown, left = one_line(str(path)), todos(text)
    if crashes:
        tell(f"this is a bug in krbcheck, please report it:\n{next(iter(crashes.values()))}")
        return Status.CRASHED
    try:
        stated = read_site(path)
    except SiteError as bad:
        tell(f"the draft has a mistake, correct it: {bad}")
        return Status.UNKNOWN
    if not quiet:
        typer.echo(f"{shown}: {', '.join(_counts(stated))}")
        then = f"krbcheck validate {shown} --try; krbcheck run {shown}"
        typer.echo(f"{counted(len(left), 'line')} with TODO, to complete now or after a first run; next: {then}")
    return Status.UNKNOWN if left else Status.GOOD


def _counts(site: Site) -> Iterator[str]:
    from krbcheck.report.text import counted

    yield counted(len(site.domains), "domain")
    yield counted(len(site.storages), "storage")
    yield counted(len(site.tenants), "tenant")
    yield counted(sum(1 for _ in site.paths()), "data path")
    yield counted(sum(len(tenant.shares) for tenant in site.tenants), "share")
    yield counted(sum(1 for _ in site.principals()), "host")
