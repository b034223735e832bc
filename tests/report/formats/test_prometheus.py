"""The metrics are read by Prometheus' own parser."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.parser import text_string_to_metric_families

from krbcheck.report.formats import prometheus
from krbcheck.report.forms import Screen
from krbcheck.report.report import Report
from krbcheck.site.stated import Site
from tests.support import matrix_report
from tests.support.matrix_report import NASTY, facts, made, nasty, said, seen
from tests.support.traces import trace

site = matrix_report.site
Metrics = dict[str, dict[frozenset[tuple[str, str]], float]]


def read(pieces: Iterable[bytes]) -> Metrics:
    """The samples by metric and labels. Each metric has one family with help, of type gauge, and no sample twice."""
    text = b"".join(pieces).decode()
    assert text.endswith("\n")
    families = list(text_string_to_metric_families(text))
    assert all(family.type == "gauge" and family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)
    samples = [(family.name, sample) for family in families for sample in family.samples]
    found: Metrics = {}
    for name, sample in samples:
        labels = frozenset(sample.labels.items())
        assert labels not in found.setdefault(name, {})
        assert sample.timestamp is None, "the textfile collector rejects timestamps"
        found[name][labels] = sample.value
    return found


def value(found: Metrics, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    return sum(number for key, number in found[name].items() if labels.items() <= dict(key).items())


def test_findings_are_counted_by_code_tenant_and_severity(bad_report: Report) -> None:
    found = read(prometheus.report(bad_report, Screen()))
    assert value(found, "krbcheck_findings", code="ticket.service/needs-search-order", tenant="alice") == 2
    assert value(found, "krbcheck_findings", severity="warning", tenant="bob") == 1
    assert value(found, "krbcheck_findings") == len(bad_report.findings())
    assert value(found, "krbcheck_undetermined", tenant="carol") == 2
    assert value(found, "krbcheck_undetermined") == bad_report.unknown
    assert value(found, "krbcheck_checks") == len(bad_report.checks)
    assert value(found, "krbcheck_checks", outcome="crashed") == 1
    assert value(found, "krbcheck_last_run_timestamp_seconds", site="cloud.yaml") == bad_report.started.timestamp()
    assert value(found, "krbcheck_run_duration_seconds") == 2.14
    assert value(found, "krbcheck_build_info", version=bad_report.krbcheck) == 1
    assert value(found, "krbcheck_interrupted") == 0


def test_a_run_without_findings_has_the_other_metrics(good_report: Report) -> None:
    found = read(prometheus.report(good_report, Screen()))
    assert "krbcheck_findings" not in found
    assert value(found, "krbcheck_causes") == 0
    assert value(found, "krbcheck_checks", outcome="passed") == good_report.totals.passed


def test_cells_of_a_matrix_are_counted_by_outcome(site: Site) -> None:
    found = read(prometheus.matrix(made(site, facts(seen(said("aliceVMs", "bobVMs", breach=True)))), Screen()))
    assert value(found, "krbcheck_matrix_cells", tenant="alice", outcome="breach") == 1
    assert value(found, "krbcheck_matrix_cells", tenant="alice", outcome="locked-out") == 0
    assert value(found, "krbcheck_matrix_cells", tenant="bob", outcome="unknown") == 6


def test_a_trace_has_its_outcome() -> None:
    found = read(prometheus.trace(trace(), Screen()))
    assert value(found, "krbcheck_trace_outcome", outcome="no-ticket", code="spn.exists/missing") == 1
    assert value(found, "krbcheck_trace_tgt_seconds", kdc="dc1.vm.com") == 0.01


def test_text_of_servers_is_a_label(hostile_report: Report, site: Site) -> None:
    found = read(prometheus.report(hostile_report, Screen()))
    assert value(found, "krbcheck_findings", code="smb.share/no-such-share") == 1
    tenants = [dict(key)["tenant"] for key in found["krbcheck_findings"]]
    assert [tenant.isprintable() and len(tenant) <= 200 for tenant in tenants] == [True]
    read(prometheus.matrix(nasty(site), Screen()))
    odd = read(prometheus.trace(trace('a"b\\c\n' + NASTY), Screen()))
    assert value(odd, "krbcheck_trace_outcome") == 1


def test_a_quote_and_a_backslash_in_a_name_survive() -> None:
    import msgspec

    found = read(prometheus.trace(msgspec.structs.replace(trace(), principal='CORP\\a"b'), Screen()))
    assert value(found, "krbcheck_trace_outcome", principal='CORP\\a"b') == 1
