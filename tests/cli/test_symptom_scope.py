"""What a symptom, a host and a path lead to: the checks, the part of the site, and what the site file states."""

from __future__ import annotations

import pytest

from fixtures.scenarios import site_of
from krbcheck.cli.mistakes import Mistake
from krbcheck.cli.symptom_scope import Scope, scoped
from krbcheck.judging.registry import load

SITE = site_of("healthy")
CHECKS = load()
PATH = r"\\vmstore-alice.tintri.com\AliceVMs"


def asked(symptom: str = "", host: str = "", path: str = "") -> Scope:
    return scoped(SITE, CHECKS, symptom, host, path)


def test_a_symptom_chooses_its_checks_and_those_that_lead_to_a_cause() -> None:
    scope = asked("0x80070005", "alice-hv01", PATH)
    ids = {check.id for check in scope.checks}
    assert scope.question.first == ("smb.session", "isolation.own", "isolation.acl", "ticket.groups")
    assert {*scope.question.first, "spn.unique", "dns.port"} <= ids
    assert len(ids) < len(CHECKS)
    assert scope.question.meanings[0].startswith("ERROR_ACCESS_DENIED (5, 0x80070005): ")


def test_only_the_host_and_the_path_are_queried() -> None:
    scope = asked("5", r"VMLEVEL\alice-hv01", PATH)
    assert [entry.name for _, entry in scope.site.principals() if entry.secret] == ["alice-hv01$@VMLEVEL.COM"]
    assert [path.name for _, path in scope.site.paths()] == ["vmstore-alice.tintri.com"]
    assert scope.tenants == ["alice"]
    assert scope.wanted["share"] == {"alicevms"}
    assert scope.question.stated == "the site file states full access"
    assert not scope.question.refused


def test_the_meaning_of_windows_is_before_that_of_kerberos() -> None:
    assert [meaning.split()[0] for meaning in asked("5").question.meanings] == [
        "ERROR_ACCESS_DENIED",
        "KDC_ERR_S_OLD_MAST_KVNO",
    ]


def test_a_host_of_another_tenant_has_no_access_by_the_site_file() -> None:
    scope = asked("5", "bob-hv01", PATH)
    assert scope.question.refused
    assert scope.question.stated == "AliceVMs is a share of alice, and the host is one of bob"
    assert scope.tenants == ["bob", "alice"]
    names = {entry.name for _, entry in scope.site.principals() if entry.secret}
    assert names == {"bob-hv01$@VMLEVEL.COM", "alice-hv01$@VMLEVEL.COM", "alice-hv02$@VMLEVEL.COM"}


def test_a_backup_account_has_the_checks_of_backup_first_too() -> None:
    scope = asked("0x80070005", "backup-hv01", PATH)
    assert {"backup.rights", "backup.group", "smb.session"} <= set(scope.question.first)
    assert scope.wanted["account"] == {"backup-hv01$@vmlevel.com"}


def test_without_a_symptom_all_checks_are_run() -> None:
    assert len(asked(host="alice-hv01").checks) == len(CHECKS)
    assert asked(path=PATH).question.first == ()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (r"\\10.77.11.30\AliceVMs", "the path contains an address, for which Windows uses no Kerberos"),
        (
            r"\\vmstore-alice\AliceVMs",
            "the path contains the short name, for which Windows requests cifs/vmstore-alice",
        ),
    ],
)
def test_a_path_that_windows_treats_otherwise_has_a_remark(typed: str, words: str) -> None:
    question = asked("5", "alice-hv01", typed).question
    assert question.path == PATH
    assert [remark for remark in question.remarks if remark.startswith(words)]


@pytest.mark.parametrize(
    ("symptom", "host", "path", "words"),
    [
        ("0x8007", "", "", "'0x8007' is not a check, a finding's code, a Kerberos error"),
        ("5", "alice-hv09", "", "host 'alice-hv09' does not exist; the site file contains alice-hv01$@VMLEVEL.COM"),
        ("5", "", r"\\vmstore-carol\x", r"data path '\\vmstore-carol\x' does not exist"),
        ("5", "", r"\\vmstore-alice.tintri.com\AliceVM", "share 'AliceVM' does not exist; did you mean 'AliceVMs'?"),
    ],
)
def test_what_the_site_does_not_state_is_a_mistake(symptom: str, host: str, path: str, words: str) -> None:
    with pytest.raises(Mistake) as mistake:
        asked(symptom, host, path)
    assert str(mistake.value).startswith(words)
    assert "\n" not in str(mistake.value)
