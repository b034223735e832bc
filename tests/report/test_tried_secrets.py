"""What one attempt with each secret shows: accepted, rejected, not tested; and what the account can read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from krbcheck.facts.kerberos import AsReply, KeyMismatch, KrbError, TicketGrant, TicketGrants
from krbcheck.facts.observation import Facts, Gap, Observation, Observed, Unobserved
from krbcheck.facts.share_access import ShareAccess, ShareInfo, StorageAccess, StorageLists
from krbcheck.recording.encoding import decode
from krbcheck.report.tried_secrets import Trial, rights, tried
from krbcheck.site.reading import read_site

NOW = datetime(2026, 7, 3, tzinfo=UTC)
RECORDED = Path(__file__).resolve().parents[2] / "fixtures/recorded"
T = TypeVar("T")


def seen(value: T) -> Observation[T]:
    return Observed(value, "q", NOW, "here")


def grant(reply: Observation[AsReply]) -> TicketGrants:
    return TicketGrants((TicketGrant("", "a@A.COM", "dc1.a.com", "10.0.0.1", reply),))


@pytest.mark.parametrize(
    ("reply", "trial", "words"),
    [
        (seen(KrbError(24)), Trial.REJECTED, "KDC_ERR_PREAUTH_FAILED"),
        (seen(KeyMismatch((23,))), Trial.REJECTED, "no key of encryption type 23"),
        (Unobserved(Gap.TIMED_OUT, "no response within 3 s", "q", NOW, "here"), Trial.UNTRIED, "no response"),
    ],
)
def test_the_reply_of_the_kdc_decides(reply: Observation[AsReply], trial: Trial, words: str) -> None:
    result = tried({TicketGrants: grant(reply)}, "A@a.com")
    assert result.trial is trial
    assert words in result.detail


def test_an_account_that_no_query_concerned_is_not_tested() -> None:
    assert tried({TicketGrants: TicketGrants()}, "a@A.COM").trial is Trial.UNTRIED


def test_the_healthy_lab_accepts_every_secret_and_shows_what_the_readers_can_read() -> None:
    site = read_site(RECORDED / "site.yaml")
    _, facts = decode((RECORDED / "healthy/facts.json").read_bytes(), "facts")
    for account in ["krbcheck@VMLEVEL.COM", "alice-hv01$@VMLEVEL.COM"]:
        assert tried(facts, account).trial is Trial.ACCEPTED
    read = {domain.name: list(rights(site, facts, domain)) for domain in site.domains}
    assert read["vmlevel.com"][0] == "can read the directory of 2 of 2 domain controllers"
    assert "SYSVOL" in read["vmlevel.com"][1]
    assert read["tintri.com"][1:] == [
        "can read the share permissions of vmstore",
        "can read the holders of backup rights on vmstore",
    ]


def test_a_right_that_the_storage_denies_is_shown_with_its_status() -> None:
    site = read_site(RECORDED / "site.yaml")
    lists = StorageLists(shares=(ShareInfo("AliceVMs", 0xC0000022),))
    facts: dict[type[Facts], Facts] = {
        ShareAccess: ShareAccess((StorageAccess("vmstore", "p", "10.0.0.1", "a", seen(lists)),))
    }
    domain = site.domain("tintri.com")
    assert domain is not None
    assert list(rights(site, facts, domain)) == [
        "cannot read the share permissions of vmstore: AliceVMs: STATUS_ACCESS_DENIED (0xC0000022)"
    ]
