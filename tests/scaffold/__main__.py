"""python -m tests.scaffold check spn.example: writes the files of a new part and prints the next steps."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.scaffold.files import KINDS, MARK, ROOT, TOOLS, Mistake, parsed, write

USAGE = "usage: python -m tests.scaffold " + "\n       python -m tests.scaffold ".join(
    f"{name} {kind.example}" for name, kind in KINDS.items()
)


def main(arguments: list[str]) -> int:
    match arguments:
        case [kind, name] if kind in KINDS:
            try:
                written = write(kind, name)
            except Mistake as mistake:
                print(mistake, file=sys.stderr)
                return 2
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    _format(written)
    print("Written or changed:", *(f"  {file.relative_to(ROOT)}" for file in written), sep="\n")
    print(f"\nNext (each {MARK!r} names what is missing; CONTRIBUTING.md has the details):")
    print("\n".join(next_steps(kind, name)))
    return 0


def next_steps(kind: str, text: str) -> list[str]:
    """The steps that CONTRIBUTING.md lists for a kind after the scaffold, with this name for that of the example."""
    section = re.search(rf"(?ms)^### A new [\w ]*\b{kind}\n(.*?)(?=^##)", (ROOT / "CONTRIBUTING.md").read_text())
    assert section, f"CONTRIBUTING.md has no section about a new {kind}"
    steps = re.findall(r"(?ms)^\d+\. .*?(?=^\d+\. |^$|\Z)", section[1])[1:]
    return [_renamed(step.rstrip(), kind, text) for step in steps]


def _renamed(step: str, kind: str, text: str) -> str:
    example, name = parsed(kind, KINDS[kind].example), parsed(kind, text)
    files = (f"{example.module}.py", f"{name.module}.py")
    pairs = (files, (example.id, name.id), (example.family, name.family), (example.module, name.module))
    new = {old: to for old, to in reversed(pairs)}
    alternatives = "|".join(re.escape(old) for old, _ in pairs)
    # in one pass: a new name may contain that of the example
    step = re.sub(rf"(?<![a-z])({alternatives})\b", lambda found: new[found[1]], step)
    return re.sub(rf"/{example.area}\b", f"/{name.area}", step) if example.area else step


def _format(written: list[Path]) -> None:
    """Long names break lines elsewhere than the example's; without ruff the files stay as they are."""
    ruff = TOOLS / "ruff"
    if ruff.exists():
        python = [file for file in written if file.suffix == ".py"]
        subprocess.run([ruff, "check", "--quiet", "--select", "I", "--fix", *python], check=False)
        subprocess.run([ruff, "format", "--quiet", *python], check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
