"""What users read is plain technical English: the rules that a test can hold, for every text of every check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from fixtures.scenarios import SCENARIOS
from krbcheck.judging.check import Check
from krbcheck.judging.registry import load
from krbcheck.judging.verdict import Finding
from krbcheck.windows.kerberos_errors import KRB_CODES, KrbCode
from krbcheck.windows.ntstatus import NTSTATUS, NtStatus
from krbcheck.windows.remedy import PROSE
from tests.test_scenarios import findings

CHECKS = load()
PROBLEMS = {f"{name}/{problem.slug}": problem for name, check in CHECKS.items() for problem in check.problems}

LONGEST = 200
"""Characters of a message; details go to `values` and `because`."""
SUBJECT_FIRST = re.compile(r"""(?:(?:The|An?)\ [\w -]+?\ (?:of|for|between|from)\ )?['"]?\{\w+\}""")
"""A field, with no more than "The clock of" and the like before it."""

BANNED: Mapping[str, tuple[str, ...]] = {
    "a server does none of these; use a verb of the protocol": (
        *("takes?", "taken", "likes?", "tells?", "told", "says?", "said", "knows?", "knew", "speaks?", "wants?"),
        *("blamed?", "stands? behind", "turns? back", "comes? to another end", "rests? on", "own business"),
    ),
    "use query, queries, queried": ("asks?", "asked", "asking"),
    "no technical term": (
        *("ways?", "places?", "half", "halves", "rooms?", "words?", "editions?"),
        *("somebody", "nobody", "anybody", "everybody", "whoever"),
    ),
    "use fix": ("mend", "mends", "mended", "mending"),
    "use available": ("at hand",),
    "a riddle": (
        *("aloud", "in vain", "anew", "by itself", "by themselves", "out of step", "on its way", "in turn"),
        *("now and then", "for good"),
    ),
    "American spelling": (
        *("catalogues?", "canonicalis\\w+", "behaviours?", "licences?", "colours?", "armour\\w*", "centres?"),
        *("recognis\\w+", "authoris\\w+", "organis\\w+", "initialis\\w+", "favour\\w*", "honour\\w*"),
    ),
}


def prose(text: str) -> str:
    """The text without the names of its fields and without options of commands."""
    return re.sub(r"\{\w+\}|(?<!\S)[-/]\w+", "", text)


def banned(text: str) -> list[str]:
    """Each banned expression of a text, with what to do about it."""
    return [
        f"{found[0]}: {advice}"
        for advice, words in BANNED.items()
        for found in re.finditer(rf"\b(?:{'|'.join(words)})\b", prose(text), re.IGNORECASE)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{path} takes {who} for a guest", ["takes"]),
        ("The global catalogue is asked", ["catalogue", "asked"]),
        ("{mend}; the halves of an edition", ["halves", "edition"]),
        ("Where-Object -like {way}; net use /word", []),
        ("The password of {account} has expired; the placeholder always stays", []),
    ],
)
def test_banned_expressions_are_found(text: str, found: list[str]) -> None:
    assert sorted(name.partition(":")[0] for name in banned(text)) == sorted(found)


ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "krbcheck").rglob("*.py"))
NO_MESSAGES = {
    "krbcheck/facts/directory.py": ("catalogue",),  # a value in recordings
    "krbcheck/recording/pseudonyms.py": ("word",),  # the input of a hash
    "krbcheck/report/formats/html.py": ("word",),  # a property of CSS
}
"""Expressions in texts that no user reads."""


def messages(source: str) -> Iterator[tuple[int, str]]:
    """Yields each text of several terms in a module with its line, without docstrings; a value is `{}`."""
    tree = ast.parse(source)
    left_out = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(value) for value in node.values}
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=values):
                text = "".join(str(value.value) if isinstance(value, ast.Constant) else "{}" for value in values)
            case ast.Constant(value=str() as text) if id(node) not in left_out:
                pass
            case _:
                continue
        if " " in text:
            yield node.lineno, text


def test_messages_are_found_and_docstrings_are_not() -> None:
    source = '"""It asks."""\nname = "asked"\nraise Mistake(f"{name} is asked", "it tells")'
    assert list(messages(source)) == [(3, "{} is asked"), (3, "it tells")]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_messages_of_a_module_use_the_terms_of_the_field(module: Path) -> None:
    """The mistakes of the site file, of recordings and of the command line, credentials, gaps, reports."""
    accepted = NO_MESSAGES.get(module.relative_to(ROOT).as_posix(), ())
    found = {
        f"{line}: {text}": entries
        for line, text in messages(module.read_text())
        if (entries := [entry for entry in banned(text) if entry.partition(":")[0] not in accepted])
    }
    assert found == {}


def texts(check: Check[...]) -> Iterator[tuple[str, str]]:
    yield "title", check.title
    yield "tells", check.tells
    yield "documentation", check.about
    for problem in check.problems:
        yield f"{problem.slug} says", problem.says
        for step in (*(step for remedy in problem.alternatives for step in remedy), *problem.remedy):
            if not isinstance(step, str):
                yield from ((f"{problem.slug} {name}", getattr(step, name)) for name in PROSE)
        yield f"{problem.slug} means", problem.means


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_uses_the_terms_of_the_field(name: str) -> None:
    assert {where: found for where, text in texts(CHECKS[name]) if (found := banned(text))} == {}


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_message_begins_with_its_subject(code: str) -> None:
    assert SUBJECT_FIRST.match(PROBLEMS[code].says), PROBLEMS[code].says


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_message_is_short_and_has_no_full_stop(code: str) -> None:
    says = PROBLEMS[code].says
    assert len(says) < LONGEST
    assert not says.endswith("."), "a report puts it into a list"


@cache
def longest_messages() -> Mapping[str, Finding]:
    found: dict[str, Finding] = {}
    for scenario in SCENARIOS:
        for finding in findings(scenario):
            if finding.code in PROBLEMS and len(finding.says) >= len(found.get(finding.code, finding).says):
                found[finding.code] = finding
    return found


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_message_is_short_with_the_values_of_the_recorded_scenarios(code: str) -> None:
    assert code in longest_messages(), f"no recorded scenario shows {code}: see CONTRIBUTING.md, A new check"
    found = longest_messages()[code]
    assert len(found.says) < LONGEST, found.says


ERRORS: Mapping[str, KrbCode | NtStatus] = {
    **{krb_code.name: krb_code for krb_code in KRB_CODES.values()},
    **{status.name: status for status in NTSTATUS.values()},
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_explanation_of_an_error_is_short_and_uses_the_terms_of_the_field(name: str) -> None:
    error = ERRORS[name]
    prose = [getattr(step, name) for step in error.fix for name in PROSE]
    assert [banned(part) for part in (error.means, *prose) if banned(part)] == []
    assert len(error.means) < LONGEST
    assert not error.means.endswith("."), "it is a part of a sentence"
