"""The CSV files of an audit pack: with the mark that Excel needs for UTF-8, and the origin of the data in each line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from krbcheck.report.audit import Audit
from krbcheck.report.formats.csv import lines_of, safe

ORIGIN = ("collected", "vantages", "site", "site_sha256", "krbcheck")
PAIRS = (
    "role", "tenant", "principal", "storage", "share", "owner", "expected", "how", "outcome", "observed", "computed",
    "why", "paths", "waived",
)  # fmt: skip
MOST_VANTAGES = 8
"""Vantage points that each line names; hundreds would be most of the file."""
FINDINGS = ("code", "severity", "id", "tenant", "subject", "says", "follows", "waived")


def pairs_csv(audit: Audit) -> Iterator[bytes]:
    """A line for each pair of a principal and a share."""
    origin = _origin(audit)
    yield codecs.BOM_UTF8 + lines_of([(*PAIRS, *ORIGIN)])
    for pair in audit.pairs:
        waived = pair.waived.line if pair.waived else ""
        texts = (
            pair.role, pair.tenant, pair.principal, pair.storage, pair.share, pair.owner, pair.expected, pair.how,
            pair.outcome, pair.observed, pair.computed, pair.why, " ".join(pair.paths), waived,
        )  # fmt: skip
        yield lines_of([[*map(safe, texts), *origin]])


def findings_csv(audit: Audit) -> Iterator[bytes]:
    """A line for each error, warning and undetermined result."""
    origin = _origin(audit)
    yield codecs.BOM_UTF8 + lines_of([(*FINDINGS, *ORIGIN)])
    for change in (*audit.findings, *audit.undetermined):
        flags = ["yes" if flag else "" for flag in (change.follows, change.waived)]
        texts = (
            change.code,
            change.severity or "not determined",
            change.id,
            change.tenant,
            change.subject,
            change.says,
        )
        yield lines_of([[*map(safe, texts), *flags, *origin]])


def _origin(audit: Audit) -> list[str]:
    started = audit.started.strftime("%Y-%m-%dT%H:%M:%SZ")
    more = len(audit.vantages) - MOST_VANTAGES
    vantages = " ".join(audit.vantages[:MOST_VANTAGES]) + (f" and {more} more, in audit.json" if more > 0 else "")
    return [safe(each) for each in (started, vantages, audit.site, audit.site_sha256, audit.krbcheck)]
