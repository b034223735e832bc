"""How large the reports and the audit pack of a large site are, and the CPU time of writing them; JSON on stdout.

Run from the checkout: `python -m tests.benchmark.reports [TENANTS...]`. `--keep FOLDER` keeps the files.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from krbcheck.cli.audit_pack import audited, write_pack
from krbcheck.cli.results import Collected, report_of
from krbcheck.judging.check import Check
from krbcheck.judging.registry import load
from krbcheck.report.forms import Screen, rendered
from krbcheck.site.stated import Site
from tests.benchmark.large_site import large_facts, large_site

TENANTS = (2, 50, 200)
Row = tuple[str, str, str]


def collected(site: Site, checks: Sequence[Check[...]]) -> Collected:
    """The facts of the site; families that do not grow with it are empty."""
    facts = large_facts(site)
    for check in checks:
        for family in check.families:
            facts.setdefault(family, family())
    return Collected("station", datetime(2026, 11, 26, tzinfo=UTC), facts, 60.0)


def rows(tenants: int, folder: Path) -> Iterator[Row]:
    site = large_site(tenants)
    checks: list[Check[...]] = list(load().values())
    found = collected(site, checks)
    report = report_of(site, checks, found, ())
    for form in ("html", "json", "terminal", "markdown"):
        began = time.process_time()
        path = folder / f"report-{tenants}.{form}"
        path.write_bytes(b"".join(rendered(report, form, Screen())))
        yield _row(f"report of {tenants} tenants, {form}", path, time.process_time() - began)
    pack = folder / f"pack-{tenants}"
    pack.mkdir()
    began = time.process_time()
    made, its_report = audited(site, "0" * 64, checks, found, (), None)
    judged = time.process_time() - began
    yield f"audit pack of {tenants} tenants, {made.scope.pairs} pairs, judged", f"{judged:.1f} s", ""
    began = time.process_time()
    write_pack(pack, made, its_report, None)
    yield f"audit pack of {tenants} tenants, all files written", f"{time.process_time() - began:.1f} s", ""
    for path in sorted(pack.iterdir()):
        yield _row(f"  {path.name}", path)


def _row(what: str, path: Path, seconds: float | None = None) -> Row:
    size = path.stat().st_size
    spent = f", {seconds:.2f} s" if seconds is not None else ""
    return what, f"{size / 1e6:.2f} MB{spent}", "goal 2 MB" if path.suffix == ".html" else ""


def main(arguments: Sequence[str]) -> None:
    keep = Path(arguments[arguments.index("--keep") + 1]) if "--keep" in arguments else None
    numbers = [int(argument) for argument in arguments if argument.isdecimal()] or TENANTS
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        made = [row for tenants in numbers for row in rows(tenants, folder)]
    sys.stdout.write(json.dumps(made, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
