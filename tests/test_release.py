"""What release/Containerfile copies exists, its environment is the locked one, and it does not run as root."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STEPS = [
    (line.split()[0], line.partition(" ")[2])
    for line in (ROOT / "release/Containerfile").read_text().replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in STEPS if name == instruction]


def test_what_it_copies_exists() -> None:
    copied = [source for rest in arguments("COPY") if "--from" not in rest for source in rest.split()[:-1]]
    assert {"krbcheck", "checks", "requirements/run.txt"} <= set(copied)
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_it_installs_what_the_lock_holds_from_wheels() -> None:
    install = next(rest for rest in arguments("RUN") if "requirements/run.txt" in rest)
    assert "--only-binary :all: --require-hashes --requirement requirements/run.txt" in install


def test_the_last_stage_runs_krbcheck_without_root() -> None:
    (user,) = arguments("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert arguments("ENTRYPOINT") == ['["krbcheck"]']
    assert [name for name, _ in STEPS].index("USER") > max(at for at, step in enumerate(STEPS) if step[0] == "FROM")


def test_one_base_serves_both_stages() -> None:
    """A virtual environment works only with the Python that made it."""
    assert [rest.split()[0] for rest in arguments("FROM")] == ["${BASE}", "${BASE}"]
