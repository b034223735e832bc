"""Metrics in the text format of Prometheus (0.0.4), for the textfile collector of node_exporter.

The collector reads `*.prom` in its folder; write there with `--output`. Every metric is a gauge of the last run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from krbcheck.judging.verdict import Unknown
from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix
from krbcheck.report.matrix_page import state
from krbcheck.report.report import Report
from krbcheck.report.tenant_paths import PathState
from krbcheck.report.text import plain
from krbcheck.report.trace import Trace
from krbcheck.views.observed_access import Outcome

MAX_LABEL = 200
Sample = tuple[Mapping[str, str], float]


def report(report: Report, screen: Screen) -> Iterator[bytes]:
    site = {"site": report.site}
    findings = Counter((each.code, each.tenant, str(each.severity)) for each in report.open_findings())
    waived = Counter((each.code, each.tenant) for each in report.findings() if each.waived)
    unknown = Counter((check, each.tenant) for check, each in report.verdicts() if isinstance(each, Unknown))
    outcomes = Counter(str(check.outcome) for check in report.checks)
    paths = Counter((path.tenant, str(path.state)) for path in report.paths)
    yield _metric(
        "krbcheck_findings",
        "Findings that are not waived, by code, tenant and severity; the tenant is empty if a finding concerns none.",
        (
            (site | {"code": code, "tenant": tenant, "severity": severity}, number)
            for (code, tenant, severity), number in sorted(findings.items())
        ),
    )
    yield _metric(
        "krbcheck_undetermined",
        "Results that could not be determined, by check and tenant.",
        ((site | {"check": check, "tenant": tenant}, number) for (check, tenant), number in sorted(unknown.items())),
    )
    yield _metric(
        "krbcheck_checks",
        "Checks by outcome.",
        ((site | {"outcome": outcome}, number) for outcome, number in sorted(outcomes.items())),
    )
    yield _metric(
        "krbcheck_paths",
        "Data paths by tenant and state.",
        (
            (site | {"tenant": tenant, "state": state}, paths[tenant, state])
            for tenant in sorted({tenant for tenant, _ in paths})
            for state in PathState
        ),
    )
    yield _metric(
        "krbcheck_findings_waived",
        "Findings that a waiver accepts, by code and tenant.",
        ((site | {"code": code, "tenant": tenant}, number) for (code, tenant), number in sorted(waived.items())),
    )
    yield _waivers(site, Counter(str(waiver.state) for waiver in report.waivers))
    yield _metric("krbcheck_causes", "Findings that follow from no other.", [(site, len(report.causes))])
    yield _metric("krbcheck_crashes", "Bugs of krbcheck.", [(site, len(report.crashes) + report.totals.crashed)])
    yield from _run(site, report.started, report.seconds, report.krbcheck, interrupted=report.interrupted)


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    site = {"site": matrix.site}
    cells = Counter((row.tenant, state(cell)) for row in matrix.rows for cell in row.cells)
    tenants = sorted({tenant for tenant, _ in cells})
    yield _metric(
        "krbcheck_matrix_cells",
        "Cells of the access matrix, by tenant of the principal and outcome.",
        (
            (site | {"tenant": tenant, "outcome": str(outcome)}, cells[tenant, outcome])
            for tenant in tenants
            for outcome in (*Outcome, "waived")
        ),
    )
    yield _waivers(site, Counter(str(waiver.state) for waiver in matrix.waivers))
    yield from _run(site, matrix.started, matrix.seconds, matrix.krbcheck, interrupted=matrix.interrupted)


def trace(trace: Trace, screen: Screen) -> Iterator[bytes]:
    site = {"site": trace.site}
    labels = site | {"principal": trace.principal, "service": trace.service}
    yield _metric(
        "krbcheck_trace_outcome",
        "1 for the outcome of the trace of a service ticket.",
        [(labels | {"outcome": str(trace.outcome), "code": trace.code}, 1)],
    )
    yield _metric(
        "krbcheck_trace_tgt_seconds",
        "Seconds until each KDC answered the request for the TGT.",
        ((labels | {"kdc": kdc.kdc, "answer": str(kdc.tgt.came)}, kdc.tgt.seconds) for kdc in trace.kdcs),
    )
    yield from _run(site, trace.started, trace.seconds, trace.krbcheck, interrupted=False)


def _waivers(site: dict[str, str], states: Mapping[str, int]) -> bytes:
    return _metric(
        "krbcheck_waivers",
        "Waivers by state; expired and unused waivers are warnings.",
        ((site | {"state": name}, number) for name, number in sorted(states.items())),
    )


def _run(
    site: Mapping[str, str], started: datetime, seconds: float, version: str, *, interrupted: bool
) -> Iterator[bytes]:
    yield _metric(
        "krbcheck_last_run_timestamp_seconds", "Start of the last run, in Unix time.", [(site, started.timestamp())]
    )
    yield _metric("krbcheck_run_duration_seconds", "Duration of the last run.", [(site, seconds)])
    yield _metric("krbcheck_interrupted", "1 if the last run was interrupted.", [(site, int(interrupted))])
    yield _metric("krbcheck_build_info", "The version of krbcheck.", [({"version": version}, 1)])


def _metric(name: str, means: str, samples: Iterable[Sample]) -> bytes:
    """HELP, TYPE and the samples, each set of labels once; nothing without samples."""
    summed: dict[str, float] = {}
    for labels, value in samples:
        key = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        summed[key] = summed.get(key, 0) + value
    if not summed:
        return b""
    lines = [f"# HELP {name} {means}", f"# TYPE {name} gauge"]
    lines += [f"{name}{{{labels}}} {value:.15g}" for labels, value in summed.items()]
    return ("\n".join(lines) + "\n").encode(errors="replace")


def _escaped(text: str) -> str:
    """A label value: a backslash and a quote are escaped, and there is no line feed (plain)."""
    return plain(text, MAX_LABEL).replace("\\", "\\\\").replace('"', '\\"')
