"""The account of a VMstore's REST API: accepted, absent, rejected; without an API nothing is said about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from krbcheck.facts.kerberos import ReaderTickets, TicketGrants
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vmstore import LoggedIn, RestRefusal, VmstoreAnswers
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.site.stated import SecretKind, SecretSource, Site, VmstoreApi
from tests.support.remedies import text
from tests.support.vmstore_answers import vmstore_answer

AT = datetime(2026, 7, 3, tzinfo=UTC)
SOURCE = SecretSource(SecretKind.ENV, "KRBCHECK_VMSTORE", 17)
API = VmstoreApi("https://vmstore.tintri.com", "krbcheck", SOURCE)
ACCOUNT = "krbcheck at vmstore.tintri.com"
REJECTED = RestRefusal(403, "ERR-API-0124", "Invalid credentials")
Lines = Callable[..., list[str]]


def stated(cloud: Site, api: VmstoreApi | None = API) -> Site:
    return replace(cloud, storages=tuple(replace(storage, vmstore_api=api) for storage in cloud.storages))


def login(reply: LoggedIn | RestRefusal | Gap) -> Observation[LoggedIn | RestRefusal]:
    if isinstance(reply, Gap):
        return Unobserved(reply, "environment variable KRBCHECK_VMSTORE is not set", "REST login", AT, "station")
    return Observed(reply, "REST login", AT, "station")


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ((LoggedIn("READ ONLY"),), "fine"),
        ((Gap.NO_CREDENTIALS,), "credentials.usable/missing"),
        ((Gap.NO_CREDENTIALS, LoggedIn()), "fine"),
        ((RestRefusal(400),), "credentials.usable/refused"),
        ((RestRefusal(401),), "credentials.usable/refused"),
        ((REJECTED,), "credentials.usable/refused"),
        ((RestRefusal(503, "ERR-API-9013"),), "unknown"),
        ((Gap.TIMED_OUT,), "unknown"),
        ((), "unknown"),
    ],
    ids=["accepted", "no-secret", "another-host", "400", "401", "403", "busy", "silence", "not-queried"],
)
def test_the_account_of_a_vmstore(
    lines: Lines, cloud: Site, replies: tuple[LoggedIn | RestRefusal | Gap, ...], expected: str
) -> None:
    answers = VmstoreAnswers(storages=tuple(vmstore_answer("vmstore", login=login(reply)) for reply in replies))
    found = lines("credentials.usable", ReaderTickets(), TicketGrants(), answers, of=stated(cloud))
    assert [line for line in found if ACCOUNT in line] == [f"{expected} - {ACCOUNT}"]


def test_a_rejected_account_is_named_with_its_source(verdicts: Callable[..., list[Verdict]], cloud: Site) -> None:
    answers = VmstoreAnswers(storages=(vmstore_answer("vmstore", login=login(REJECTED)),))
    found = verdicts("credentials.usable", ReaderTickets(), TicketGrants(), answers, of=stated(cloud))
    (finding,) = (verdict for verdict in found if isinstance(verdict, Finding))
    assert finding.says == (
        f"{ACCOUNT} is rejected by vmstore (HTTP 403 ERR-API-0124: Invalid credentials), so the roles and share "
        "permissions of vmstore by REST cannot be read"
    )
    source = "Correct the account or its secret: environment variable KRBCHECK_VMSTORE, site file line 17"
    assert [step.says for step in finding.remedy][1:] == [source]
    assert "Get-AD" not in text(finding)


@pytest.mark.parametrize("api", [None, replace(API, secret=None)], ids=["no-api", "no-secret-stated"])
def test_without_a_stated_secret_nothing_is_judged(lines: Lines, cloud: Site, api: VmstoreApi | None) -> None:
    answers = VmstoreAnswers(storages=(vmstore_answer("vmstore", login=login(Gap.NO_CREDENTIALS)),))
    found = lines("credentials.usable", ReaderTickets(), TicketGrants(), answers, of=stated(cloud, api))
    assert [line for line in found if ACCOUNT in line] == []
