"""spn.exists, spn.owner and spn.unique on hand-made directories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from krbcheck.facts.directory import CATALOGUE, Account, Accounts, Directories, SpnAnswer
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Site
from krbcheck.windows.spn_forms import forms

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
SPN = "cifs/vmstore-alice.tintri.com"
PORT, SHORT = f"{SPN}:445", "cifs/vmstore-alice"
HOST, HOST_SHORT = "HOST/vmstore-alice.tintri.com", "HOST/vmstore-alice"
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
Held = Mapping[str, Sequence[Account]]


def account(sam: str, domain: str = "tintri.com", **more: object) -> Account:
    parts = ",".join(f"DC={part}" for part in domain.split("."))
    sid = f"S-1-5-21-{sum(domain.encode())}-{sum(sam.encode())}"
    return msgspec.structs.replace(Account(f"CN={sam},CN=Computers,{parts}", sam, sid), **more)


STORAGE = account("VMSTORE$")
OTHER = account("OLDSTORE$")
HOSTS_OWN = account("backup$", "vmlevel.com")
SIBLING = account("filer$", "emea.tintri.com")


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


def read(*told: tuple[SpnAnswer, ...]) -> Directories:
    return Directories(spns=tuple(one for each in told for one in each))


HEALTHY: Held = {SPN: [STORAGE]}


@pytest.fixture
def alone(cloud: Site) -> Site:
    """With alice only."""
    return msgspec.structs.replace(cloud, tenants=cloud.tenants[:1])


def expected(lines: Sequence[str]) -> list[str]:
    return [f"{one} alice {SPN}" for one in lines]


EXISTS = [
    pytest.param(read(tintri(HEALTHY), vmlevel()), ["fine"], id="registered"),
    pytest.param(read(tintri({HOST: [STORAGE]}), vmlevel()), ["spn.exists/by-host-alias"], id="by-host-alone"),
    pytest.param(read(tintri(NOTHING), vmlevel()), ["spn.exists/missing"], id="nowhere"),
    pytest.param(
        read(tintri(HEALTHY), tintri(NOTHING, "tidc2.tintri.com"), vmlevel()), ["spn.exists/missing"], id="half"
    ),
    pytest.param(read(tintri(HEALTHY), tintri(None, "tidc2.tintri.com"), vmlevel()), ["fine"], id="one-is-silent"),
    pytest.param(read(tintri(NOTHING), vmlevel({SPN: [HOSTS_OWN]})), ["fine"], id="elsewhere-is-the-owners-matter"),
    pytest.param(read(tintri(None), vmlevel()), ["unknown"], id="the-storages-domain-is-silent"),
    pytest.param(read(), ["unknown"], id="nobody-was-asked"),
]


@pytest.mark.parametrize(("directories", "codes"), EXISTS)
def test_an_spn_is_registered(lines: Lines, alone: Site, directories: Directories, codes: list[str]) -> None:
    assert lines("spn.exists", directories, of=alone) == expected(codes)


DISABLED, LATER = account("VMSTORE$", uac=0x1002), NOW + timedelta(days=1)
EXPIRED, STILL_GOOD = account("VMSTORE$", expires=NOW - timedelta(days=1)), account("VMSTORE$", expires=LATER)
OWNER = [
    pytest.param(read(tintri(HEALTHY), vmlevel()), ["fine"], id="the-storages"),
    pytest.param(read(tintri({SPN: [account("vmstore$")]}), vmlevel()), ["fine"], id="letter-case-does-not-count"),
    pytest.param(read(tintri({SPN: [OTHER]}), vmlevel()), ["spn.owner/wrong-account"], id="another-account"),
    pytest.param(read(tintri(NOTHING), vmlevel({SPN: [HOSTS_OWN]})), ["spn.owner/wrong-account"], id="another-domain"),
    pytest.param(
        read(tintri(NOTHING), vmlevel({SPN: [account("VMSTORE$", "vmlevel.com")]})),
        ["spn.owner/wrong-account"],
        id="its-namesake-in-another-domain",
    ),
    pytest.param(read(tintri({SPN: [DISABLED]}), vmlevel()), ["spn.owner/disabled"], id="disabled"),
    pytest.param(read(tintri({SPN: [EXPIRED]}), vmlevel()), ["spn.owner/expired"], id="expired"),
    pytest.param(read(tintri({SPN: [STILL_GOOD]}), vmlevel()), ["fine"], id="expires-tomorrow"),
    pytest.param(read(tintri({SPN: [OTHER, STORAGE]}), vmlevel()), ["fine"], id="two-is-not-this-checks-matter"),
    pytest.param(read(tintri({HOST: [STORAGE]}), vmlevel()), ["fine"], id="by-host"),
    pytest.param(read(tintri({HOST: [OTHER]}), vmlevel()), ["spn.owner/wrong-account"], id="by-host-of-another"),
    pytest.param(read(tintri(NOTHING), vmlevel()), ["unknown"], id="nobody"),
    pytest.param(read(tintri(None), vmlevel()), ["unknown"], id="silence"),
]


@pytest.mark.parametrize(("directories", "codes"), OWNER)
def test_the_storages_account_owns_it(lines: Lines, alone: Site, directories: Directories, codes: list[str]) -> None:
    assert lines("spn.owner", directories, of=alone) == expected(codes)


def with_catalogue(*owners: Account) -> Directories:
    return read(tintri(HEALTHY), tintri({SPN: owners}, "tidc.tintri.com" + CATALOGUE), vmlevel())


UNIQUE = [
    pytest.param(read(tintri(HEALTHY), vmlevel()), ["fine"], id="one-owner"),
    pytest.param(read(tintri({SPN: [STORAGE, OTHER]}), vmlevel()), ["spn.unique/duplicate"], id="two-in-its-domain"),
    pytest.param(
        read(tintri(HEALTHY), tintri({SPN: [OTHER]}, "tidc2.tintri.com"), vmlevel()),
        ["spn.unique/duplicate"],
        id="one-at-each-controller",
    ),
    pytest.param(with_catalogue(STORAGE, SIBLING), ["spn.unique/duplicate"], id="in-another-domain-of-the-forest"),
    pytest.param(with_catalogue(STORAGE), ["fine"], id="the-catalogue-sees-the-same-account"),
    pytest.param(
        read(tintri(HEALTHY), vmlevel({SPN: [HOSTS_OWN]})), ["spn.unique/duplicate-across-trust"], id="across-the-trust"
    ),
    pytest.param(read(tintri({**HEALTHY, PORT: [OTHER]}), vmlevel()), ["spn.unique/duplicate"], id="with-a-port"),
    pytest.param(read(tintri({**HEALTHY, SHORT: [OTHER]}), vmlevel()), ["spn.unique/duplicate"], id="short-name"),
    pytest.param(
        read(tintri({**HEALTHY, SHORT: [STORAGE], PORT: [STORAGE], HOST: [STORAGE]}), vmlevel()),
        ["fine"],
        id="all-forms-on-the-storages",
    ),
    pytest.param(
        read(tintri({**HEALTHY, HOST: [OTHER], HOST_SHORT: [OTHER]}), vmlevel()),
        ["spn.unique/alias-collision"],
        id="host-on-another-account-is-told-once",
    ),
    pytest.param(read(tintri({HOST: [OTHER]}), vmlevel()), ["fine"], id="host-alone-is-the-owners-matter"),
    pytest.param(read(tintri(HEALTHY), vmlevel(None)), ["unknown"], id="a-domain-is-silent"),
    pytest.param(
        read(tintri({SPN: [STORAGE, OTHER]}), vmlevel(None)),
        ["spn.unique/duplicate", "unknown"],
        id="two-and-a-domain-is-silent",
    ),
    pytest.param(read(), ["unknown"], id="nobody-was-asked"),
]


@pytest.mark.parametrize(("directories", "codes"), UNIQUE)
def test_an_spn_has_one_owner(lines: Lines, alone: Site, directories: Directories, codes: list[str]) -> None:
    assert lines("spn.unique", directories, of=alone) == expected(codes)


def test_a_data_path_by_its_short_name_is_not_its_own_duplicate(lines: Lines, alone: Site) -> None:
    path = msgspec.structs.replace(alone.tenants[0].data_paths[0], name="vmstore-alice")
    site = msgspec.structs.replace(alone, tenants=(msgspec.structs.replace(alone.tenants[0], data_paths=(path,)),))
    told = tuple(
        SpnAnswer(
            "tintri.com", "tidc", SHORT, form, Observed(Accounts((OTHER,) if form == SHORT else ()), "q", NOW, "s")
        )
        for form in forms(SHORT)
    )
    assert "spn.unique/duplicate" not in " ".join(lines("spn.unique", Directories(spns=told), of=site))


def test_a_host_called_catalogue_is_a_controller_like_others(lines: Lines, alone: Site) -> None:
    told = read(tintri(HEALTHY), tintri(NOTHING, "catalogue.tintri.com"), vmlevel())
    assert lines("spn.exists", told, of=alone) == expected(["spn.exists/missing"])


@pytest.mark.parametrize("check", ["spn.exists", "spn.owner", "spn.unique"])
def test_two_collections_are_judged_as_one(lines: Lines, alone: Site, check: str) -> None:
    """The same controllers told the same twice, were silent the other time, or told of the SPN only later."""
    healthy: dict[type[Facts], Facts] = {Directories: read(tintri(HEALTHY), vmlevel())}
    silent: dict[type[Facts], Facts] = {Directories: read(tintri(None), vmlevel(None))}
    before: dict[type[Facts], Facts] = {Directories: read(tintri(NOTHING), vmlevel())}
    for both in ((healthy, healthy), (healthy, silent), (silent, healthy), (before, healthy), (healthy, before)):
        assert lines(check, *merge(both).values(), of=alone) == expected(["fine"])


def remedy(judged: Judged, site: Site, check: str, *told: tuple[SpnAnswer, ...]) -> str:
    (found,) = judged(check, read(*told), of=site)
    assert isinstance(found, Finding)
    return found.remedy


def test_remedies_are_commands_for_the_field(judged: Judged, alone: Site) -> None:
    assert remedy(judged, alone, "spn.exists", tintri(NOTHING), vmlevel()) == f"setspn -S {SPN} VMSTORE$"
    assert (
        remedy(judged, alone, "spn.owner", tintri({SPN: [OTHER]}), vmlevel())
        == f"setspn -D {SPN} OLDSTORE$; then setspn -S {SPN} VMSTORE$"
    )
    assert remedy(judged, alone, "spn.owner", tintri({HOST: [OTHER]}), vmlevel()).startswith(f"setspn -D {HOST} OLD")
    assert (
        remedy(judged, alone, "spn.unique", tintri({**HEALTHY, HOST: [OTHER], HOST_SHORT: [OTHER]}), vmlevel())
        == f"setspn -D {HOST} OLDSTORE$; setspn -D {HOST_SHORT} OLDSTORE$"
    )
    assert remedy(judged, alone, "spn.unique", tintri({SPN: [STORAGE, OTHER]}), vmlevel()).startswith(
        f"setspn -D {SPN} OLDSTORE$ "
    )


@pytest.mark.parametrize("check", ["spn.exists", "spn.owner"])
def test_who_was_silent_is_the_reason(judged: Judged, alone: Site, check: str) -> None:
    """One that answered at another time, and a catalogue beside its directory, were not silent."""
    (found,) = judged(check, read(tintri(None), vmlevel()), of=alone)
    assert isinstance(found, Unknown)
    assert "no answer" in found.says
    catalogue = tintri(None, "tidc.tintri.com" + CATALOGUE)
    (found,) = judged("spn.owner", read(tintri(NOTHING), tintri(None), catalogue, vmlevel()), of=alone)
    assert isinstance(found, Unknown)
    assert found.says == f"no account owns {SPN}"
