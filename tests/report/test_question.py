"""The answer to the question of a symptom, and its lines on a terminal."""

from __future__ import annotations

import io

import msgspec
import pytest

from fixtures.scenarios import facts_of, report_of, site_of
from krbcheck.report.question import Question, answered
from krbcheck.report.report import Report
from krbcheck.report.report_page import render
from krbcheck.windows.symptoms import ACCESS, NAME

QUESTION = Question(typed="5", meanings=("ERROR_ACCESS_DENIED: x",), host="a1", path=r"\\nas\x", first=ACCESS)


def made(scenario: str) -> Report:
    return report_of(facts_of(scenario), site_of(scenario))


@pytest.mark.parametrize(
    ("scenario", "first", "words"),
    [
        ("spn-duplicate", ACCESS, "spn.unique/duplicate: cifs/vmstore-alice.tintri.com is registered more than once"),
        ("spn-duplicate", NAME, "no check of this symptom found a problem; another problem was found: spn.unique/dup"),
        ("spn-duplicate", (), "spn.unique/duplicate: "),
        ("healthy", ACCESS, "krbcheck finds no problem now."),
        ("name-servers-dead", ACCESS, "not determined: "),
    ],
)
def test_the_answer_is_the_first_cause_that_the_symptom_names(
    scenario: str, first: tuple[str, ...], words: str
) -> None:
    question = answered(msgspec.structs.replace(QUESTION, first=first), made(scenario))
    assert question.answer.startswith(words)


def test_access_that_is_not_stated_is_denied_as_stated() -> None:
    question = msgspec.structs.replace(QUESTION, refused=True, stated="it is a share of alice")
    assert answered(question, made("healthy")).answer == "access is denied as stated: it is a share of alice"


def test_the_question_and_the_answer_are_before_the_problems() -> None:
    report = made("spn-duplicate")
    stream = io.StringIO()
    render(msgspec.structs.replace(report, question=answered(QUESTION, report)), stream, {}, width=80)
    lines = stream.getvalue().splitlines()
    start = lines.index("Symptom   ERROR_ACCESS_DENIED: x")
    assert lines[start - 1] == ""
    assert lines[start + 1] == r"For       a1, \\nas\x"
    assert lines[start + 2] == "First     smb.session, isolation.own, isolation.acl, ticket.groups"
    assert lines[start + 3].startswith("Answer    spn.unique/duplicate: ")
    assert start < lines.index("ERROR     spn.unique/duplicate · alice")
    assert max(map(len, lines[: start + 5])) <= 80
