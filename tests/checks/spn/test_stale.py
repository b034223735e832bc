"""SPNs of the storage whose names no name server knows any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.facts.names import DnsAnswer, SpnHostAnswer, SpnHosts
from krbcheck.judging.verdict import Finding, Verdict
from tests.support.remedies import text

Codes = Callable[..., list[str]]
GONE, HERE = DnsAnswer("NXDOMAIN"), DnsAnswer("NOERROR", ("10.77.0.40",))
HOST = "vmstore.tintri.com"


def hosts(made: Any, *seen: DnsAnswer | None, host: str = HOST) -> SpnHosts:
    """What one name server after the other says of the host's A record."""
    return SpnHosts(
        tuple(
            SpnHostAnswer("vmstore", host, "A", f"10.77.0.{number}", made.seen(entry))
            for number, entry in enumerate(seen)
        )
    )


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param([HERE], ["fine"], id="resolves"),
        pytest.param([GONE], ["stale"], id="no such name"),
        pytest.param([DnsAnswer("NOERROR")], ["stale"], id="no address"),
        pytest.param([GONE, HERE], ["fine"], id="one server knows it"),
        pytest.param([None], ["unknown"], id="silence"),
        pytest.param([None, GONE], ["unknown"], id="one server may have it"),
        pytest.param([DnsAnswer("SERVFAIL")], ["unknown"], id="failure decides nothing"),
        pytest.param([DnsAnswer("SERVFAIL"), HERE], ["fine"], id="failure beside an answer"),
    ],
)
def test_the_name_servers_decide(made: Any, codes: Codes, seen: list[DnsAnswer | None], expected: list[str]) -> None:
    account = made.accounts(made.account(f"cifs/{HOST}"))
    assert codes("spn.stale", account, hosts(made, *seen)) == expected


def test_a_stale_and_an_unsure_name_are_both_told(made: Any, codes: Codes) -> None:
    account = made.accounts(made.account(f"cifs/{HOST}", "cifs/other.tintri.com"))
    both = SpnHosts(hosts(made, GONE).hosts + hosts(made, None, host="other.tintri.com").hosts)
    assert codes("spn.stale", account, both) == ["stale", "unknown"]


def test_every_spn_of_a_stale_name_is_named(made: Any, verdicts: Callable[..., list[Verdict]]) -> None:
    account = made.accounts(made.account(f"cifs/{HOST}", f"HOST/{HOST.upper()}:445", "cifs/VMSTORE"))
    (finding,) = verdicts("spn.stale", account, hosts(made, GONE))
    assert isinstance(finding, Finding)
    assert finding.values["spns"] == (f"cifs/{HOST}", f"HOST/{HOST.upper()}:445")
    assert f"setspn -D cifs/{HOST} 'VMSTORE$'" in text(finding)


def test_the_stated_names_are_left_to_dns(made: Any, codes: Codes) -> None:
    name = "vmstore-alice.tintri.com"
    assert codes("spn.stale", made.accounts(made.account(f"cifs/{name}")), hosts(made, GONE, host=name)) == ["fine"]


def test_an_answer_that_is_missing_for_one_kind_of_address_leaves_the_name_undetermined(
    made: Any, codes: Codes
) -> None:
    account = made.accounts(made.account(f"cifs/{HOST}"))
    aaaa = SpnHostAnswer("vmstore", HOST, "AAAA", "10.77.0.0", made.seen(DnsAnswer("NOERROR")))
    assert codes("spn.stale", account, SpnHosts((*hosts(made, None).hosts, aaaa))) == ["unknown"]


def test_a_name_that_was_not_queried_is_not_determined(made: Any, codes: Codes) -> None:
    account = made.accounts(made.account(f"cifs/{HOST}", "cifs/other.tintri.com"))
    assert codes("spn.stale", account, hosts(made, HERE)) == ["unknown"]


def test_without_the_account_nothing_is_known(made: Any, codes: Codes) -> None:
    assert codes("spn.stale", made.accounts(None), SpnHosts()) == ["unknown"]


def test_answers_of_two_vantage_points_are_one_finding(made: Any, codes: Codes) -> None:
    twice = SpnHosts(hosts(made, GONE).hosts * 2)
    assert codes("spn.stale", made.accounts(made.account(f"cifs/{HOST}")), twice) == ["stale"]
