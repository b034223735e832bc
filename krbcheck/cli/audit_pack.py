"""The audit pack: what is judged from the collected facts, and the files of the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from krbcheck.cli.ages import today
from krbcheck.cli.matrix_scope import derived
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.outputs import write
from krbcheck.cli.pack_reading import Earlier
from krbcheck.cli.results import Collected, report_of
from krbcheck.facts.smb import AccountRights
from krbcheck.judging.check import Check
from krbcheck.recording.manifest import NAME, manifest_of
from krbcheck.report import audit, matrix
from krbcheck.report.audit import Audit, Person, Role, Since, backup_people, pair_changes
from krbcheck.report.audit_csv import findings_csv, pairs_csv
from krbcheck.report.audit_html import audit_page
from krbcheck.report.difference import difference
from krbcheck.report.formats import json
from krbcheck.report.forms import Screen
from krbcheck.report.matrix_waivers import with_waivers
from krbcheck.report.report import Report
from krbcheck.report.report_html import report_page
from krbcheck.site.expected_access import Expected
from krbcheck.site.reading import one_line
from krbcheck.site.stated import Site
from krbcheck.site.waivers import Waiver
from krbcheck.views.storage_administrators import StorageAdministrators
from krbcheck.views.view import Views, families_of


def empty_folder(path: Path) -> Path:
    """Makes the folder if it does not exist. Raises Mistake, before the first query, if it contains anything."""
    shown = one_line(str(path))
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        if any(path.iterdir()):
            raise Mistake(f"{shown}: is not empty; an audit pack is never overwritten, name a new folder")
        if not os.access(path, os.W_OK):
            raise Mistake(f"{shown}: permission denied; specify a folder with write permission")
    except OSError as bad:
        raise Mistake(f"{shown}: cannot be made: {bad.strerror}; specify a new folder in an existing one") from None
    return path


def audited(
    site: Site,
    sha256: str,
    checks: Sequence[Check[Any]],
    found: Collected,
    waivers: Sequence[Waiver],
    since: Earlier | None,
) -> tuple[Audit, Report]:
    """The pack and its report, both of the same facts. `sha256` is that of the site file."""
    report = report_of(site, checks, found, (), waivers=waivers)
    computed, unstated = derived(site, found.facts)
    tested = matrix.assemble(
        site,
        found.facts,
        tenants=[tenant.name for tenant in site.tenants],
        started=found.started,
        seconds=found.seconds,
        interrupted=found.interrupted,
        computed=computed,
        unstated=unstated,
    )
    tested = with_waivers(tested, waivers, today())
    people = (*backup_people(site, computed), *_administrators(site, found))
    made = audit.assemble(site, sha256, found.host, report, tested, computed, people)
    if since is not None:
        made = msgspec.structs.replace(made, since=_since(since, report, made))
    return made, report


def _since(earlier: Earlier, report: Report, made: Audit) -> Since:
    return Since(
        earlier.audit.started,
        earlier.audit.site_sha256,
        difference(earlier.report, report),
        pair_changes(earlier.audit.pairs, made.pairs),
        earlier.signer,
        earlier.trusted,
    )


def _administrators(site: Site, found: Collected) -> Iterator[Person]:
    """The accounts of the storages' administrators, with the computed access; names alone if groups were not read."""
    readable = all(family in found.facts for family in families_of([StorageAdministrators]))
    view = Views(site, {AccountRights: AccountRights(), **found.facts}).get(StorageAdministrators) if readable else None
    for storage in site.storages:
        if view is None:
            for name in storage.administrators:
                yield Person(Role.ADMINISTRATOR, "", name, storage.name, Expected.ANY, {}, "the groups were not read")
            continue
        for administrator in view.at(storage.name):
            access = {
                share.name: known
                for tenant in site.tenants
                for share in tenant.shares_of(storage.name)
                if (known := view.access(administrator, storage.name, share.name)) is not None
            }
            name, stated = administrator.name, administrator.stated
            shown = name if name == stated else f"{name} ({stated})"
            yield Person(Role.ADMINISTRATOR, "", shown, storage.name, Expected.ANY, access, administrator.why)


def write_pack(folder: Path, made: Audit, report: Report, key: bytes | None) -> None:
    """Writes every file, the manifest last. Raises Mistake."""
    files: Mapping[str, bytes] = {
        "audit.csv": b"".join(pairs_csv(made)),
        "audit.html": b"".join(audit_page(made, report)),
        "audit.json": b"".join(json.audit(made)),
        "findings.csv": b"".join(findings_csv(made)),
        "report.html": b"".join(report_page(report)),
        "report.json": b"".join(json.report(report, Screen())),
    }
    for name, data in files.items():
        write(folder / name, data)
    write(folder / NAME, json.encode(manifest_of(files, made.site, made.started, key)))
