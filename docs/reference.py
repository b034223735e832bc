"""The parts of the reference that krbcheck and this repository describe: checks, commands, the site file and more."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

TYPES = {"string": "text", "integer": "number", "boolean": "true or false"}
ROOT = Path(__file__).resolve().parents[1]


def checks() -> str:
    """Returns every check, with its findings and fixes, as `krbcheck explain --all` prints them."""
    from krbcheck.judging.explanations import all_checks
    from krbcheck.judging.registry import load

    return all_checks(load()).partition("\n\n")[2]


def commands() -> str:
    """Returns the help of every command."""
    names = re.findall(r"^  ([a-z]+)  ", _help().partition("Commands:")[2], re.MULTILINE)
    return "\n".join(f"## krbcheck {name}\n\n```text\n{_help(name)}```\n" for name in names)


def _help(*command: str) -> str:
    words = [sys.executable, "-m", "krbcheck", *command, "--help"]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout


def site_file() -> str:
    """Returns a table of the keys of each part of the site file, from its JSON Schema."""
    from krbcheck.cli.schemas import schema

    definitions: Mapping[str, Any] = schema("site")["$defs"]
    return "\n".join(_table(name, form) for name, form in definitions.items() if form.get("properties"))


def _table(name: str, form: Mapping[str, Any]) -> str:
    title = "The file" if name == "SiteForm" else f"{name.removesuffix('Form')}"
    lines = [f"## {title}", "", *([form["description"], ""] if form.get("description") else [])]
    lines += ["| key | required | value | meaning |", "|---|---|---|---|"]
    required = form.get("required", ())
    for key, value in form["properties"].items():
        meaning = _cell(value.get("description", ""))
        lines.append(f"| `{key}` | {'yes' if key in required else ''} | {_cell(_value(value, ''))} | {meaning} |")
    return "\n".join([*lines, ""])


def _value(schema: Mapping[str, Any], described: str | None = None) -> str:
    """Returns what a value is, in a few terms; `described` replaces its description, if that is shown beside it."""
    if name := schema.get("$ref"):
        name = name.rpartition("/")[2].removesuffix("Form")
        return f"[{name}](#{name.lower()})"
    if values := schema.get("enum"):
        return ", ".join(f"`{str(value).lower() if value is True else value}`" for value in values)
    if kinds := schema.get("anyOf"):
        return " or ".join(_value(kind) for kind in kinds if kind.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of: {_value(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"by name: {_value(schema['additionalProperties'])}"
    examples = ", ".join(f"`{example}`" for example in schema.get("examples", ()))
    kind = (described if described is not None else schema.get("description")) or TYPES.get(schema.get("type", ""), "")
    return f"{kind}, such as {examples}" if examples else kind


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def security() -> str:
    """Returns SECURITY.md without its title."""
    return (ROOT / "SECURITY.md").read_text().partition("\n\n")[2]


def exit_codes() -> str:
    """Returns the section of README.md."""
    return _section("Exit codes")


def permissions() -> str:
    """Returns the section of README.md."""
    return _section("Permissions")


def _section(title: str) -> str:
    text = (ROOT / "README.md").read_text()
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0].strip()


def headings(text: str) -> Iterator[str]:
    """Yields the anchor of each heading, as GitHub and MkDocs make it."""
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for title in re.findall(r"^#+ (.*)$", outside, re.MULTILINE):
        yield re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip())


PARTS: Mapping[str, Callable[[], str]] = {
    "checks": checks,
    "commands": commands,
    "site file": site_file,
    "security": security,
    "exit codes": exit_codes,
    "permissions": permissions,
}
