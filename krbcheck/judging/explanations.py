"""What each check, finding and error code means: the text of `krbcheck explain` and of checks/README.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from krbcheck.judging.check import Check, Problem
from krbcheck.site.suggest import nearest, quoted
from krbcheck.windows.kerberos_errors import KRB_CODES, KrbCode
from krbcheck.windows.ntstatus import NTSTATUS, NtStatus

Checks = Mapping[str, Check[Any]]
MIT_BASE = -1765328384
"""libkrb5 counts its errors from here; MIT's krb5_err."""
WIDTH = 100
MOST_MEANT = 4
HEAD = """# The checks

Made by `krbcheck explain --all`; the texts are in the checks themselves. What is in angle brackets is filled in.
"""


class Voice(NamedTuple):
    """How a text is marked up: for Markdown, or for a terminal."""

    heading: str
    title: str
    code: str
    name: str


MARKDOWN = Voice("## {}", "*{}*", "`{}`", "**{}**")
PLAIN = Voice("{}", "{}", "{}", "{}")
DEPENDS = "what the report says: it depends on what was found"


class NotKnown(Exception):
    """Nothing has that name; one line says what is near."""


class _Blanks(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"<{name.replace('_', ' ')}>"


def explained(what: str, checks: Checks) -> str:
    """`what` is a check, an area, a finding's code, or an error by number or name."""
    name = "_".join(what.split())
    if name in checks:
        return _check(checks[name], PLAIN)
    if name in {one.partition(".")[0] for one in checks}:
        return "\n".join(_check(one, PLAIN) for one in checks.values() if one.id.partition(".")[0] == name)
    owner, _, slug = name.partition("/")
    for problem in checks[owner].problems if owner in checks else ():
        if problem.slug == slug:
            return f"{checks[owner].title}\n\n" + "\n".join(_problem(checks[owner], problem, PLAIN)) + "\n"
    found = list(_errors(name))
    if found:
        return "\n".join(found)
    holding = [one for one in names(checks) if name.upper() in one.upper()] if len(name) > 2 else []
    close = [quoted(one) for one in holding[:MOST_MEANT] or [nearest(name, names(checks))] if one]
    meant = f"did you mean {' or '.join(close)}? " if close else ""
    raise NotKnown(
        f"{quoted(name)} is no check, finding, Kerberos error or NTSTATUS that is known; {meant}"
        "allowed: spn.unique, spn.unique/duplicate, 7, KDC_ERR_S_PRINCIPAL_UNKNOWN, 0xC0000022, STATUS_ACCESS_DENIED"
    )


def names(checks: Checks) -> list[str]:
    """All that can be explained."""
    codes = [f"{one.id}/{problem.slug}" for one in checks.values() for problem in one.problems]
    return [*checks, *codes, *(one.name for one in KRB_CODES.values()), *(one.name for one in NTSTATUS.values())]


def all_checks(checks: Checks) -> str:
    return "\n".join([HEAD, *(_check(one, MARKDOWN) for one in checks.values())])


def _check(one: Check[Any], voice: Voice) -> str:
    title = voice.title.format(one.title.rstrip(".") + ".")
    lines = [voice.heading.format(one.id), "", title, "", one.about, ""]
    if one.problems:
        lines += ["Findings:", ""]
        for problem in one.problems:
            lines += _problem(one, problem, voice)
    if one.refs:
        lines += ["", f"Based on: {'; '.join(one.refs)}"]
    needs = ", ".join(kind.__name__ for kind in one.sources)
    return "\n".join([*lines, "", f"Needs: {needs}", ""])


def _problem(one: Check[Any], problem: Problem, voice: Voice) -> Iterator[str]:
    says = voice.code.format(problem.says.format_map(_Blanks()))
    yield f"- {voice.name.format(f'{one.id}/{problem.slug}')} ({problem.severity}): {says}"
    if problem.means:
        yield _wrapped(problem.means)
    remedy = problem.remedy.format_map(_Blanks())
    yield f"  To mend it: {DEPENDS if problem.remedy == '{mend}' else voice.code.format(remedy)}"


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _errors(name: str) -> Iterator[str]:
    number = _number(name)
    folded = name.upper().removeprefix("KRB5").removeprefix("NT_")
    for code, known in KRB_CODES.items():
        if number in (code, MIT_BASE + code, MIT_BASE + code + 2**32) or folded in _short_names(known.name):
            yield _error(f"{known.name} ({code}, 0x{code:X})", "Kerberos error, RFC 4120 7.5.9", known)
    for status, named in NTSTATUS.items():
        if number in (status, status - 2**32) or folded in _short_names(named.name):
            yield _error(f"{named.name} (0x{status:08X})", "NTSTATUS, MS-ERREF 2.3.1", named)


def _number(name: str) -> int | None:
    try:
        return int(name, 16) if name.lower().startswith("0x") else int(name)
    except ValueError:
        return None


def _short_names(name: str) -> tuple[str, ...]:
    """A name with and without what it begins with: KDC_ERR_POLICY, ERR_POLICY, POLICY."""
    return name, *(name.removeprefix(one) for one in ("KDC_ERR_", "KRB_AP_ERR_", "KRB_ERR_", "STATUS_", "KDC_", "KRB_"))


def _error(title: str, kind: str, known: KrbCode | NtStatus) -> str:
    lines = [title, kind, "", known.means[0].upper() + known.means[1:] + "."]
    if known.mend:
        lines += ["", f"To mend it: {known.mend.format_map(_Blanks())}"]
    return "\n".join(textwrap.fill(one, WIDTH) if not one.startswith("To mend") else one for one in lines) + "\n"
