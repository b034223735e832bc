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


def sent() -> str:
    """Returns tables of what the collectors send, of the events, and of the families that each check reads."""
    from krbcheck.collectors import COLLECTORS
    from krbcheck.collectors.traffic import EVENTS, PORTS, TRAFFIC
    from krbcheck.judging.registry import load

    counts = _counted()
    lines = ["| facts | protocol | to | requests | account | events | in the lab |", "|---|---|---|---|---|---|---|"]
    for family, every in TRAFFIC.items():
        for number, entry in enumerate(every):
            cells = [
                f"`{family}`" if number == 0 else "",
                PORTS[entry.protocol],
                entry.to,
                entry.request,
                entry.account,
            ]
            cells[3] += " (left out by `--quiet-network`)" if entry.alarms else ""
            cells += [", ".join(map(str, entry.events)) or "–", str(counts.get(family, 0)) if number == 0 else ""]
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
    lines += ["", "| event | written for |", "|---|---|"]
    lines += [f"| {event} | {meaning} |" for event, meaning in sorted(EVENTS.items())]
    lines += ["", "| check | facts that it reads, and that these need |", "|---|---|"]
    for check in load().values():
        families = ", ".join(f"`{family}`" for family in _families(check, COLLECTORS) if TRAFFIC.get(family))
        lines.append(f"| `{check.id}` | {families or 'none'} |")
    return "\n".join(lines)


def _families(check: Any, table: Mapping[str, str]) -> list[str]:  # noqa: ANN401 - a check of any family
    """Returns the families that a check reads, with all that their collectors need."""
    from krbcheck.asking.needs import load_collector, needs
    from krbcheck.cli.names import families_of
    from krbcheck.facts.observation import Facts

    waiting = [family for family in families_of([check]) if family.__name__ in table]
    found: dict[str, None] = {}
    while waiting:
        family = waiting.pop(0)
        if family.__name__ not in found and family.__name__ in table:
            found[family.__name__] = None
            kinds = needs(load_collector(family, table)).values()
            waiting += [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Facts)]
    return [family for family in table if family in found]


def _counted() -> Mapping[str, int]:
    """Returns the number of answers of each family in the recording of the healthy lab."""
    from krbcheck.facts.observation import NOT_SENT, Unobserved
    from krbcheck.recording import encoding
    from krbcheck.recording.observations import observations

    data = (ROOT / "fixtures/recorded/healthy/facts.json").read_bytes()
    _, facts = encoding.decode(data, "healthy")
    return {
        kind.__name__: sum(
            1 for seen in observations(family) if not (isinstance(seen, Unobserved) and seen.gap in NOT_SENT)
        )
        for kind, family in facts.items()
    }


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
    "sent": sent,
    "exit codes": exit_codes,
    "permissions": permissions,
}
