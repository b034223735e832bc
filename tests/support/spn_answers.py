"""SPN searches in the directories of two domains, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from krbcheck.facts.directory import Account, Accounts, Directories, DomainIdentity, IdentityAnswer, SpnAnswer
from krbcheck.facts.observation import Gap, Observed, Unobserved
from krbcheck.site.stated import Site
from krbcheck.windows.spn_forms import forms

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
SPN = "cifs/vmstore-alice.tintri.com"
Held = Mapping[str, Sequence[Account]]


def account(sam: str, domain: str = "tintri.com", **more: object) -> Account:
    parts = ",".join(f"DC={part}" for part in domain.split("."))
    sid = f"S-1-5-21-{sum(domain.encode())}-{sum(sam.encode())}"
    return msgspec.structs.replace(Account(f"CN={sam},CN=Computers,{parts}", sam, sid), **more)


STORAGE = account("VMSTORE$")
OTHER = account("OLDSTORE$")
HOSTS_OWN = account("backup$", "vmlevel.com")


def answers(domain: str, controller: str, held: Held | None) -> tuple[SpnAnswer, ...]:
    """What one controller says of every form; None is silence."""

    def answer(form: str) -> SpnAnswer:
        asked = f"owners of {form} at {controller}"
        if held is None:
            seen = Unobserved(Gap.TIMED_OUT, "no answer", asked, NOW, "station")
            return SpnAnswer(domain, controller, SPN, form, seen)
        return SpnAnswer(domain, controller, SPN, form, Observed(Accounts(tuple(held.get(form, ()))), asked, NOW, "s"))

    return tuple(answer(form) for form in forms(SPN))


NOTHING: Held = {}


def tintri(held: Held | None, controller: str = "tidc.tintri.com") -> tuple[SpnAnswer, ...]:
    return answers("tintri.com", controller, held)


def vmlevel(held: Held | None = NOTHING) -> tuple[SpnAnswer, ...]:
    return answers("vmlevel.com", "vmdc1.vmlevel.com", held)


def read(*reply: Sequence[SpnAnswer]) -> Directories:
    """With the identity of every domain that answered: each is the only domain of its forest."""
    spns = tuple(answer for each in reply for answer in each)
    domains = dict.fromkeys(spn.domain for spn in spns)
    return Directories(tuple(identity(name) for name in domains), spns=spns)


def identity(domain: str, *others: str) -> IdentityAnswer:
    """Of a domain whose forest has `others` too."""
    seen = Observed(DomainIdentity("X", "S-1-5-21-1", domain, (), (domain, *others)), "identity", NOW, "s")
    return IdentityAnswer(domain, f"dc.{domain}", seen)


HEALTHY: Held = {SPN: [STORAGE]}


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice only."""
    return msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])


def expected(lines: Sequence[str]) -> list[str]:
    return [f"{line} alice {SPN}" for line in lines]
