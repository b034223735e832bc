"""The question of `krbcheck run --symptom`: what Windows shows, for which host and path, and the answer in one line."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from krbcheck.judging.verdict import Finding, Fine, Severity, Unknown
from krbcheck.report.page import Page
from krbcheck.report.text import cut

if TYPE_CHECKING:
    from krbcheck.report.report import Report

COLUMN = 10
DIM = "dim"
MAX_LINE = 700


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`typed` is the symptom, `meanings` what it can mean; `host` is a principal, `path` a UNC path, both may be empty.

    `stated` is what the site file states about the host at the path, `remarks` what is to be known of the path. `first`
    are the checks that were run first; `further` if the others were run too, because the first found nothing.
    """

    typed: str = ""
    meanings: tuple[str, ...] = ()
    host: str = ""
    path: str = ""
    stated: str = ""
    refused: bool = False
    remarks: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    further: bool = False
    answer: str = ""


def answered(question: Question, report: Report) -> Question:
    """The question with its answer by the report: the first cause of what the symptom names, or that there is none."""
    return msgspec.structs.replace(question, answer=_answer(question, report))


def _answer(question: Question, report: Report) -> str:
    findings = {finding.id: finding for finding in report.findings() if finding.severity is not Severity.NOTE}
    causes = [findings[name] for name in report.causes if name in findings]
    related = [cause for cause in causes if _leads_to(cause, question.first, report)]
    if related:
        return f"{related[0].code}: {related[0].says}"
    if question.refused:
        return f"access is denied as stated: {question.stated}"
    pending = [verdict for _, verdict in report.verdicts() if isinstance(verdict, Unknown) and not verdict.explained_by]
    if pending:
        more = f" (and {len(pending) - 1} more)" if len(pending) > 1 else ""
        return f"not determined: {pending[0].subject}: {pending[0].says}{more}"
    if causes:
        return f"no check of this symptom found a problem; another problem was found: {causes[0].code}"
    return (
        "krbcheck finds no problem now. It tests the root folder of a share, not the files below it, and it does not "
        "test the host's own state (cached tickets, credentials in use): klist -li 0x3e7 purge, then try again"
    )


def _leads_to(cause: Finding, first: Collection[str], report: Report) -> bool:
    """Whether the cause is of one of the checks, or one of their results follows from it."""
    if not first or cause.code.partition("/")[0] in first:
        return True
    return any(
        check in first and not isinstance(verdict, Fine) and cause.id in verdict.explained_by
        for check, verdict in report.verdicts()
    )


def put_question(page: Page, question: Question) -> None:
    page.gap()
    for number, meaning in enumerate(question.meanings):
        page.put(cut(meaning, MAX_LINE), label="" if number else ("Symptom", "bold"), column=COLUMN)
    subject = ", ".join(filter(None, (question.host, question.path)))
    if subject:
        stated = f": {question.stated}" if question.stated else ""
        page.put(cut(f"{subject}{stated}", MAX_LINE), label=("For", "bold"), column=COLUMN)
    for remark in question.remarks:
        page.put(cut(remark, MAX_LINE), label=("Note", "bold"), column=COLUMN)
    if question.first:
        more = "; they found no problem, so all other checks were run" if question.further else ""
        page.put((f"{', '.join(question.first)}{more}", DIM), label=("First", "bold"), column=COLUMN)
    page.put((cut(question.answer, MAX_LINE), "bold"), label=("Answer", "bold"), column=COLUMN)
