"""spn.exists, spn.owner and spn.unique on hand-made directories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from krbcheck.facts.directory import CATALOGUE, Directories, SpnAnswer
from krbcheck.facts.kerberos import KrbError, ReaderTicket, ReaderTickets, TicketFacts
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved
from krbcheck.judging.verdict import Finding, Severity, Unknown, Verdict
from krbcheck.recording.merging import merge
from krbcheck.site.stated import Site
from krbcheck.windows.remedy import Platform
from tests.support import spn_answers
from tests.support.spn_answers import (
    HEALTHY,
    HOSTS_OWN,
    NOTHING,
    OTHER,
    STORAGE,
    account,
    expected,
    read,
    tintri,
    vmlevel,
)

alone = spn_answers.alone

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
SPN = "cifs/vmstore-alice.tintri.com"
HOST, HOST_SHORT = "HOST/vmstore-alice.tintri.com", "HOST/vmstore-alice"
Lines = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]


DISABLED, LATER = account("VMSTORE$", uac=0x1002), NOW + timedelta(days=1)
EXPIRED, STILL_GOOD = account("VMSTORE$", expires=NOW - timedelta(days=1)), account("VMSTORE$", expires=LATER)
SECOND_SILENT = tintri(None, "tidc2.tintri.com")
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
    pytest.param(read(tintri(HEALTHY), SECOND_SILENT, vmlevel()), ["unknown"], id="one-is-silent"),
    pytest.param(
        read(tintri({SPN: [DISABLED]}), SECOND_SILENT), ["spn.owner/disabled"], id="disabled-and-one-is-silent"
    ),
    pytest.param(
        read(tintri(HEALTHY), tintri({SPN: [DISABLED]}, "tidc2.tintri.com")),
        ["spn.owner/disabled"],
        id="disabled-at-the-second-controller",
    ),
    pytest.param(read(tintri(HEALTHY), vmlevel(None)), ["fine"], id="another-domain-is-silent"),
]


@pytest.mark.parametrize(("directories", "codes"), OWNER)
def test_the_storages_account_owns_it(lines: Lines, alone: Site, directories: Directories, codes: list[str]) -> None:
    assert lines("spn.owner", directories, of=alone) == expected(codes)


@pytest.mark.parametrize("check", ["spn.exists", "spn.owner", "spn.unique"])
def test_two_collections_are_judged_as_one(lines: Lines, alone: Site, check: str) -> None:
    """The same controllers told the same twice, were silent the other time, or told of the SPN only later."""
    healthy: dict[type[Facts], Facts] = {Directories: read(tintri(HEALTHY), vmlevel())}
    silent: dict[type[Facts], Facts] = {Directories: read(tintri(None), vmlevel(None))}
    before: dict[type[Facts], Facts] = {Directories: read(tintri(NOTHING), vmlevel())}
    for both in ((healthy, healthy), (healthy, silent), (silent, healthy), (before, healthy), (healthy, before)):
        assert lines(check, *merge(both).values(), of=alone) == expected(["fine"])


def remedy(judged: Judged, site: Site, check: str, *reply: tuple[SpnAnswer, ...]) -> str:
    (found,) = judged(check, read(*reply), of=site)
    assert isinstance(found, Finding)
    return "; ".join(step.command for step in found.remedy if step.platform is not Platform.SAMBA)


def test_remedies_are_commands_for_the_field(judged: Judged, alone: Site) -> None:
    missing = remedy(judged, alone, "spn.exists", tintri(NOTHING), vmlevel())
    assert missing.startswith(f"setspn -S {SPN} 'VMSTORE$'; ")
    assert remedy(judged, alone, "spn.owner", tintri({SPN: [OTHER]}), vmlevel()).startswith(
        f"setspn -D {SPN} 'OLDSTORE$'; setspn -S {SPN} 'VMSTORE$';"
    )
    assert remedy(judged, alone, "spn.owner", tintri({HOST: [OTHER]}), vmlevel()).startswith(f"setspn -D {HOST} 'OLD")
    two = tintri({**HEALTHY, HOST: [OTHER], HOST_SHORT: [OTHER]})
    assert remedy(judged, alone, "spn.unique", two, vmlevel()).startswith(
        f"setspn -D {HOST} 'OLDSTORE$'; setspn -D {HOST_SHORT} 'OLDSTORE$';"
    )
    assert remedy(judged, alone, "spn.unique", tintri({SPN: [STORAGE, OTHER]}), vmlevel()).startswith(
        f"setspn -D {SPN} 'OLDSTORE$';"
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


LDAP = "ldap/vmdc2.vmlevel.com"


def reader(kdc: str, reply: KrbError | TicketFacts | None, service: str = LDAP) -> ReaderTicket:
    """What a KDC replied to the account that reads the directory; None for no answer."""
    gap = Unobserved(Gap.TIMED_OUT, "no answer", service, NOW, "station")
    seen = Observed(reply, service, NOW, "station") if reply else gap
    return ReaderTicket("vmlevel.com", "krbcheck@VMLEVEL.COM", service, kdc, seen)


OWN = TicketFacts("krbcheck", "VMLEVEL.COM", LDAP, "VMLEVEL.COM", 18, 18, 1, 0, NOW, LATER)


def test_a_controller_that_another_kdc_does_not_know_is_a_note(judged: Judged, alone: Site) -> None:
    tickets = ReaderTickets(services=(reader("vmdc1.vmlevel.com", KrbError(7)), reader("vmdc2.vmlevel.com", OWN)))
    *_, found = judged("spn.owner", read(tintri(HEALTHY), vmlevel()), tickets, of=alone)
    assert isinstance(found, Finding)
    assert (found.code, found.severity, found.subject) == ("spn.owner/controller-spn-missing", Severity.NOTE, LDAP)
    assert found.says == (
        "vmdc1.vmlevel.com issues no ticket for ldap/vmdc2.vmlevel.com: the SPN of this domain controller is missing "
        "there"
    )
    assert len(found.because) == 2
    assert found.remedy[0].command == "repadmin /showrepl vmdc1.vmlevel.com"


@pytest.mark.parametrize(
    "ticket",
    [
        reader("vmdc1.vmlevel.com", None),
        reader("vmdc1.vmlevel.com", KrbError(14)),
        reader("vmdc1.vmlevel.com", OWN),
        reader("vmdc1.vmlevel.com", KrbError(7), "cifs/vmstore-alice.tintri.com"),
    ],
    ids=["silence", "another-error", "known", "a-storage"],
)
def test_only_an_unknown_controller_is_a_note(lines: Lines, alone: Site, ticket: ReaderTicket) -> None:
    found = lines("spn.owner", read(tintri(HEALTHY), vmlevel()), ReaderTickets(services=(ticket,)), of=alone)
    assert found == [f"fine alice {SPN}"]
