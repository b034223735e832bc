"""policy.controllers and policy.single-domain on hand-made facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.site.stated import Site

DC1, DC2 = "vmdc1.vmlevel.com", "vmdc2.vmlevel.com"
HOSTS = "OU=Hosts,OU=Tenants,DC=vmlevel,DC=com"
Codes = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
FILES = [
    pytest.param({}, ["fine", "fine"], id="the-same"),
    pytest.param({"file": False, "file_version": None}, ["controllers-differ", "fine"], id="no-files"),
    pytest.param({"settings": ()}, ["controllers-differ", "fine"], id="nothing-about-it"),
    pytest.param({"malformed": "cut off"}, ["controllers-differ", "fine"], id="malformed"),
    pytest.param({"file_version": 2}, ["version-differs", "fine"], id="a-newer-file"),
    pytest.param({"file_version": None}, ["version-differs", "fine"], id="no-gpt-ini"),
    pytest.param({"file_version": 0x10001}, ["fine", "fine"], id="the-users-half-is-no-matter"),
    pytest.param({"version": 0, "file_version": None}, ["fine", "fine"], id="never-written"),
    pytest.param({"readable": False}, ["unknown", "fine"], id="unread-files-of-one-policy"),
]


@pytest.mark.parametrize(("changes", "expected"), FILES)
def test_files_are_held_against_each_other(
    made: Any, codes: Codes, changes: dict[str, Any], expected: list[str]
) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.healthy.changed(1, **changes)})
    assert codes("policy.controllers", facts) == expected


def test_a_wrong_list_on_one_controller_is_told_of_both(made: Any, judged: Judged, site: Site) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.healthy.changed(1, settings=made.sets(1, "old.com"))})
    said = judged("policy.controllers", site, facts)[0]
    assert isinstance(said, Finding)
    assert (said.code, said.subject) == ("policy.controllers/controllers-differ", "'P1'")
    assert said.values["found"] == (
        "vmdc1.vmlevel.com: UseForestSearch=1, ForestSearchList=tintri.com; "
        "vmdc2.vmlevel.com: UseForestSearch=1, ForestSearchList=old.com"
    )


@pytest.mark.parametrize("wrong", [DC1, DC2])
def test_the_controller_without_the_stated_list_is_the_one_to_fix(
    made: Any, judged: Judged, site: Site, wrong: str
) -> None:
    changed = made.healthy.changed(1, settings=made.sets(1, "old.com"))
    facts = made.policies({host: changed if host == wrong else made.healthy for host in (DC1, DC2)})
    finding = judged("policy.controllers", site, facts)[0]
    assert isinstance(finding, Finding)
    assert {step.host for step in finding.remedy[:2]} == {wrong}


def test_a_version_out_of_step_everywhere_is_told_once(made: Any, judged: Judged, site: Site) -> None:
    late = made.healthy.changed(2, version=7)
    said = [entry for entry in judged("policy.controllers", site, made.policies({DC1: late, DC2: late}))]
    (finding,) = [entry for entry in said if isinstance(entry, Finding)]
    assert finding.values["controllers"] == (DC1, DC2)
    assert finding.values["found"] == "; ".join(f"{host}: 1 in GPT.INI, 7 in the directory" for host in (DC1, DC2))


LINKS = [
    pytest.param({"links": {}}, id="links"),
    pytest.param({"links": {HOSTS: ((1, 1),)}}, id="a-disabled-link"),
    pytest.param({"blocks": (HOSTS,)}, id="inheritance"),
]


@pytest.mark.parametrize("changes", LINKS)
def test_directories_are_held_against_each_other(made: Any, codes: Codes, changes: dict[str, Any]) -> None:
    facts = made.policies({DC1: made.healthy, DC2: replace(made.healthy, **changes)})
    assert "controllers-differ" in codes("policy.controllers", facts)


@pytest.mark.parametrize(
    "changes", [{"flags": 2}, {"extensions": ""}, {"dacl": ()}, {"wmi": "x"}, {"functionality": 1}]
)
def test_so_is_all_that_decides_in_an_object(made: Any, codes: Codes, changes: dict[str, Any]) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.healthy.changed(1, **changes)})
    assert codes("policy.controllers", facts) == ["fine", "fine", "controllers-differ"]


def test_where_no_order_is_stated_nothing_is_judged(made: Any, judged: Judged, site_with: Callable[..., Site]) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.told()})
    assert judged("policy.controllers", site_with(None), facts) == []


def test_a_silent_controller_is_unknown(made: Any, judged: Judged, site: Site) -> None:
    said = judged("policy.controllers", site, made.policies({DC1: made.healthy, DC2: None}))
    assert [(type(entry), entry.subject) for entry in said if isinstance(entry, Unknown)] == [
        (Unknown, "'P1'"),
        (Unknown, "'P2'"),
        (Unknown, DC2),
    ]


def test_policies_that_no_controller_returned_are_not_determined(made: Any, judged: Judged, site: Site) -> None:
    (said,) = judged("policy.controllers", site, made.policies({}))
    assert (type(said), said.subject) == (Unknown, "vmlevel.com")


def test_a_controller_whose_files_are_all_silent_is_unknown(made: Any, codes: Codes) -> None:
    dumb = made.healthy.changed(1, readable=False).changed(2, readable=False)
    assert codes("policy.controllers", made.policies({DC1: made.healthy, DC2: dumb})) == ["unknown"] * 3


def test_a_policy_object_that_one_controller_did_not_return_is_not_determined(
    made: Any, judged: Judged, site: Site
) -> None:
    facts = made.policies({DC1: made.healthy, DC2: made.healthy})
    silence = made.policies({DC2: None}).objects
    objects = (*(answer for answer in facts.objects if answer.controller != DC2), *silence)
    said = judged("policy.controllers", site, msgspec.structs.replace(facts, objects=objects))
    assert [(type(entry), entry.subject) for entry in said] == [(Unknown, "'P1'"), (Unknown, "'P2'"), (Unknown, DC2)]
