"""The remedies of faults, run in the lab as they are printed: on the host that each step names, by its shell.

    python -m tests.lab.remedies [--quick] [FAULT…]

makes each fault in the lab that is up, runs its remedy, and prints a table. With --quick only the checks that the fault
concerns run.

`CASES` lists the faults. What a remedy leaves to the administrator (a folder) is given there; a step that
the lab cannot run, because it is for a Windows host, is listed with its reason. A step that is neither run nor listed
fails.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.lab import accounts, domains, hosts, state, tickets
from fixtures.lab.plan import DOMAINS, HOSTS, HYPERV
from tests.lab.remedy_cases import CASES, Case

if TYPE_CHECKING:
    from tests.lab.conftest import Lab

SECONDS = 60.0
TRIES = 3
SHOWS_PLATFORM = "smb.one,spn.stale"
"""Their facts show that storage and domains are Samba: the NEGOTIATE response, and vendorName of the rootDSE."""
ROOT = Path(__file__).resolve().parents[2]
OF_DOMAIN = re.compile(r"(?P<every>a|each) domain controller of (?P<domain>\S+)")
OF_TENANT = re.compile(r"(?:each|a) host of (?P<tenant>\S+)")
NAMED_HOST = re.compile(r"the host (?P<host>[^$@\s]+)\$?(?:@\S+)?")
IN_STATION = "krbcheck "
"""These commands run where krbcheck is installed, in the folder of the site file."""

NOT_IN_LAB: Mapping[str, str] = {
    "klist -li 0x3e7": "the hosts log on again",
    "Clear-DnsClientCache": "the lab's hosts keep no names",
    "systemctl restart samba-ad-dc": "the lab has no systemd: it restarts the controller itself",
    "gpupdate": "krbcheck reads the policies in SYSVOL; a Windows host applies them every 90 minutes",
}
"""Commands of Windows hosts and of systemd, which the lab does not have, and what the lab does instead."""


@dataclass(frozen=True)
class Step:
    """A step of the JSON report that has a command, on one host of the lab."""

    command: str
    host: str
    undo: str
    undo_says: str
    verify: str
    shows: str
    step_class: str


@dataclass
class Applied:
    """What was run of a remedy, in order, and what was not, with the reason."""

    ran: list[Step] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)


class WrongRemedy(AssertionError):
    """A step that cannot be run as it is printed, or that fails."""


def causes(report: Any) -> list[Any]:
    """The findings that a report names as causes, in the order in which to fix them."""
    found = {
        verdict["id"]: verdict
        for check in report["checks"]
        for verdict in check["verdicts"]
        if verdict["verdict"] == "finding"
    }
    return [found[name] for name in report["causes"]]


def steps(finding: Any) -> Iterator[Any]:
    yield from finding["remedy"]


def lab_hosts(said: str) -> list[str]:
    """The hosts of the lab that a step names. Raises WrongRemedy for none."""
    if match := OF_DOMAIN.fullmatch(said):
        controllers = DOMAINS[match["domain"].lower()].controllers
        return list(controllers if match["every"] == "each" else controllers[:1])
    if match := OF_TENANT.fullmatch(said):
        return [host for host in HYPERV if host.startswith(match["tenant"])]
    name = match["host"] if (match := NAMED_HOST.fullmatch(said)) else said
    known = {host.dns_name: host.name for host in HOSTS.values()} | {host: host for host in HOSTS}
    if name.lower() not in known:
        raise WrongRemedy(f"a step runs on {said!r}, which names no host")
    return [known[name.lower()]]


def run(host: str, command: str, site: str = "") -> str:
    """Runs one printed command by the shell of a host; returns its output. Raises WrongRemedy unless it succeeds.

    The password that `-U Administrator` prompts for is given by the environment.
    """
    environment = {"PASSWD": state.password(accounts.ADMINISTRATOR)}
    if command.startswith(IN_STATION):
        environment["PATH"] = f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin"
        command, host = f"cd {shlex.quote(str(Path(site).parent))} && {command}", "station"
    done = hosts.attempt(host, ["sh", "-c", command], environment=environment, seconds=SECONDS)
    if done.returncode:
        raise WrongRemedy(f"{host}: {command}: exit {done.returncode}: {done.stderr.strip()}{done.stdout.strip()}")
    return done.stdout


def apply(report: Any, case: Case) -> Applied:
    """Runs the steps of every cause of a report, in order, each once."""
    applied, seen = Applied(), set[tuple[str, str]]()
    for finding in causes(report):
        for step in steps(finding):
            if (key := (step["command"] or step["says"], step["host"])) not in seen:
                seen.add(key)
                _apply(step, case, applied)
    return applied


def _apply(step: Any, case: Case, applied: Applied) -> None:
    command: str = step["command"]
    if reason := case.leaves_out(command or step["says"]):
        applied.not_run[command or step["says"]] = reason
    elif not command:
        if step["class"] != "looks":
            raise WrongRemedy(f"a step without a command: {step['says']}")
    elif instead := next((text for start, text in NOT_IN_LAB.items() if command.startswith(start)), ""):
        applied.not_run[command] = instead
        if "log on" in instead:
            _replicate()  # else a change that reaches the other controller later is newer than the logon
            tickets.renew()
        if command.startswith("systemctl"):
            for host in lab_hosts(step["host"]):
                domains.restart(host)
    elif step["platform"] not in (None, "Samba"):
        raise WrongRemedy(f"a step for {step['platform']} ({step['known_by']}): {command}")
    else:
        for host in lab_hosts(step["host"]):
            run(host, case.filled(command))
            undo, verify = case.filled(step["undo"]), case.filled(step["verify"])
            applied.ran.append(
                Step(command, host, undo, step["undo_says"], verify, step["shows"], step["class"]),
            )


def _replicate() -> None:
    """What was changed at the first controller of each domain reaches the others now (DRSR, IDL_DRSReplicaSync)."""
    for domain in DOMAINS.values():
        first, *others = domain.controllers
        for other in others:
            hosts.run(first, ["samba-tool", "drs", "replicate", other, first, domain.dn, "--machine-pass"])


def verify(applied: Applied, site: str) -> None:
    """Runs the verification of each step; where it expects an output, that is in it."""
    for step in dict.fromkeys(step for step in applied.ran if step.verify):
        run(step.host, step.verify, site)


def undo(applied: Applied) -> list[Step]:
    """Runs the undo of each step, the last first; returns the steps that were undone."""
    undone = [step for step in reversed(applied.ran) if step.undo]
    for step in undone:
        run(step.host, step.undo)
    return undone


def prove(lab: Lab, report: Any, site: str, case: Case, options: Sequence[str] = ()) -> Applied:
    """Runs the remedy of a report's causes and its verifications: the report is then clean. With `undone` the undo of
    the steps brings the same findings back. Raises AssertionError where that is not so.
    """
    codes = {verdict["code"] for verdict in causes(report)}
    applied = apply(report, case)
    assert applied.ran, f"no step of the remedy of {', '.join(sorted(codes))} was run"
    clean(lab, site, *options)
    verify(applied, site)
    if case.undone:
        undo(applied)
        found_again(lab, site, codes)
    return applied


def main(names: Sequence[str], quick: bool) -> int:
    """Prints a line for each fault: its causes, and the commands that were run or what is wrong with them."""
    from fixtures.lab import catalogue
    from tests.lab.conftest import Lab

    lab, wrong = Lab(), 0
    for name in names or list(CASES):
        case = CASES.get(name, Case())
        concerned = {code.partition("/")[0] for code in catalogue.named(name).leads_to}
        only = [f"--only={','.join(sorted({*concerned, SHOWS_PLATFORM}))}"] if quick else []
        try:
            with lab.broken(name) as site:
                before = lab.run(site, *only)
                codes = sorted({finding["code"] for finding in causes(before.report)})
                print(f"{name}: {', '.join(codes)}", flush=True)
                applied = prove(lab, before.report, site, case, only)
        except (AssertionError, subprocess.TimeoutExpired) as failed:
            wrong += 1
            print(f"    WRONG: {failed}", flush=True)
            continue
        for step in applied.ran:
            print(f"    {step.host}: {step.command}")
        for command, reason in applied.not_run.items():
            print(f"    not run ({reason}): {command}")
        if case.undone:
            print("    undone: the same findings")
    return 1 if wrong else 0


def found_again(lab: Lab, site: str, codes: set[str]) -> None:
    """The findings with these codes are back. Between the controllers the undo may have to replicate first."""
    concerned = sorted({code.partition("/")[0] for code in codes})
    for _ in range(TRIES):
        ran = lab.run(site, f"--only={','.join(concerned)}")
        if codes <= ran.codes():
            break
        time.sleep(1.0)
    assert codes <= ran.codes(), ran.summary()


def clean(lab: Lab, site: str, *options: str) -> None:
    """The report becomes as silent as the healthy lab's. Changes may replicate first, and caches expire."""
    for _ in range(TRIES):
        ran = lab.run(site, *options)
        if not ran.findings() and not ran.verdicts("unknown"):
            break
        time.sleep(1.0)
    ran.assert_silent()


if __name__ == "__main__":
    sys.exit(main([name for name in sys.argv[1:] if name != "--quick"], "--quick" in sys.argv[1:]))
