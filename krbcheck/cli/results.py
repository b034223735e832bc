"""What a collection brought, from here or out of recordings, and the report made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from krbcheck.cli.ages import today
from krbcheck.cli.exits import FailOn, Status
from krbcheck.facts.observation import Facts
from krbcheck.facts.scopes import Scopes
from krbcheck.judging.check import Check
from krbcheck.judging.focusing import Wanted, focused
from krbcheck.judging.judge import judge
from krbcheck.judging.rules import rules_of
from krbcheck.recording import encoding, merging
from krbcheck.recording.belief import Age, believed, own_vantages
from krbcheck.recording.encoding import Recording
from krbcheck.recording.origins import from_inside
from krbcheck.report.report import RecordingRead, Report, assemble
from krbcheck.site.stated import Site
from krbcheck.site.waivers import Waiver


@dataclass
class Collected:
    """The result of a collection. `host` sent the queries, `seconds` is the time since `started`, `crashes` are
    krbcheck's own tracebacks by fact family.
    """

    host: str
    started: datetime
    facts: Mapping[type[Facts], Facts]
    seconds: float = 0.0
    crashes: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False
    recordings: tuple[RecordingRead, ...] = ()

    def encoded(self, key: bytes | None = None) -> bytes:
        """The recording, signed with the private key in PEM, if there is one."""
        return encoding.encode(
            self.facts,
            host=self.host,
            started=self.started,
            seconds=self.seconds,
            interrupted=self.interrupted,
            crashes=self.crashes,
            key=key,
        )


def joined(
    recordings: Sequence[tuple[Recording, Mapping[type[Facts], Facts]]], age: Age, site: Site, *, trusted: bool = False
) -> Collected:
    """Several recordings as one collection; the order in which they are named changes nothing.

    What was not collected from a tenant's networks does not count for this tenant. `trusted` if each is signed with a
    key that the user trusts.
    """
    networks = {tenant.name: (*tenant.networks, *filter(None, (tenant.source,))) for tenant in site.tenants}
    ordered = sorted(recordings, key=lambda entry: (entry[0].started, entry[0].host))
    heads = [head for head, _ in ordered]
    inside = [from_inside(facts, networks) for _, facts in ordered]
    counted = [believed(head, entry.facts, age) for head, entry in zip(heads, inside, strict=True)]
    end = max(head.started + timedelta(seconds=head.seconds) for head in heads)
    crashes: dict[str, str] = {}
    for head in heads:
        for family, text in head.crashes.items():
            crashes[family] = f"{crashes[family]}\n{text}" if family in crashes else text
    facts = merging.merge(entry.facts for entry in counted)
    if not all(Scopes in own for _, own in ordered):
        facts.pop(Scopes, None)  # what an older recording was made for is not known
    return Collected(
        ", ".join(dict.fromkeys(host for head in heads for host in head.host.split(", "))),
        heads[0].started,
        facts,
        (end - heads[0].started).total_seconds(),
        crashes,
        any(head.interrupted for head in heads),
        tuple(
            _read(head, own.facts, (*entry.remarks, *own.remarks), trusted=trusted)
            for head, own, entry in zip(heads, inside, counted, strict=True)
        ),
    )


def _read(
    head: Recording, facts: Mapping[type[Facts], Facts], remarks: tuple[str, ...], *, trusted: bool
) -> RecordingRead:
    tenants, _ = own_vantages(head, facts)
    return RecordingRead(head.host, head.started, tuple(sorted(tenants)), head.signer, trusted, remarks)


def report_of(
    site: Site,
    checks: Iterable[Check[Any]],
    found: Collected,
    tenants: Sequence[str],
    wanted: Wanted | None = None,
    waivers: Sequence[Waiver] = (),
) -> Report:
    """The report of these checks. With `wanted`, only results about these objects are in it."""
    checks = tuple(checks)
    missing = "the collection was interrupted before this query" if found.interrupted else "not collected"
    return assemble(
        site,
        focused(judge(site, found.facts, checks, tenants=tenants, missing=missing), wanted or {}),
        found.facts,
        started=found.started,
        seconds=found.seconds,
        crashes=found.crashes,
        interrupted=found.interrupted,
        recordings=found.recordings,
        rules=rules_of(checks),
        waivers=waivers,
        today=today(),
        whole=not tenants and not wanted,
    )


def status_of(report: Report, fail_on: FailOn) -> Status:
    """Returns the exit status of the most serious result in the report."""
    if report.interrupted:
        return Status.INTERRUPTED
    if report.crashed:
        return Status.CRASHED
    warned = report.totals.warned or any(waiver.is_warning for waiver in report.waivers)
    if report.totals.failed or (warned and fail_on is FailOn.WARNING):
        return Status.FINDINGS
    return Status.UNKNOWN if report.unknown or report.unreached else Status.GOOD
