"""A site with two storages in two domains, and checks judged on hand-made facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from krbcheck.facts.directory import Account, AccountAnswer, Accounts, Directories
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.judging.verdict import Verdict
from krbcheck.site.stated import DataPath, Domain, Site, Storage, Tenant

AT = datetime(2026, 1, 1, tzinfo=UTC)
SILENCE = Unobserved(Gap.TIMED_OUT, "no answer", "asked", AT, "station")
STORAGE = "VMSTORE$@TINTRI.COM"


class Made:
    """Builders of facts; what is None was silent."""

    storage, silence = STORAGE, SILENCE

    @staticmethod
    def seen(value: object) -> Observation[object]:
        return SILENCE if value is None else Observed(value, "asked", AT, "station")

    @classmethod
    def accounts(cls, *found: Account | str | None) -> Directories:
        """The storage's account as one controller after the other tells it; "" where it has none."""
        answers = []
        for number, account in enumerate(found):
            seen = cls.seen(None if account is None else Accounts((account,) if isinstance(account, Account) else ()))
            answers.append(AccountAnswer("tintri.com", f"tidc{number}", STORAGE, seen))  # type: ignore[arg-type]
        return Directories(accounts=tuple(answers))

    @staticmethod
    def account(*spns: str, etypes: int | None = 24) -> Account:
        return Account("CN=VMSTORE,DC=tintri,DC=com", "VMSTORE$", "S-1-5-21-9-1-1-1103", etypes=etypes, spns=spns)


@pytest.fixture
def made() -> type[Made]:
    return Made


def one_tenant() -> Site:
    path = DataPath("vmstore-alice.tintri.com", "vmstore", "10.77.11.30")
    return Site(
        "lab",
        domains=(Domain("tintri.com", account="krbcheck@TINTRI.COM"),),
        storages=(Storage("vmstore", STORAGE),),
        tenants=(Tenant("alice", data_paths=(path,)),),
    )


@pytest.fixture
def verdicts(judged: Callable[..., list[Verdict]]) -> Callable[..., list[Verdict]]:
    """The verdicts of a check on these families."""
    return lambda check, *families: judged(check, *families, of=one_tenant())
