"""The registry refuses what breaks the rules of the house, at start-up and by name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from krbcheck.judging import registry

GOOD = '''"""Says what it judges."""
from krbcheck.facts.kerberos import KdcReplies
from krbcheck.judging.check import Problem, check
from krbcheck.judging.verdict import Severity
BAD = Problem("bad", Severity.ERROR, says="{subject} is {found}", remedy="mend it")
@check(id="area.one", title="t", tells="t", problems=[BAD])
def one(replies: KdcReplies): yield from ()
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of checks that a test fills."""
    monkeypatch.syspath_prepend(tmp_path)
    area = tmp_path / "made_up_checks" / "area"
    area.mkdir(parents=True)
    (area.parent / "__init__.py").touch()
    (area / "__init__.py").touch()
    (area / "_shared.py").write_text("raise AssertionError('shared code is no check')")
    yield area
    for name in [module for module in sys.modules if module.startswith("made_up_checks")]:
        del sys.modules[name]


def load(package: Path, text: str) -> list[str]:
    (package / "one.py").write_text(text)
    return [check.id for check in registry._found("made_up_checks")]


def test_a_check_is_found_by_its_file(package: Path) -> None:
    assert load(package, GOOD) == ["area.one"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(GOOD.replace('"area.one"', '"area.other"'), "holds a check with the id area.other", id="id"),
        pytest.param(GOOD.replace('"""Says what it judges."""', ""), "has no documentation", id="documentation"),
        pytest.param('"""None."""', "holds 0 checks", id="none"),
        pytest.param(GOOD + "two = one.__class__(**vars(one))", "holds 2 checks", id="two"),
        pytest.param(GOOD.replace('remedy="mend it"', 'remedy=""'), "lacks its sentence or its remedy", id="remedy"),
        pytest.param(
            GOOD.replace("replies: KdcReplies", "replies: str"), "neither Site, a fact family nor a view", id="no-facts"
        ),
    ],
)
def test_what_breaks_the_rules_is_refused(package: Path, text: str, says: str) -> None:
    with pytest.raises(registry.BadCheckModule, match=says):
        load(package, text)


def test_the_checks_are_ours_and_sorted() -> None:
    found = list(registry.load())
    assert found == sorted(found)
    assert "ticket.service" in found


def test_the_fields_of_a_sentence() -> None:
    assert registry.template_fields("{subject} is {found}, {{not}} {expected:>3}") == {"subject", "found", "expected"}
