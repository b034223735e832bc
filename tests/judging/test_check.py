"""A problem makes findings of its templates, and a check needs what its parameters name."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.facts.directory import Directories
from krbcheck.facts.observation import MAX_TEXT
from krbcheck.facts.smb import SmbSessions
from krbcheck.judging.check import Check, Problem, check
from krbcheck.judging.verdict import Severity, Verdict, fine
from krbcheck.site.stated import Site
from krbcheck.views.server_guids import ServerGuids
from krbcheck.windows.remedy import RemedyStep

STEP = RemedyStep(command="setspn -S {spn} VMSTORE", says="Register {spn}.")
MISSING = Problem("spn.example/missing", Severity.ERROR, "{subject} of {tenant} lacks {spn}.", (STEP,))


@check(id="spn.example", title="It is there.", tells="Whether.", problems=(MISSING,), part_is_enough=(Directories,))
def example(site: Site, directories: Directories, guids: ServerGuids) -> Iterator[Verdict]:
    yield fine("vmstore")


def test_a_finding_has_the_message_and_the_values_of_the_problem() -> None:
    found = MISSING("vmstore", "stated", expected="an SPN", found="none", tenant="alice", spn="cifs/vmstore")
    assert (found.code, found.severity, found.tenant) == ("spn.example/missing", Severity.ERROR, "alice")
    assert found.says == "vmstore of alice lacks cifs/vmstore."
    assert found.values == {"expected": "an SPN", "found": "none", "spn": "cifs/vmstore"}
    assert [reason.line for reason in found.because] == ["stated"]


def test_several_values_are_a_list_in_the_message_and_kept_apart() -> None:
    found = MISSING("vmstore", expected="", found="", spn=["cifs/a", "cifs/b"])
    assert found.says == "vmstore of  lacks cifs/a, cifs/b."
    assert found.values["spn"] == ("cifs/a", "cifs/b")


def test_a_long_value_does_not_make_a_message_without_end() -> None:
    assert len(MISSING("vmstore", expected="", found="", spn="x" * MAX_TEXT).says) == MAX_TEXT


def test_steps_that_depend_on_the_facts_come_first() -> None:
    found = MISSING.with_steps((RemedyStep(says="Find {the} owner."),))("a", expected="", found="", spn="cifs/a")
    assert [step.says for step in found.remedy] == ["Find {the} owner.", "Register cifs/a."]
    assert MISSING.made == ()


def test_a_value_in_a_command_does_not_begin_another_command() -> None:
    (step,) = MISSING("vmstore", expected="", found="", spn="cifs/a; shutdown | b").remedy
    assert step.command.startswith("setspn -S cifs/a")
    assert not {";", "|"} & set(step.command)


def test_a_check_needs_its_parameters_and_the_sources_of_its_views() -> None:
    assert isinstance(example, Check)
    assert example.needs == {"site": Site, "directories": Directories, "guids": ServerGuids}
    assert example.sources[0] is Site
    assert {Directories, SmbSessions} < set(example.families)
    assert set(example.sources) - set(example.families) == {Site}
    assert example.part_is_enough == {Directories}
    assert example.about == (__doc__ or "").strip()
