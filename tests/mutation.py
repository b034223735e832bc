"""Changes one condition at a time in the checks and views, and reports which changes no test detects.

    python -m tests.mutation                      every "not determined" turned into fine, and 40 negated conditions
    python -m tests.mutation --only checks/dns    in files whose path begins so
    python -m tests.mutation --only krbcheck/probes/rpc    in probes, which are changed only if they are named
    python -m tests.mutation --sample 200 --seed 7 --seconds 1200

Everything runs in a temporary copy of the checkout, without root and without a network. A change is detected if a
recorded scenario then leads to another verdict than is pinned, else if the tests of the changed file fail
(tests/test_mirror.py says which these are). Only its tests can detect a change of a probe. Exit status: 0 every
change was detected, 1 some were not or the time did not suffice, 2 the tests fail without any change.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import py_compile
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from krbcheck.facts.observation import Facts
from krbcheck.recording import encoding
from krbcheck.site.reading import read_site
from krbcheck.site.stated import Site

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("krbcheck", "checks", "fixtures", "tests", "pyproject.toml")
CHANGED = ("checks", "krbcheck/views", "krbcheck/judging/completeness.py")
PROBES = "krbcheck/probes"
FINE = '__import__("krbcheck.judging.verdict", fromlist=["fine"]).fine'
HUNG = 30
"""Seconds of processor time after which a change has made the checks run without end."""
HUNG_TESTS = 300
"""Seconds after which it has made the tests of a module run without end."""
Recorded = Sequence[tuple[str, dict[type[Facts], Facts], Site]]


@dataclass(frozen=True)
class Mutant:
    """`old` at an offset of `file` becomes `new`."""

    kind: str
    file: str
    line: int
    start: int
    old: str
    new: str

    def applied(self, source: bytes) -> bytes:
        old = self.old.encode()
        assert source[self.start : self.start + len(old)] == old
        return source[: self.start] + self.new.encode() + source[self.start + len(old) :]


class Mutants(ast.NodeVisitor):
    """Every change of one file that is known to make sense."""

    def __init__(self, file: str, source: bytes) -> None:
        self.file, self.source = file, source
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.found: list[Mutant] = []
        self.visit(ast.parse(source))

    def _add(self, kind: str, node: ast.expr, new: str) -> None:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.lines[node.lineno - 1] + node.col_offset
        end = self.lines[node.end_lineno - 1] + node.end_col_offset
        self.found.append(Mutant(kind, self.file, node.lineno, start, self.source[start:end].decode(), new))

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("unknown", "Unknown"):
            self._add("fine", node, _as_fine(node))

    def visit_If(self, node: ast.If) -> None:
        self.generic_visit(node)
        self._negate(node.test)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.generic_visit(node)
        self._negate(node.test)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.generic_visit(node)
        for condition in node.ifs:
            self._negate(condition)

    def _negate(self, test: ast.expr) -> None:
        if not (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"):
            self._add("negated", test, f"(not ({ast.unparse(test)}))")


def _as_fine(call: ast.Call) -> str:
    """The call with the same subject, grounds and tenant, that returns fine."""
    positional = call.args
    tenant = [keyword.value for keyword in call.keywords if keyword.arg == "tenant"]
    if isinstance(call.func, ast.Name) and call.func.id == "Unknown":  # subject, says, tenant, because
        subject, _, named, because = positional
        positional, tenant = [subject, ast.Starred(because)], [named]
    arguments = [ast.unparse(argument) for argument in positional]
    arguments += [f"tenant={ast.unparse(value)}" for value in tenant]
    return f"{FINE}({', '.join(arguments)})"


def mutants_of(root: Path, only: Sequence[str]) -> Iterator[Mutant]:
    changed = (*CHANGED, PROBES) if any(name.startswith(PROBES) for name in only) else CHANGED
    files = [file for name in changed for file in ([root / name] if name.endswith(".py") else (root / name).rglob("*"))]
    for file in sorted(file for file in files if file.suffix == ".py"):
        name = file.relative_to(root).as_posix()
        if not only or name.startswith(tuple(only)):
            yield from Mutants(name, file.read_bytes()).found


def chosen(mutants: Iterable[Mutant], sample: int, seed: int) -> list[Mutant]:
    """Every "not determined", and a random sample of the conditions that is the same for the same seed."""
    everything = list(mutants)
    conditions = [mutant for mutant in everything if mutant.kind == "negated"]
    drawn = random.Random(seed).sample(conditions, min(sample, len(conditions)))
    return [mutant for mutant in everything if mutant.kind == "fine" or mutant in drawn]


def recordings(root: Path) -> Recorded:
    """The facts that the scenarios are judged by, the healthy scenario last: nothing is undetermined there.

    Another process completes them (`fixtures.scenarios.facts_of`), because that imports modules that will be changed.
    """
    with tempfile.TemporaryDirectory(prefix="krbcheck-facts-") as folder:
        command = [sys.executable, "-m", "tests.mutation", "--complete", folder]
        subprocess.run(command, cwd=root, check=True)
        files = sorted(Path(folder).glob("*.json"), key=lambda file: (file.stem == "healthy", file.stem))
        return [_recording(root, file) for file in files]


def _recording(root: Path, file: Path) -> tuple[str, dict[type[Facts], Facts], Site]:
    recorded = root / "fixtures" / "recorded"
    own = recorded / file.stem / "site.yaml"
    site = read_site(own if own.exists() else recorded / "site.yaml")
    return file.stem, encoding.decode(file.read_bytes(), file.stem)[1], site


def complete(folder: Path) -> int:
    """Writes the facts of every scenario. Imports the checks: called in a process of its own."""
    from fixtures import scenarios

    for name in scenarios.SCENARIOS:
        head = encoding.decode((scenarios.RECORDED / name / "facts.json").read_bytes(), name)[0]
        facts = encoding.encode(scenarios.facts_of(name), host=head.host, started=head.started, seconds=head.seconds)
        (folder / f"{name}.json").write_bytes(facts)
    return 0


def concerned(file: str) -> str:
    """The id of the check in a file; empty for a module that several checks use."""
    parts = Path(file).with_suffix("").parts
    is_check = parts[0] == "checks" and not parts[-1].startswith("_")
    return ".".join(parts[1:]).replace("_", "-") if is_check else ""


def scenario_that_differs(recorded: Recorded, check: str) -> str:
    """The first scenario that is not judged as pinned. Imports the checks: called in a process of its own."""
    from fixtures import scenarios
    from krbcheck.judging import judge, registry

    checks = [entry for entry in registry.load().values() if check in ("", entry.id)]
    for name, facts, site in recorded:
        pinned = [line for line in scenarios.pinned_of(name) if check in ("", line.partition(" | ")[0])]
        if scenarios.lines_of(judge.judge(site, facts, checks)) != pinned:
            return name
    return ""


def by_scenarios(recorded: Recorded, check: str) -> str:
    """What detects the change that is on disk: a scenario, "import", "hangs", or nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (HUNG, HUNG))
        answer = "import"
        try:
            answer = scenario_that_differs(recorded, check)
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return "hangs" if os.WIFSIGNALED(status) else answer


def suite_of(file: str) -> list[str]:
    """The test files that are for a module (tests/test_mirror.py); of its folder where several checks use it."""
    from tests.test_mirror import WITHOUT, files_of_tests, folder_of, module_of

    module, folder = Path(file), folder_of(Path(file))
    beside = [test for test in files_of_tests() if test.parent == folder]
    own = [ROOT / "tests" / test for test in beside if module_of(test) == module]
    standing_in = [ROOT / WITHOUT[file]] if WITHOUT.get(file, "").startswith("tests/") else []
    tests = own or standing_in or [ROOT / "tests" / test for test in beside]
    return [str(test) for test in tests]


def by_tests(root: Path, file: str) -> str:
    tests = suite_of(file)
    if not tests:
        return ""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=HUNG_TESTS, check=False)
    except subprocess.TimeoutExpired:
        return "tests hang"
    return "tests" if done.returncode else ""


def put(file: Path, source: bytes) -> None:
    """Writes a module together with its compiled form: the clock of a file is too coarse for two changes a second."""
    file.write_bytes(source)
    try:
        py_compile.compile(str(file), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    except py_compile.PyCompileError as broken:
        raise AssertionError(f"{file}: the change is not Python") from broken


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def gate(root: Path, mutants: Sequence[Mutant], seconds: float) -> int:
    recorded = recordings(root) if any(not mutant.file.startswith(PROBES) for mutant in mutants) else ()
    probes = sorted({mutant.file for mutant in mutants if mutant.file.startswith(PROBES)})
    before = by_scenarios(recorded, "") or next((file for file in probes if by_tests(root, file)), "")
    if before:
        tell(f"without any change: {before}")
        return 2
    began, survivors, detected = time.monotonic(), [], {"fine": 0, "negated": 0}
    tried = dict(detected)
    for mutant in mutants:
        if time.monotonic() - began > seconds:
            break
        file = root / mutant.file
        source = file.read_bytes()
        put(file, mutant.applied(source))
        judged = "" if mutant.file.startswith(PROBES) else by_scenarios(recorded, concerned(mutant.file))
        by = judged or by_tests(root, mutant.file)
        put(file, source)
        tried[mutant.kind] += 1
        detected[mutant.kind] += bool(by)
        survivors += [] if by else [mutant]
        tell(f"{mutant.kind:8} {mutant.file}:{mutant.line:<5} {by or 'NOT DETECTED'}")
    for mutant in survivors:
        tell(f"\nnot detected: {mutant.file}:{mutant.line}\n  - {mutant.old}\n  + {mutant.new}")
    for kind in tried:
        tell(f"{kind}: {detected[kind]} of {tried[kind]} changes detected")
    left = len(mutants) - sum(tried.values())
    tell(f"{left} not tried, {time.monotonic() - began:.0f} s")
    return int(bool(survivors or left))


def in_copy(arguments: Sequence[str]) -> int:
    """Runs this module in a temporary copy, in which alone something is changed."""
    with tempfile.TemporaryDirectory(prefix="krbcheck-mutation-") as folder:
        root = Path(folder)
        leave_out = shutil.ignore_patterns(".state", "__pycache__", ".cache")
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=leave_out)
            else:
                shutil.copy(ROOT / name, root / name)
        (root / "krbcheck" / "checks").symlink_to(root / "checks")  # as an installed krbcheck has it
        compileall.compile_dir(folder, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "tests.mutation", "--here", *arguments]
        return subprocess.run(command, cwd=root, env=environment, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="changes that no test detects")
    parser.add_argument("--only", nargs="*", default=[], help="in files whose path begins so")
    parser.add_argument("--sample", type=int, default=40, help="how many conditions are negated (default 40)")
    parser.add_argument("--seed", type=int, default=1, help="which conditions are drawn (default 1)")
    parser.add_argument("--seconds", type=float, default=900, help="when no further change is begun (default 900)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--complete", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.complete:
        return complete(options.complete)
    if not options.here:
        return in_copy(arguments)
    assert encoding.__file__.startswith(str(ROOT)), "the copy is what has to be changed and imported"
    return gate(ROOT, chosen(mutants_of(ROOT, options.only), options.sample, options.seed), options.seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
