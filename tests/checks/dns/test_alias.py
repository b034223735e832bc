"""dns.alias: a data path that is an alias has an SPN for each of its names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from krbcheck.facts.directory import Account, Accounts, Directories, SpnAnswer
from krbcheck.facts.names import DnsAnswer
from krbcheck.facts.observation import Gap, Observed, Unobserved
from tests.support.name_answers import BOB_UNKNOWN, Answers, names

Lines = Callable[..., list[str]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = "vmstore-alice.tintri.com"
BOB = "vmstore-bob.tintri.com"
HERS = "10.77.11.30"


def registered(*holders: str, domain: str = "tintri.com", form: str = f"cifs/{ALICE}") -> Directories:
    accounts = Accounts(tuple(Account(dn, dn, "S-1-5-21-1") for dn in holders))
    answer = Observed(accounts, f"who has {form}", AT, "station")
    return Directories(spns=(SpnAnswer(domain, "tidc", f"cifs/{ALICE}", form, answer),))


def not_told() -> Directories:
    gap = Unobserved(Gap.NO_CREDENTIALS, "the site names no secret", "who has it", AT, "station")
    return Directories(spns=(SpnAnswer("tintri.com", "tidc", f"cifs/{ALICE}", f"cifs/{ALICE}", gap),))


AN_ALIAS = {"s": DnsAnswer("NOERROR", (HERS,), aliases=("vmstore.tintri.com",))}
ALIASES = [
    pytest.param({"s": [HERS]}, Directories(), "fine", id="an address record"),
    pytest.param({"s": [HERS], "t": None}, Directories(), "unknown", id="a silent name server may have an alias"),
    pytest.param({"s": [HERS], "t": "SERVFAIL"}, Directories(), "unknown", id="an error hides an alias"),
    pytest.param(AN_ALIAS, registered("CN=VMSTORE"), "dns.alias/alias", id="an alias with an SPN"),
    pytest.param(AN_ALIAS, registered(), "dns.alias/alias-without-spn", id="an alias without one"),
    pytest.param(AN_ALIAS, registered(domain="vmlevel.com"), "unknown", id="not in the hosts' domain"),
    pytest.param(
        AN_ALIAS, registered("CN=VMSTORE", form="HOST/vmstore-alice.tintri.com"), "unknown", id="another form"
    ),
    pytest.param(AN_ALIAS, not_told(), "unknown", id="an unknown directory"),
    pytest.param(
        {"s": DnsAnswer("NOERROR", aliases=("gone.tintri.com",))},
        registered(),
        "dns.alias/alias-without-spn",
        id="an alias that leads nowhere",
    ),
    pytest.param({"s": "NXDOMAIN"}, registered(), "unknown", id="no such name"),
    pytest.param({"s": None}, registered(), "unknown", id="silence"),
    pytest.param({}, registered(), "unknown", id="nobody to ask"),
]


@pytest.mark.parametrize(("answers", "directories", "code"), ALIASES)
def test_alias(lines: Lines, answers: Answers, directories: Directories, code: str) -> None:
    assert lines("dns.alias", names(answers), directories) == [f"{code} alice {ALICE}", BOB_UNKNOWN]
