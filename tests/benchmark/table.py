"""The benchmark: whole processes from here, single exchanges from the station, all printed as one table.

Figures of one run compare with each other only: each command runs in turn with the others, five rounds, medians.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
LAB = str(ROOT / "fixtures" / "lab" / "lab")
KRBCHECK = str(Path(sys.executable).with_name("krbcheck"))
ROUNDS = 5
CROWDS = ((10, 10), (50, 100), (100, 100))
ACCOUNTS, PRINCIPALS = 20000, 40
USAGE = """\
usage: tests/bench [--start | --judging | --reports | --tickets | --matrix | --directory]
  --start        only how long commands take to start; needs no lab
  --judging      only judging large sites that are made by rule; needs no lab
  --reports      only the reports and the audit pack of such sites: size and time; needs no lab
  --tickets      only many tickets, for which the lab makes principals and forgets them again
  --matrix       only the access matrix of a crowd, which the lab makes for it and sends away again (minutes)
  --directory    only a large directory, which the lab makes for it and forgets again (minutes)
"""


def main(arguments: Sequence[str]) -> int:
    match list(arguments):
        case []:
            starting()
            judging()
            reports()
            with lab() as site:
                whole_runs(site)
                within_station("exchanges.py", site)
                many_tickets(site)
        case ["--start"]:
            starting()
        case ["--judging"]:
            judging()
        case ["--reports"]:
            reports()
        case ["--tickets"]:
            with lab() as site:
                many_tickets(site)
        case ["--matrix"]:
            with lab() as site:
                access_matrix(site)
        case ["--directory"]:
            with lab() as site:
                large_directory(site)
        case _:
            sys.stderr.write(USAGE)
            return 2
    return 0


def tell(what: str, figure: str, goal: str = "") -> None:
    sys.stdout.write(f"{what:<58} {figure:>22}   {goal}\n")
    sys.stdout.flush()


def seconds(command: Sequence[str]) -> float:
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    spent = time.monotonic() - began
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return spent


def in_turn(commands: dict[str, Sequence[str]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median seconds of each, run alternately so that a busy moment hits all of them."""
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            spent[name].append(seconds(command))
    return {name: median(each) for name, each in spent.items()}


def starting() -> None:
    found = in_turn(
        {
            "bare python": [sys.executable, "-c", "pass"],
            "krbcheck --help": [KRBCHECK, "--help"],
            "krbcheck list": [KRBCHECK, "list"],
            "krbcheck explain 7": [KRBCHECK, "explain", "7"],
        }
    )
    goals = {"krbcheck --help": "goal 0.15 s", "krbcheck list": "goal 0.3 s"}
    for name, spent in found.items():
        tell(name, f"{spent:.3f} s", goals.get(name, ""))


def judging() -> None:
    """In a process of its own, so that one site's memory is not another measurement's."""
    within_checkout("tests.benchmark.judging")


def reports() -> None:
    within_checkout("tests.benchmark.reports")


def within_checkout(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    for what, figure, goal in json.loads(done.stdout):
        tell(what, figure, goal)


@contextmanager
def lab() -> Iterator[str]:
    """The lab, up, and its site file; taken down again unless it was up."""
    was_up = subprocess.run([LAB, "status"], capture_output=True, check=False).returncode == 0
    if not was_up:
        subprocess.run([LAB, "up"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield subprocess.run([LAB, "site"], check=True, capture_output=True, text=True).stdout.strip()
    finally:
        if not was_up:
            subprocess.run([LAB, "down"], check=True)


def whole_runs(site: str) -> None:
    nothing = [LAB, "exec", "station", "true"]
    run = [LAB, "exec", "station", KRBCHECK, "run", site]
    healthy = in_turn({"entering the station": nothing, "run": run})
    tell("entering the station (part of each run below)", f"{healthy['entering the station']:.3f} s")
    tell("krbcheck run, healthy lab", f"{healthy['run']:.2f} s", "goal 4 s")
    subprocess.run([LAB, "fault", "controller-drops"], check=True)
    try:
        tell("krbcheck run, a controller drops packets", f"{in_turn({'run': run})['run']:.2f} s", "goal 10 s")
    finally:
        subprocess.run([LAB, "mend", "controller-drops"], check=True)


def many_tickets(site: str) -> None:
    subprocess.run([LAB, "askers", str(PRINCIPALS)], check=True)
    try:
        within_station("tickets.py", site)
    finally:
        subprocess.run([LAB, "askers", "0"], check=True)


def large_directory(site: str) -> None:
    subprocess.run([LAB, "fill", str(ACCOUNTS)], check=True)
    try:
        within_station("directory.py", site)
    finally:
        subprocess.run([LAB, "fill", "0"], check=True)


def access_matrix(site: str) -> None:
    """Not at once with anything else: the storage is the measure."""
    for principals, shares in CROWDS:
        subprocess.run([LAB, "crowd", str(principals), str(shares)], check=True)
        try:
            crowd = str(Path(site).with_name("crowd.yaml"))
            program = ["-m", "tests.benchmark.matrix", crowd, str(ROUNDS)]
            command = [LAB, "exec", "station", sys.executable, *program]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        finally:
            subprocess.run([LAB, "crowd", "0", "0"], check=True)
        for what, figure, goal in json.loads(done.stdout):
            tell(what, figure, goal)


def within_station(program: str, site: str) -> None:
    """Measured inside the station, by a process of its own."""
    command = [LAB, "exec", "station", sys.executable, str(Path(__file__).with_name(program)), site]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
    for what, figure, goal in json.loads(done.stdout):
        tell(what, figure, goal)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
