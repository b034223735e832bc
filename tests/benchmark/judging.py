"""How long judging a large site takes, and which checks take longest; JSON on stdout.

Run from the checkout: `python -m tests.benchmark.judging [TENANTS...]`. `--checks` prints every check that takes a
hundredth of the whole.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence

from krbcheck.judging.check import Check
from krbcheck.judging.judge import CheckReport, judge
from krbcheck.judging.registry import load
from tests.benchmark.large_site import large_facts, large_site

TENANTS = (10, 50, 200)
GOALS = {500: "goal 10 s"}
SLOWEST = 4
SHARE = 0.01


def judged(tenants: int) -> tuple[float, list[CheckReport]]:
    """The seconds that judging takes, and the reports. Families that do not grow with the site are empty."""
    site = large_site(tenants)
    facts = large_facts(site)
    checks: list[Check[...]] = list(load().values())
    for check in checks:
        for family in check.families:
            facts.setdefault(family, family())
    began = time.perf_counter()
    reports = judge(site, facts, checks)
    return time.perf_counter() - began, reports


def main(arguments: Sequence[str]) -> None:
    every = "--checks" in arguments
    rows = []
    for tenants in [int(argument) for argument in arguments if argument != "--checks"] or TENANTS:
        seconds, reports = judged(tenants)
        crashed = [report for report in reports if report.crash]
        if crashed:
            sys.exit(f"{crashed[0].id} crashed: {crashed[0].crash}")
        verdicts = sum(len(report.verdicts) for report in reports)
        rows.append((f"judging {tenants} tenants, {verdicts} verdicts", f"{seconds:.2f} s", GOALS.get(tenants, "")))
        slowest = sorted(reports, key=lambda report: -report.seconds)
        kept = [entry for entry in slowest if entry.seconds > SHARE * seconds] if every else slowest[:SLOWEST]
        rows += [(f"  {report.id}", f"{report.seconds:.2f} s", "") for report in kept]
    sys.stdout.write(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
